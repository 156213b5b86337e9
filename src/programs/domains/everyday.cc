// Putting an everyday function together: its body is drawn statement by statement, and what the statements
// speak of becomes its parameters, constants and helpers.
#include "programs/domains/everyday.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "programs/domains/everyday_draft.h"
#include "programs/domains/everyday_words.h"
#include "programs/names.h"

namespace pbb {
namespace {

void draw_body(EverydayDraft& draft) {
  const double shape = draft.random.uniform();
  if (shape < 0.04) return add_text_rule(draft);
  if (draft.chance(0.07)) draft.decorator = add_decorator(draft);
  if (shape < 0.09) return add_scale(draft);
  add_guards(draft);
  if (shape < 0.21) return add_checks(draft);
  if (shape < 0.29) return add_category_ladder(draft);
  if (shape < 0.35) return add_decision(draft);
  if (shape < 0.42) return add_successor(draft);
  if (shape < 0.47) return add_inspection(draft);
  add_base(draft);
  const auto most = draft.integer(0, 2);
  for (std::int64_t i = 0; i < most && draft.has_room(); ++i) add_adjustment(draft);
  add_finish(draft);
}

// Defaults of numbers; those without one come first in the signature, keyword-only ones last.
std::vector<EverydayParameter> arranged(EverydayDraft& draft) {
  std::vector<EverydayParameter> all;
  const double default_share = draft.chance(0.2) ? 0.9 : 0.35;
  for (EverydayParameter& parameter : draft.parameters) {
    const bool is_number = parameter.kind == EverydayKind::whole || parameter.kind == EverydayKind::decimal;
    if (parameter.default_text.empty() && is_number && &parameter != &draft.parameters.front() &&
        draft.chance(default_share)) {
      const double usual =
          parameter.bounds.empty() || draft.chance(0.5) ? parameter.low : parameter.bounds.front();
      parameter.default_text = parameter.may_be_none && draft.chance(0.7) ? "None" : draft.number(usual);
    }
    all.push_back(parameter);
  }
  if (all.size() > 1 && draft.chance(0.25)) {
    const bool all_defaults = draft.chance(0.5);
    for (EverydayParameter& parameter : all) {
      if (!parameter.default_text.empty() && (all_defaults || &parameter == &all.back()))
        parameter.keyword_only = true;
    }
  }
  if (draft.chance(0.4)) draft.random.shuffle(std::span(all));
  const auto place = [](const EverydayParameter& one) {
    return one.keyword_only ? 2 : one.default_text.empty() ? 0 : 1;
  };
  std::ranges::stable_sort(all, {}, place);
  return all;
}

std::string in_another_case(const std::string& word, Random& random) {
  std::string other = word;
  const bool all = random.integer(0, 1) == 0;
  for (char& c : other) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!all) break;
  }
  return other;
}

Value number_value(const EverydayParameter& parameter, Random& random) {
  const bool is_whole = parameter.step >= 1;
  double number = 0;
  const double shape = random.uniform();
  if (!parameter.bounds.empty() && shape < 0.5) {
    static constexpr double away[] = {0, 0, 0, 1, -1, 1, -1};
    const double near = is_whole ? 1 : parameter.step;
    number = random.choice(std::span<const double>(parameter.bounds)) +
             near * random.choice(std::span<const double>(away));
  } else if (shape > 0.97) {
    number = 0;
  } else if (shape > 0.93) {
    number = -parameter.step * static_cast<double>(random.integer(1, 5));
  } else if (is_whole && shape > 0.8) {
    number = parameter.low + static_cast<double>(random.integer(
                                 0, static_cast<std::int64_t>(parameter.high - parameter.low)));
  } else {
    const auto steps = static_cast<std::int64_t>((parameter.high - parameter.low) / parameter.step + 0.5);
    number = parameter.low + parameter.step * static_cast<double>(random.integer(0, steps));
  }
  number = std::round(number * 100) / 100;
  const bool as_whole = number == std::floor(number) && (is_whole || random.integer(0, 1) == 0);
  if (as_whole) return {static_cast<std::int64_t>(number)};
  return {number == 0 ? 0.0 : number};
}

Value draw_value(const EverydayParameter& parameter, Random& random) {
  if (parameter.may_be_none && random.uniform() < 0.3) return {};
  switch (parameter.kind) {
    case EverydayKind::flag:
      return {random.integer(0, 1) == 0};
    case EverydayKind::category: {
      const double shape = random.uniform();
      const double empty_share = parameter.may_be_empty ? 0.25 : 0.04;
      if (shape < empty_share) return {std::string()};
      if (shape < empty_share + 0.1) return {std::string(random.integer(0, 1) == 0 ? "other" : "none")};
      const std::string& word = random.choice(std::span<const std::string>(parameter.values));
      return {parameter.any_case && random.uniform() < 0.4 ? in_another_case(word, random) : word};
    }
    case EverydayKind::numbers: {
      ListValue list;
      // Up to the days of a week and more, but seldom: each item is some steps of a trace.
      const auto count = random.uniform() < 0.25 ? random.integer(5, 8) : random.integer(0, 4);
      for (auto left = count; left > 0; --left) list.items.push_back(number_value(parameter, random));
      return {std::move(list)};
    }
    case EverydayKind::whole:
    case EverydayKind::decimal:
      break;
  }
  return number_value(parameter, random);
}

// So many inputs are tried, as its ways are seldom equally wide.
constexpr int least_trials = 8;

FreshDraft draw_fresh_everyday(const FreshRequest& request, Random& random) {
  std::string name;
  do {
    name = random.uniform() < 0.3 ? draw_fresh_name(random) : draw_everyday_name(random);
  } while (request.drawn_names.contains(name) || request.taken_names.contains(name));
  EverydayProgram everyday = draw_everyday({}, name, random);
  FreshDraft draft;
  draft.inputs = draw_different_inputs(std::max(least_trials, 3 * request.executions),
                                       [&] { return draw_everyday_input(everyday, random); });
  draft.program = std::move(everyday.program);
  return draft;
}

}  // namespace

std::string draw_everyday_name(Random& random) {
  std::string name(random.choice(everyday_subjects()));
  if (random.uniform() < 0.25) name = fmt::format("{}_{}", name, random.choice(everyday_subjects()));
  return fmt::format("{}_{}", name, random.choice(everyday_results()));
}

EverydayProgram draw_everyday(const EverydayOptions& options, const std::string& name, Random& random) {
  EverydayProgram everyday{
      .program = {.name = name, .source = {}, .views = {}, .domain = "everyday", .kind = "everyday"},
      .parameters = {}};
  EverydayDraft draft(options, random);
  draw_body(draft);
  everyday.parameters = arranged(draft);
  const std::string example = call_text(name, draw_everyday_input(everyday, random));
  everyday.program.source = everyday_source(draft, everyday, example);
  return everyday;
}

Input draw_everyday_input(const EverydayProgram& everyday, Random& random) {
  Input input;
  for (const EverydayParameter& parameter : everyday.parameters) {
    if (parameter.keyword_only || (!parameter.default_text.empty() && random.uniform() < 0.25)) break;
    input.push_back(draw_value(parameter, random));
  }
  return input;
}

Domain everyday_domain() {
  return {.name = "everyday",
          .kinds = {"everyday"},
          .has_plain_calls = false,
          .corpus = {},
          .fresh = {.share = 0,
                    .share_help = "of the fresh programs: functions as people write them, with defaults, "
                                  "floats, tables, exceptions",
                    .draw = draw_fresh_everyday,
                    .chooses_ways = true}};
}

}  // namespace pbb
