// A user's examples of one or several programs in one file: inputs with the answers that are expected of
// them.
//
//   examples.csv     rule,price,rate,expected        or   call,expected
//                    net_price,100,0.2,80.0                "net_price(100, 0.2)",80.0
//                    net_price,-1,0.2,raises ValueError
//   examples.jsonl   {"rule": "net_price", "price": 100, "rate": 0.2, "expected": 80.0}
//                    {"rule": "net_price", "input": [-1, 0.2], "expected": "raises ValueError"}
//                    {"call": "net_price(100, 0.2)", "expected": 80.0}
//
// Without "rule" they are of the program that the file is named after, or of the only one. A cell of CSV is a
// Python literal where it reads as one (120, 'A1', [1, 2], None), TRUE or FALSE, else the text that it is; an
// empty cell is an argument that is not given. Fields of CSV are separated by commas, semicolons or tabs.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "programs/importers/inputs.h"
#include "programs/importers/survey.h"

namespace pbb {

struct NamedExample {
  std::string place;    // "examples.csv:3"
  std::string program;  // empty: it does not say
  std::optional<Input> arguments;
  std::vector<std::pair<std::string, Value>> named;  // where `arguments` has nothing
  Outcome expected;
};

// A kind of file that holds examples: a pair of files in this folder, and a row of examples.cc.
struct ExampleFormat {
  std::string extension;  // ".csv"
  std::vector<NamedExample> (*read)(const std::filesystem::path&);
};
std::span<const ExampleFormat> example_formats();

// What the formats share. "raises ValueError" is an exception, all else is a value.
Outcome expected_outcome(Value value);
// Fills in program and arguments from "net_price(100, 'A1')". InputError naming the example's place.
void read_call(NamedExample& example, std::string_view text);
std::string_view trimmed_cell(std::string_view text);
inline constexpr const char* example_columns_hint =
    "its columns are rule, one for each parameter by its name, and expected; or call and expected";

// InputError naming file and line: no such file, not UTF-8, no JSON, no answer, a call that is none.
std::vector<NamedExample> read_examples(const std::filesystem::path& file);
// The example as an input of the program that was surveyed. InputError naming the place and what the program
// takes.
ReadInput example_input(const NamedExample& example, const Survey& survey);

// Whether an example's answer is the program's, as people write answers: 80 is 80.0, a list is a tuple of the
// same items, and floats are equal within a billionth.
bool agrees(const Outcome& truth, const Outcome& expected);

}  // namespace pbb
