#include "programs/domains/everyday_draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "programs/domains/everyday_words.h"

namespace pbb {
namespace {

constexpr double small_amounts[] = {1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50};
constexpr double decimal_amounts[] = {0.5, 1.5, 2.5, 4.5, 7.5, 12.5, 0.25, 1.25, 2.25, 3.2, 5.9, 9.9};
constexpr double rates[] = {0.1, 0.2, 0.25, 0.5, 0.05, 0.15, 0.3, 0.75, 0.02};
constexpr double factors[] = {1.5, 1.2, 1.1, 0.5, 0.9, 0.8, 1.25, 2, 2, 3};
constexpr double percents[] = {5, 10, 10, 15, 20, 25, 30, 40, 50, 8, 12};

// To two decimals: the double that Python reads where these are written.
double rounded(double value) {
  return std::round(value * 100) / 100;
}

bool is_whole(double step) {
  return step == std::floor(step);
}

std::string with_underscores(std::int64_t value) {
  return value < 1000 ? fmt::format("{}", value)
                      : fmt::format("{}_{:03}", with_underscores(value / 1000), value % 1000);
}

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

}  // namespace

EverydayDraft::EverydayDraft(const EverydayOptions& options, Random& draws) : random(draws) {
  checked_share = options.checked_share;
  japanese = chance(options.japanese_share);
  japanese_names = japanese && chance(0.5);
  single_quotes = chance(0.4);
  hints = chance(0.4);
  underscores = chance(0.5);
  comments = chance(0.3);
  constant_share = pick({0.0, 0.0, 0.3, 0.9});
}

std::string EverydayDraft::quoted(std::string_view text) const {
  return fmt::format("{0}{1}{0}", single_quotes ? '\'' : '"', text);
}

std::string EverydayDraft::number(double amount, bool decimal) {
  if (amount == std::floor(amount)) {
    const auto whole = static_cast<std::int64_t>(amount);
    if (decimal) return fmt::format("{}.0", whole);
    return underscores && whole >= 10'000 ? with_underscores(whole) : fmt::format("{}", whole);
  }
  const double exact = rounded(amount);
  const bool as_money = amount * 10 == std::floor(amount * 10) && chance(0.25);
  return as_money ? fmt::format("{:.2f}", exact) : fmt::format("{}", exact);
}

std::string EverydayDraft::constant(std::string_view hint, const std::string& literal) {
  if (!chance(constant_share)) return literal;
  std::string name = japanese_names ? std::string(pick(everyday_constants_japanese())) : upper_case(hint);
  for (char& c : name) c = c == ' ' || c == '-' ? '_' : c;
  if (names.contains(name)) name = upper_case(fmt::format("{}_{}", hint, names.size()));
  if (!names.insert(name).second) return literal;
  std::string line = fmt::format("{} = {}", name, literal);
  if (comments && chance(0.2))
    line += fmt::format("  # {}", pick(japanese ? everyday_comments_japanese() : everyday_comments()));
  constants.push_back(std::move(line));
  return name;
}

double EverydayDraft::amount(bool& is_decimal) {
  if (chance(0.3)) {
    is_decimal = true;
    return random.choice(std::span<const double>(decimal_amounts));
  }
  return pick({1.0, 1.0, 1.0, 10.0, 100.0}) * small_amount();
}

double EverydayDraft::small_amount() {
  return random.choice(std::span<const double>(small_amounts));
}

double EverydayDraft::rate() {
  return random.choice(std::span<const double>(rates));
}

double EverydayDraft::factor() {
  return random.choice(std::span<const double>(factors));
}

double EverydayDraft::percent() {
  return random.choice(std::span<const double>(percents));
}

void EverydayDraft::set_value(const std::string& name, bool is_decimal, double low, double high) {
  value = {name, is_decimal, low, high, is_decimal ? 0.5 : 1.0, nullptr};
}

std::string EverydayDraft::new_name(std::span<const std::string_view> from) {
  for (int attempt = 0; attempt < 40; ++attempt) {
    std::string name(pick(from));
    if (names.insert(name).second) return name;
  }
  std::string name = fmt::format("{}_{}", from.front(), names.size());
  names.insert(name);
  return name;
}

std::string EverydayDraft::new_variable() {
  return new_name(japanese_names ? everyday_variables_japanese() : everyday_variables());
}

EverydaySubject EverydayDraft::number_parameter(bool may_be_known) {
  EverydayParameter* known = nullptr;
  for (EverydayParameter& parameter : parameters) {
    const bool fits = (parameter.kind == EverydayKind::whole || parameter.kind == EverydayKind::decimal) &&
                      (!parameter.may_be_none || checked.contains(parameter.name));
    if (fits && (!known || chance(0.5))) known = &parameter;
  }
  if (!known || !(may_be_known && (parameters.size() > 2 || chance(0.65)))) {
    const auto words = japanese_names ? everyday_numbers_japanese() : everyday_numbers();
    EverydayNumber word = pick(words);
    for (int attempt = 0; attempt < 40 && !names.insert(std::string(word.name)).second; ++attempt)
      word = pick(attempt < 10 ? words : everyday_numbers());
    known = &parameters.emplace_back();
    known->name = word.name;
    known->kind = is_whole(word.step) ? EverydayKind::whole : EverydayKind::decimal;
    known->low = word.low, known->high = word.high, known->step = word.step;
  }
  return {known->name, known->kind == EverydayKind::decimal, known->low, known->high, known->step, known};
}

EverydaySubject EverydayDraft::whole_parameter() {
  for (int attempt = 0; attempt < 6; ++attempt) {
    const bool is_decimal_left = !parameters.empty();
    EverydaySubject subject = number_parameter(is_decimal_left && attempt < 2);
    if (!subject.is_decimal) return subject;
    // What was drawn for this alone is taken back.
    if (!parameters.back().bounds.empty() || subject.parameter != &parameters.back() || !body.empty())
      continue;
    names.erase(subject.name);
    parameters.pop_back();
  }
  EverydayParameter& last = parameters.emplace_back();
  last.name = names.insert("count").second ? "count" : fmt::format("count_{}", names.size());
  last.low = 0, last.high = 60;
  return {last.name, false, last.low, last.high, 1, &last};
}

EverydayParameter& EverydayDraft::flag_parameter() {
  for (EverydayParameter& parameter : parameters) {
    if (parameter.kind == EverydayKind::flag && chance(0.4)) return parameter;
  }
  EverydayParameter& flag = parameters.emplace_back();
  flag.name = new_name(japanese_names ? everyday_flags_japanese() : everyday_flags());
  flag.kind = EverydayKind::flag;
  if (chance(0.6)) flag.default_text = chance(0.85) ? "False" : "True";
  return flag;
}

EverydayParameter& EverydayDraft::category_parameter() {
  for (EverydayParameter& parameter : parameters) {
    if (parameter.kind == EverydayKind::category && chance(0.6)) return parameter;
  }
  EverydayCategory word = pick(everyday_categories());
  for (int attempt = 0; attempt < 40 && !names.insert(std::string(word.name)).second; ++attempt)
    word = pick(everyday_categories());
  EverydayParameter& category = parameters.emplace_back();
  category.name = word.name;
  category.kind = EverydayKind::category;
  category.values.assign(word.values.begin(), word.values.end());
  random.shuffle(std::span(category.values));
  if (chance(0.15)) category.default_text = quoted(category.values.front());
  return category;
}

EverydayParameter& EverydayDraft::list_parameter() {
  static constexpr std::string_view list_names[] = {"items", "prices",  "readings", "amounts", "scores",
                                                    "times", "lengths", "values",   "counts",  "parts"};
  EverydayParameter& list = parameters.emplace_back();
  list.name = new_name(list_names);
  list.kind = EverydayKind::numbers;
  list.low = 0;
  list.step = pick({1.0, 1.0, 5.0, 0.5});
  list.high = 20 * list.step;
  return list;
}

std::vector<double> EverydayDraft::bounds(const EverydaySubject& subject, std::size_t count) {
  const double span = std::max(subject.high - subject.low, 4 * subject.step);
  double unit = std::pow(10.0, std::floor(std::log10(span)) - 1) * pick({1.0, 1.0, 2.0, 5.0});
  if (!subject.is_decimal) unit = std::max(1.0, std::floor(unit));
  if (subject.is_decimal && (unit < subject.step || chance(0.4))) unit = subject.step;
  std::set<double> drawn;
  for (int attempt = 0; attempt < 60 && drawn.size() < count; ++attempt) {
    const double place = subject.low + span * (0.08 + 0.84 * random.uniform());
    drawn.insert(rounded(std::round(place / unit) * unit));
  }
  std::vector<double> all(drawn.begin(), drawn.end());
  while (all.size() < count) all.push_back(all.back() + (subject.is_decimal ? subject.step : 1));
  if (subject.parameter)
    subject.parameter->bounds.insert(subject.parameter->bounds.end(), all.begin(), all.end());
  return all;
}

std::string EverydayDraft::bound_text(const EverydaySubject& subject, double bound) {
  return number(bound, subject.is_decimal && chance(0.3));
}

std::string EverydayDraft::answer_label() {
  const auto all = japanese ? everyday_labels_japanese() : everyday_labels();
  return quoted(pick(std::span<const std::string_view>(pick(all))));
}

void EverydayDraft::say(int depth, std::string line) {
  if (comments && chance(0.12)) {
    line += fmt::format("  # {}", pick(japanese ? everyday_comments_japanese() : everyday_comments()));
  }
  body.push_back(std::string(static_cast<std::size_t>(4 * depth), ' ') + line);
}

void EverydayDraft::import(const std::string& line) {
  if (std::ranges::find(imports, line) == imports.end()) imports.push_back(line);
}

}  // namespace pbb
