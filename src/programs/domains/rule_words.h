// The vocabulary of the domain `rules`: what each kind of business rule talks about.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace pbb {

struct NumberWord {
  std::string_view name;
  int low = 0, high = 0;  // values that occur in business
};

struct CategoryWord {
  std::string_view name;
  std::vector<std::string_view> values;
};

// `total = price * quantity`: a quantity worked out first, on which the conditions then are.
struct DerivedWord {
  NumberWord result;
  std::string_view left, symbol, right;
};

struct RuleKind {
  std::string_view name;
  std::vector<NumberWord> numbers;
  std::vector<CategoryWord> categories;
  std::vector<DerivedWord> derived;
  std::vector<std::string_view> outcomes;
  double outcome_share = 0;  // of rules that give outcomes only; the others give numbers, or both
};

std::span<const RuleKind> rule_kinds();
const NumberWord* find_number(std::string_view name);      // among all kinds; null when there is none
const CategoryWord* find_category(std::string_view name);  // likewise

}  // namespace pbb
