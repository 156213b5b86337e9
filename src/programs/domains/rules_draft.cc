// Drawing business rules: conditions on one or two quantities and a category, each with a result of its own.
#include "programs/domains/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "programs/domains/rule_words.h"
#include "programs/names.h"

namespace pbb {
namespace {

// Source and the same in words.
struct Phrase {
  std::string source, words;
};

// What a rule's conditions and results may speak of.
struct Subjects {
  std::vector<std::string> arguments;
  std::vector<NumberWord> numbers;  // compared and computed with
  const CategoryWord* category = nullptr;
  const DerivedWord* derived = nullptr;  // if so, the only number
};

std::string_view in_words(std::string_view symbol) {
  static const std::map<std::string_view, std::string_view> words = {
      {"+", "plus"},      {"-", "minus"},    {"*", "times"},    {"<", "less than"},
      {">", "more than"}, {"<=", "at most"}, {">=", "at least"}};
  return words.at(symbol);
}

template <typename T>
const T& pick(const std::vector<T>& items, Random& random) {
  return random.choice(std::span<const T>(items));
}

Subjects draw_subjects(const RuleKind& kind, Random& random) {
  Subjects subjects;
  std::vector<NumberWord> numbers = kind.numbers;
  random.shuffle(std::span(numbers));
  const double shape = random.uniform();
  if (shape < 0.2) {  // a derived quantity
    subjects.derived = &pick(kind.derived, random);
    subjects.arguments = {std::string(subjects.derived->left), std::string(subjects.derived->right)};
    subjects.numbers = {subjects.derived->result};
    return subjects;
  }
  const bool two_numbers = shape >= 0.75;  // the others have one
  const bool has_category = shape >= 0.5 && shape < 0.85;
  subjects.numbers.assign(numbers.begin(), numbers.begin() + (two_numbers ? 2 : 1));
  for (const NumberWord& number : subjects.numbers) subjects.arguments.emplace_back(number.name);
  if (has_category) {
    subjects.category = &pick(kind.categories, random);
    subjects.arguments.emplace_back(subjects.category->name);
  }
  return subjects;
}

// `count` bounds for one quantity that leave each other room, in the order in which all of them matter:
// rising for `<`, falling for `>`.
std::vector<Phrase> draw_bounds(const NumberWord& number, std::size_t count, Random& random) {
  const int margin = std::max(2, (number.high - number.low) / 10), room = std::max(1, margin / 2);
  std::set<int> bounds;
  while (bounds.size() < count) {
    const int bound = static_cast<int>(random.integer(number.low + margin, number.high - margin));
    const auto next = bounds.lower_bound(bound - room);
    if (next == bounds.end() || *next > bound + room) bounds.insert(bound);
  }
  static constexpr std::string_view symbols[] = {"<", "<=", ">", ">="};
  const std::string_view symbol = random.choice(std::span<const std::string_view>(symbols));
  std::vector<Phrase> phrases;
  for (int bound : bounds) {
    phrases.push_back({fmt::format("{} {} {}", number.name, symbol, bound),
                       fmt::format("{} is {} {}", number.name, in_words(symbol), bound)});
  }
  if (symbol[0] == '>') std::reverse(phrases.begin(), phrases.end());
  return phrases;
}

std::vector<Phrase> draw_categories(const CategoryWord& category, std::size_t count, Random& random) {
  std::vector<std::string_view> values = category.values;
  random.shuffle(std::span(values));
  std::vector<Phrase> phrases;
  for (std::size_t i = 0; i < count; ++i) {
    phrases.push_back({fmt::format("{} == '{}'", category.name, values[i]),
                       fmt::format("{} is '{}'", category.name, values[i])});
  }
  return phrases;
}

std::vector<Phrase> draw_conditions(const Subjects& subjects, std::size_t count, Random& random) {
  // First which condition is on what (numbers by index, then the category), then the bounds of each.
  const std::size_t number_count = subjects.numbers.size();
  const std::size_t subject_count = number_count + (subjects.category ? 1 : 0);
  // One category is left to fall through to what follows.
  const std::size_t most_categories = subjects.category ? subjects.category->values.size() - 1 : 0;
  std::vector<std::size_t> order, uses(subject_count);
  while (order.size() < count) {
    const auto subject =
        static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(subject_count) - 1));
    if (subject == number_count && uses[subject] == most_categories) continue;
    if (subject < number_count && uses[subject] == 3) {
      if (subject_count == 1) break;
      continue;
    }
    ++uses[subject];
    order.push_back(subject);
  }
  std::vector<std::vector<Phrase>> phrases;
  for (std::size_t i = 0; i < number_count; ++i) {
    phrases.push_back(draw_bounds(subjects.numbers[i], uses[i], random));
  }
  if (subjects.category) phrases.push_back(draw_categories(*subjects.category, uses.back(), random));
  std::vector<std::size_t> used(subject_count);
  std::vector<Phrase> conditions;
  for (std::size_t subject : order) conditions.push_back(phrases[subject][used[subject]++]);
  return conditions;
}

Phrase draw_number_result(const Subjects& subjects, Random& random) {
  if (random.uniform() < 0.3) {
    const std::string constant = std::to_string(random.integer(1, 40));
    return {constant, constant};
  }
  const NumberWord& number = pick(subjects.numbers, random);
  const std::int64_t form = random.integer(0, subjects.derived ? 1 : 2);  // a derived number is large enough
  const std::string_view symbol = form == 0 ? "+" : form == 1 ? "-" : "*";
  const std::int64_t constant = form == 2 ? random.integer(2, 5) : random.integer(1, 20);
  return {fmt::format("{} {} {}", number.name, symbol, constant),
          fmt::format("{} {} {}", number.name, in_words(symbol), constant)};
}

