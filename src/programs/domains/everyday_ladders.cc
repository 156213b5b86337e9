// An amount told apart into answers: by a ladder of conditions, by bisect, by a table that a loop goes through.
#include <fmt/format.h>

#include <algorithm>

#include "programs/domains/everyday_draft.h"
#include "programs/domains/everyday_words.h"

namespace pbb {
namespace {

std::string list_of(std::span<const std::string> items) {
  return fmt::format("[{}]", fmt::join(items, ", "));
}

void add_bisect(EverydayDraft& draft, const EverydaySubject& subject, const std::vector<double>& limits,
                const std::vector<std::string>& labels) {
  const std::string function = draft.word({"bisect_right", "bisect_right", "bisect_left", "bisect"});
  draft.import("from bisect import " + function);
  std::vector<std::string> texts;
  for (const double limit : limits) texts.push_back(draft.number(limit));
  std::string edges = list_of(texts), names = list_of(labels);
  const std::string edges_name = draft.word({"EDGES", "EDGES", "LIMITS", "CUTS", "STARTS"}),
                    names_name = draft.word({"NAMES", "NAMES", "GRADES", "CLASSES", "ZONES"});
  if (draft.chance(0.7) && draft.names.insert(edges_name).second && draft.names.insert(names_name).second) {
    draft.constants.push_back(fmt::format("{} = {}", edges_name, edges));
    draft.constants.push_back(fmt::format("{} = {}", names_name, names));
    edges = edges_name, names = names_name;
  }
  draft.say(1, fmt::format("return {}[{}({}, {})]", names, function, edges, subject.name));
}

void add_bracket_answers(EverydayDraft& draft, const EverydaySubject& subject,
                         const std::vector<double>& limits, const std::vector<std::string>& labels) {
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < limits.size(); ++i)
    pairs.push_back(fmt::format("({}, {})", draft.number(limits[i]), labels[i]));
  std::string table = list_of(pairs);
  if (draft.chance(0.6) && draft.names.insert("CLASSES").second) {
    draft.constants.push_back("CLASSES = " + table);
    table = "CLASSES";
  }
  const std::string limit = draft.word({"limit", "top", "edge"}),
                    label = draft.word({"label", "name", "answer"});
  draft.say(1, fmt::format("for {}, {} in {}:", limit, label, table));
  draft.say(2, fmt::format("if {} {} {}:", subject.name, draft.word({"<", "<="}), limit));
  draft.say(3, "return " + label);
  draft.say(1, "return " + labels.back());
}

}  // namespace

std::vector<std::string> draw_labels(EverydayDraft& draft, std::size_t count) {
  const auto all = draft.japanese ? everyday_labels_japanese() : everyday_labels();
  EverydayLabels drawn = draft.pick(all);
  while (drawn.size() < count) drawn = draft.pick(everyday_labels());
  std::vector<std::string> quoted;
  for (std::size_t i = 0; i < count; ++i) quoted.push_back(draft.quoted(drawn[i]));
  return quoted;
}

void add_ladder(EverydayDraft& draft, const EverydaySubject& subject) {
  draft.returns = "str";
  const auto count = static_cast<std::size_t>(draft.integer(1, 3));
  const auto limits = draft.bounds(subject, count);
  auto labels = draw_labels(draft, count + 1);
  const double shape = draft.random.uniform();
  if (shape < 0.14 && count > 1) return add_bisect(draft, subject, limits, labels);
  if (shape < 0.24 && count > 1) return add_bracket_answers(draft, subject, limits, labels);
  const bool up = draft.chance(0.55);
  if (!up) std::ranges::reverse(labels);
  const std::string symbol = up ? draft.word({"<", "<="}) : draft.word({">", ">="});
  const auto limit = [&](std::size_t i) { return draft.bound_text(subject, limits[up ? i : count - 1 - i]); };
  if (count == 1 && shape < 0.6) {
    return draft.say(1, fmt::format("return {} if {} {} {} else {}", labels[0], subject.name, symbol,
                                    limit(0), labels[1]));
  }
  const bool elif = draft.chance(0.35), stored = draft.chance(0.2);
  const std::string variable =
      stored ? draft.new_name(std::vector<std::string_view>{"label", "answer", "grade", "kind"}) : "";
  const std::string gives = stored ? variable + " = " : "return ";
  for (std::size_t i = 0; i < count; ++i) {
    draft.say(1, fmt::format("{} {} {} {}:", (elif || stored) && i > 0 ? "elif" : "if", subject.name, symbol,
                             limit(i)));
    draft.say(2, gives + labels[i]);
  }
  if (elif || stored) {
    draft.say(1, "else:");
    draft.say(2, gives + labels[count]);
  } else {
    draft.say(1, gives + labels[count]);
  }
  if (stored) draft.say(1, "return " + variable);
}

void add_scale(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter();
  if (draft.chance(0.75)) {
    const double low = a.low, high = a.high;
    a.parameter->bounds.insert(a.parameter->bounds.end(), {low, high});
    const std::string range =
        draft.chance(0.8)
            ? fmt::format("{} <= {} <= {}", draft.number(low), a.name, draft.number(high))
            : fmt::format("{0} >= {1} and {0} <= {2}", a.name, draft.number(low), draft.number(high));
    draft.say(1, fmt::format("assert {}{}", range,
                             draft.chance(0.7) ? ", " + draft.quoted(draft.pick(everyday_messages())) : ""));
  }
  draft.returns = "str";
  const auto count = static_cast<std::size_t>(draft.integer(2, 4));
  const auto limits = draft.bounds(a, count);
  const auto answers = draw_labels(draft, count + 1);
  if (draft.chance(0.7)) return add_bisect(draft, a, limits, answers);
  add_bracket_answers(draft, a, limits, answers);
}

}  // namespace pbb
