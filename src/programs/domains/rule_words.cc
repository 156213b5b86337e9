#include "programs/domains/rule_words.h"

namespace pbb {

std::span<const RuleKind> rule_kinds() {
  static const std::vector<RuleKind> kinds = {
      {.name = "stock",
       .numbers = {{"stock", 0, 60}, {"demand", 0, 40}, {"days", 1, 30}, {"orders", 0, 30}},
       .categories = {{"season", {"spring", "summer", "winter"}}, {"shelf", {"front", "middle", "back"}}},
       .derived = {{{"left", -40, 60}, "stock", "-", "demand"}, {{"need", 0, 70}, "demand", "+", "orders"}},
       .outcomes = {"reorder", "wait", "hold", "sell", "rush", "stop"},
       .outcome_share = 0.3},
      {.name = "quality",
       .numbers = {{"score", 0, 60}, {"weight", 1, 50}, {"defects", 0, 20}, {"width", 1, 40}},
       .categories = {{"grade", {"A", "B", "C"}}, {"material", {"oak", "pine", "steel"}}},
       .derived = {{{"points", -20, 60}, "score", "-", "defects"}, {{"size", 2, 90}, "weight", "+", "width"}},
       .outcomes = {"accept", "reject", "review", "repair", "keep", "sort"},
       .outcome_share = 0.6},
      {.name = "price",
       .numbers = {{"price", 1, 60}, {"quantity", 1, 12}, {"distance", 1, 50}, {"months", 1, 24}},
       .categories = {{"region", {"north", "south", "east"}}, {"tier", {"basic", "silver", "gold"}}},
       .derived = {{{"total", 1, 300}, "price", "*", "quantity"},
                   {{"cost", 2, 110}, "price", "+", "distance"}},
       .outcomes = {"free", "cheap", "fair", "full", "dear", "ask"},
       .outcome_share = 0.15},
      {.name = "eligibility",
       .numbers = {{"age", 1, 90}, {"income", 0, 80}, {"years", 0, 40}, {"rating", 0, 50}},
       .categories = {{"status", {"student", "worker", "retired"}}, {"plan", {"basic", "plus", "full"}}},
       .derived = {{{"level", 0, 90}, "years", "+", "rating"}, {{"rest", -40, 80}, "income", "-", "years"}},
       .outcomes = {"yes", "no", "review", "later", "partly", "appeal"},
       .outcome_share = 0.6},
  };
  return kinds;
}

const NumberWord* find_number(std::string_view name) {
  for (const RuleKind& kind : rule_kinds()) {
    for (const NumberWord& word : kind.numbers) {
      if (word.name == name) return &word;
    }
  }
  return nullptr;
}

const CategoryWord* find_category(std::string_view name) {
  for (const RuleKind& kind : rule_kinds()) {
    for (const CategoryWord& word : kind.categories) {
      if (word.name == name) return &word;
    }
  }
  return nullptr;
}

}  // namespace pbb