std::vector<Phrase> draw_results(const RuleKind& kind, const Subjects& subjects, std::size_t count,
                                 Random& random) {
  const double style = random.uniform();
  const double outcome_chance = style < kind.outcome_share ? 1 : random.integer(0, 1) == 0 ? 0 : 0.5;
  std::vector<Phrase> results;
  std::set<std::string> seen;
  while (results.size() < count) {
    Phrase result;
    if (random.uniform() < outcome_chance) {
      result.source = result.words = fmt::format("'{}'", pick(kind.outcomes, random));
    } else {
      result = draw_number_result(subjects, random);
    }
    if (seen.insert(result.source).second) results.push_back(std::move(result));
  }
  return results;
}

bool speaks_of(const std::vector<Phrase>& phrases, std::string_view argument) {
  return std::any_of(phrases.begin(), phrases.end(), [&](const Phrase& phrase) {
    return phrase.source.substr(0, phrase.source.find(' ')) == argument;
  });
}

// How the body of a rule is laid out.
enum class RuleForm { returns, chain, result_variable };

std::string conditions_source(RuleForm form, const std::vector<Phrase>& conditions,
                              const std::vector<Phrase>& results) {
  const std::string_view gives = form == RuleForm::result_variable ? "result =" : "return";
  std::string source;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const std::string_view word = form == RuleForm::returns || i == 0 ? "if" : "elif";
    source +=
        fmt::format("    {} {}:\n        {} {}\n", word, conditions[i].source, gives, results[i].source);
  }
  if (form == RuleForm::returns) return source + fmt::format("    return {}\n", results.back().source);
  source += fmt::format("    else:\n        {} {}\n", gives, results.back().source);
  return form == RuleForm::result_variable ? source + "    return result\n" : source;
}

Program write_rule(const RuleKind& kind, const Subjects& subjects, const std::vector<Phrase>& conditions,
                   const std::vector<Phrase>& results, RuleForm form, Random& random) {
  Program program{.name = draw_name(random),
                  .source = {},
                  .views = {},
                  .domain = "rules",
                  .kind = std::string(kind.name)};
  program.source = fmt::format("def {}({}):\n", program.name, fmt::join(subjects.arguments, ", "));
  program.view("prose") = fmt::format("{} takes {}.", program.name, fmt::join(subjects.arguments, " and "));
  if (const DerivedWord* derived = subjects.derived) {
    program.source += fmt::format("    {} = {} {} {}\n", derived->result.name, derived->left, derived->symbol,
                                  derived->right);
    program.view("prose") += fmt::format(" Let {} be {} {} {}.", derived->result.name, derived->left,
                                         in_words(derived->symbol), derived->right);
  }
  program.source += conditions_source(form, conditions, results);
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    program.view("prose") += fmt::format(" If {}, the result is {}.", conditions[i].words, results[i].words);
  }
  program.view("prose") += fmt::format(" Otherwise the result is {}.\n", results.back().words);
  return program;
}

// Joins two neighbouring conditions that speak of different things.
void join_conditions(std::vector<Phrase>& conditions, Random& random) {
  const auto subject = [](const Phrase& phrase) { return phrase.source.substr(0, phrase.source.find(' ')); };
  for (std::size_t i = 0; i + 1 < conditions.size(); ++i) {
    if (subject(conditions[i]) == subject(conditions[i + 1])) continue;
    const std::string_view word = random.integer(0, 2) == 0 ? "or" : "and";
    for (std::string Phrase::*text : {&Phrase::source, &Phrase::words}) {
      conditions[i].*text = fmt::format("{} {} {}", conditions[i].*text, word, conditions[i + 1].*text);
    }
    conditions.erase(conditions.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    return;
  }
}

std::vector<const RuleKind*> wanted_kinds(const RulesOptions& options) {
  const std::map<std::string_view, bool> wanted = {{"stock", options.stock},
                                                   {"quality", options.quality},
                                                   {"price", options.price},
                                                   {"eligibility", options.eligibility}};
  std::vector<const RuleKind*> kinds;
  for (const RuleKind& kind : rule_kinds()) {
    if (wanted.at(kind.name)) kinds.push_back(&kind);
  }
  return kinds;
}

}  // namespace

void check_options(const RulesOptions& options) {
  check_ranges("rules", options);
  if (wanted_kinds(options).empty()) {
    throw InputError("rules: stock, quality, price and eligibility are all false, expected one of them",
                     "set one of them to true, or ask for no rules");
  }
}

Program draw_rule(const RulesOptions& options, Random& random) {
  check_options(options);
  const RuleKind& kind = *pick(wanted_kinds(options), random);
  while (true) {  // most draws pass: an argument is left out of every condition and result only now and then
    const Subjects subjects = draw_subjects(kind, random);
    const auto count = static_cast<std::size_t>(random.integer(1, options.max_conditions));
    auto conditions = draw_conditions(subjects, count, random);
    const auto results = draw_results(kind, subjects, conditions.size() + 1, random);
    const bool all_used =
        subjects.derived ||
        std::all_of(subjects.arguments.begin(), subjects.arguments.end(), [&](const std::string& argument) {
          return speaks_of(conditions, argument) || speaks_of(results, argument);
        });
    if (!all_used) continue;
    RuleForm form = RuleForm::returns;
    if (options.varied_forms) {
      if (random.integer(0, 1) == 0) join_conditions(conditions, random);
      form = static_cast<RuleForm>(random.integer(0, 2));
    }
    return write_rule(kind, subjects, conditions, results, form, random);
  }
}

}  // namespace pbb
