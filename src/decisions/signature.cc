#include "decisions/signature.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "programs/execution_lines.h"
#include "programs/importers/examples.h"
#include "programs/importers/inputs.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

using nlohmann::json;

constexpr const char* python_key = "$python";

std::size_t line_start(std::string_view source, int line) {
  std::size_t at = 0;
  for (int i = 1; i < line; ++i) {
    const std::size_t end = source.find('\n', at);
    if (end == std::string_view::npos) return source.size();
    at = end + 1;
  }
  return at;
}

std::size_t string_end(std::string_view text, std::size_t open) {
  for (std::size_t at = open + 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == text[open]) {
      return at + 1;
    }
  }
  return text.size();
}

// From the name up to the colon that begins the body, without comments, blanks as one.
std::string head_text(std::string_view source, const FunctionHead& head) {
  std::string text;
  int depth = 0;
  for (std::size_t at = source.find(head.name, line_start(source, head.line)); at < source.size(); ++at) {
    const char c = source[at];
    if (c == '#') {
      at = std::min(source.find('\n', at), source.size()) - 1;
    } else if (c == '\'' || c == '"') {
      const std::size_t end = string_end(source, at);
      text += source.substr(at, end - at);
      at = end - 1;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\\') {
      if (!text.ends_with(' ') && !text.ends_with('(')) text += ' ';
    } else {
      depth += (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
      if (c == ':' && depth == 0) break;
      text += c;
    }
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

// As JSON has it, where it has a form of it.
json plain_json(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value.data)) return *truth;
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return *whole;
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  if (const auto* list = std::get_if<ListValue>(&value.data)) {
    json items = json::array();
    for (const Value& item : list->items) items.push_back(plain_json(item));
    return items;
  }
  json object = nullptr;
  if (const auto* dict = std::get_if<DictValue>(&value.data)) {
    object = json::object();
    for (const auto& [key, item] : dict->items) {
      if (const auto* name = std::get_if<std::string>(&key.data)) object[*name] = plain_json(item);
    }
  }
  return object;
}

// Whether it is read back as it is: the order of a dictionary too, which a rule may go by.
bool is_exact(const Value& value, const json& written) {
  try {
    const std::string text = written.dump();  // throws for what is no UTF-8
    return text.find(python_key) == std::string::npos &&
           to_python(value_from_json(json::parse(text))) == to_python(value);
  } catch (const json::exception&) {
    return false;
  } catch (const InputError&) {  // too large for JSON
    return false;
  }
}

Survey survey_of(const Signature& signature) {
  Survey survey;
  survey.head = signature.head;
  survey.defaults = signature.defaults;
  return survey;
}

Input bound(const Signature& signature, NamedExample example) {
  example.place = signature.head.name;
  ReadInput input = example_input(example, survey_of(signature));
  return std::move(input.arguments);
}

}  // namespace

Signature signature_of(const Survey& survey, std::string_view source) {
  return {.head = survey.head, .defaults = survey.defaults, .text = head_text(source, survey.head)};
}

json to_json(const Signature& signature) {
  json parameters = json::array();
  for (std::size_t at = 0; at < signature.head.parameters.size(); ++at) {
    json parameter = {{"name", signature.head.parameters[at]}, {"required", at < signature.head.required}};
    if (at >= signature.head.required) {
      const auto& value = signature.defaults.at(at - signature.head.required);
      parameter["default"] = value ? exact_json(*value) : json{{"$python", nullptr}};
    }
    parameters.push_back(std::move(parameter));
  }
  return {{"name", signature.head.name},
          {"text", signature.text},
          {"parameters", std::move(parameters)},
          {"any_number", signature.head.any_number}};
}

Signature signature_from(const json& value) {
  Signature signature;
  signature.head.name = text_field(value, "name");
  signature.text = text_field(value, "text");
  signature.head.any_number = field(value, "any_number") == json(true);
  for (const json& parameter : list_field(value, "parameters")) {
    signature.head.parameters.push_back(text_field(parameter, "name"));
    if (field(parameter, "required") == json(true)) {
      ++signature.head.required;
      continue;
    }
    const json& given = field(parameter, "default");
    const bool is_literal = !given.is_object() || !given.contains(python_key) || !given[python_key].is_null();
    signature.defaults.push_back(is_literal ? std::optional(value_from_exact_json(given)) : std::nullopt);
  }
  return signature;
}

Input bind_arguments(const Signature& signature, const NamedArguments& arguments) {
  return bound(signature, {.place = {}, .program = {}, .arguments = {}, .named = arguments, .expected = {}});
}

Input bind_arguments(const Signature& signature, Input arguments) {
  return bound(signature,
               {.place = {}, .program = {}, .arguments = std::move(arguments), .named = {}, .expected = {}});
}

NamedArguments name_arguments(const Signature& signature, const Input& arguments) {
  NamedArguments named;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const bool is_known = at < signature.head.parameters.size();
    named.emplace_back(is_known ? signature.head.parameters[at] : fmt::format("*{}", at), arguments[at]);
  }
  return named;
}

json exact_json(const Value& value) {
  const json written = plain_json(value);
  if (is_exact(value, written)) return written;
  return {{python_key, to_python(value)}};
}

Value value_from_exact_json(const json& value) {
  if (value.is_object() && value.size() == 1 && value.contains(python_key))
    return literal(value[python_key], "\"$python\"");
  try {
    return value_from_json(value);
  } catch (const InputError& error) {
    throw InputError(error.what(), R"(write it as {"$python": "..."}, with a Python literal)");
  }
}

}  // namespace pbb
