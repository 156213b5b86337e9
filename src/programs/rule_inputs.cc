// Inputs for business rules: near the bounds that a rule's source names, and probes that all rules share.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "programs/rule_words.h"
#include "programs/rules.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

std::vector<std::string> parameters(const Program& program) {
  const auto head = find_function(program.source, program.name);
  if (!head) throw Error(fmt::format("rule {} does not define itself", program.name));
  return head->parameters;
}

// The integers that the source compares `name` with: `if name < 12:`.
std::vector<std::int64_t> bounds_of(const std::string& source, const std::string& name) {
  std::vector<std::int64_t> bounds;
  const std::string start = "if " + name + " ";
  for (std::size_t at = source.find(start); at != std::string::npos; at = source.find(start, at + 1)) {
    const std::size_t number = source.find_first_of("-0123456789:", at + start.size());
    std::int64_t bound = 0;
    if (number == std::string::npos) break;
    const auto [end, error] = std::from_chars(source.data() + number, source.data() + source.size(), bound);
    if (error == std::errc()) bounds.push_back(bound);
  }
  return bounds;
}

std::string draw_category(const CategoryWord& category, Random& random) {
  return std::string(random.choice(std::span<const std::string_view>(category.values)));
}

}  // namespace

std::vector<Value> draw_rule_input(const Program& program, Random& random) {
  std::vector<Value> input;
  for (const std::string& name : parameters(program)) {
    if (const CategoryWord* category = find_category(name)) {
      input.emplace_back().data = draw_category(*category, random);
      continue;
    }
    const NumberWord* number = find_number(name);
    if (!number) throw Error(fmt::format("rule {}: argument {} is none of ours", program.name, name));
    const auto bounds = bounds_of(program.source, name);
    std::int64_t value = random.integer(number->low, number->high);
    if (!bounds.empty() && random.integer(0, 1) == 0) {
      value = random.choice(std::span<const std::int64_t>(bounds)) + random.integer(-1, 1);
    }
    input.emplace_back().data = value;
  }
  return input;
}

std::string rule_signature(const Program& program) {
  std::vector<std::string> parts;
  for (const std::string& name : parameters(program)) parts.push_back(find_category(name) ? name : "number");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<Value> draw_rule_probe(const std::string& signature, Random& random) {
  std::vector<Value> probe;
  std::string_view rest = signature;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(", "));
    rest.remove_prefix(std::min(rest.size(), part.size() + 2));
    if (const CategoryWord* category = find_category(part)) {
      probe.emplace_back().data = draw_category(*category, random);
    } else {
      probe.emplace_back().data = random.integer(0, random.integer(0, 1) == 0 ? 30 : 90);
    }
  }
  return probe;
}

}  // namespace pbb
