// What a rule takes: its parameters, as Python's parser saw them, so that arguments can be given by name.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "programs/importers/survey.h"
#include "programs/value.h"

namespace pbb {

struct Signature {
  FunctionHead head;
  std::vector<std::optional<Value>> defaults;  // of the last parameters; nothing where it is no literal
  std::string text;                            // as the source has it: "net_price(price: float, rate=0.1)"
};

Signature signature_of(const Survey& survey, std::string_view source);

nlohmann::json to_json(const Signature& signature);
// InputError naming the field.
Signature signature_from(const nlohmann::json& value);

using NamedArguments = std::vector<std::pair<std::string, Value>>;
// In the order of the parameters, with defaults where one that comes later is given. InputError naming the
// argument that is missing or that the rule does not have.
Input bind_arguments(const Signature& signature, const NamedArguments& arguments);
// The number of arguments is checked, as above.
Input bind_arguments(const Signature& signature, Input arguments);

// Each parameter that `arguments` give, with its value; those beyond the parameters as "*4".
NamedArguments name_arguments(const Signature& signature, const Input& arguments);

// Values in JSON, exactly: what JSON has no form of (tuples, sets, dictionaries of numbers, inf) is written
// as {"$python": "(1, 2)"}, and read so.
nlohmann::json exact_json(const Value& value);
Value value_from_exact_json(const nlohmann::json& value);

}  // namespace pbb
