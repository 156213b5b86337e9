// The answer in a sentence or two, and as lines for a terminal.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "assessment/page.h"

namespace pbb {
namespace {

// The better of the two ways in which rules of these kinds were answered, over the kinds that `wanted` holds of.
std::optional<Accuracy> best_of(const Assessment& assessment, bool good) {
  std::set<ClarityKind> kinds;
  bool is_ceiling = false;
  for (const AssessedRule& rule : assessment.rules) {
    if (is_reliable(rule) != good) continue;
    kinds.insert(rule.kind);
    is_ceiling = is_ceiling || rule.expected.is_ceiling;
  }
  const auto wanted = [&](const RuleScore& rule) { return kinds.contains(kind_of(rule.clarity)); };
  const Teaching teaching = is_ceiling ? Teaching::given : Teaching::source;
  auto assisted = assessment.measured.accuracy(teaching, 0, AnswerForm::assisted, wanted);
  auto plain = assessment.measured.accuracy(teaching, 0, AnswerForm::recite, wanted);
  return assisted && (!plain || assisted->value() > plain->value()) ? assisted : plain;
}

bool has_ceiling(const Assessment& assessment) {
  return std::ranges::any_of(assessment.rules,
                             [](const AssessedRule& rule) { return rule.expected.is_ceiling; });
}

std::string strong(const std::optional<Accuracy>& accuracy, const Wording& words) {
  if (!accuracy) return words("not_measured");
  return fmt::format("<b>{}</b> <span class=\"soft\">{}</span>", words.share(accuracy->value()),
                     words.range(*accuracy));
}

// Of sentences of ours, which hold no other '<'.
std::string without_markup(const std::string& html) {
  std::string text;
  bool inside = false;
  for (const char letter : html) {
    if (letter == '<') inside = true;
    if (!inside) text += letter;
    if (letter == '>') inside = false;
  }
  return text;
}

}  // namespace

std::string worth_sentence(const Assessment& assessment, const Wording& words) {
  const auto rules = assessment.rules.size();
  switch (assessment.worth()) {
    case Worth::yes:
      return words("answer_yes", rules, strong(best_of(assessment, true), words));
    case Worth::partly:
      return words("answer_partly", assessment.reliable_rules(), rules,
                   strong(best_of(assessment, true), words));
    case Worth::no:
      return words("answer_no", rules, strong(best_of(assessment, false), words),
                   has_ceiling(assessment) ? words("answer_given") : std::string());
    case Worth::unknown:
      break;
  }
  return words("answer_unknown", rules);
}

std::string cheaper_sentence(const Assessment& assessment, const Wording& words) {
  if (!assessment.source || assessment.examples.empty()) return words("cheaper_unknown");
  const ExampleTeaching& most = assessment.examples.back();
  std::string text =
      words(assessment.examples_reach_source() ? "cheaper_reach" : "cheaper_yes", most.examples,
            words.short_accuracy(most.accuracy), words.short_accuracy(assessment.source));
  if (!assessment.reading_seconds) return text;
  const char* gap = words.language() == Language::japanese ? "" : " ";
  const std::string time = words.seconds(*assessment.reading_seconds);
  if (most.cost && assessment.reading_cost) {
    return text + gap +
           words("cost_both", most.examples, words.money(*most.cost), time,
                 words.money(*assessment.reading_cost));
  }
  return text + gap + words("cost_time", time, assessment.measured.runs[assessment.readings[0].run].machine);
}

std::string assessment_text(const Assessment& assessment, Language language) {
  const Wording words(language);
  std::string text = worth_sentence(assessment, words) + "\n" + cheaper_sentence(assessment, words) + "\n";
  const auto share =
      assessment.lines > 0 ? static_cast<double>(assessment.learnable_lines) / assessment.lines : 0;
  text += words("a_share", assessment.rules.size(), assessment.functions, assessment.learnable_lines,
                assessment.lines, words.share(share)) +
          "\n";
  for (const KindAccuracy& kind : assessment.kinds) {
    if (kind.rules == 0) continue;
    text += fmt::format("  {} × {}: {}{}, {}{}\n", kind.rules, words.kind(kind.kind),
                        kind.expected.is_ceiling ? "≤ " : "", words.accuracy(kind.expected.plain),
                        kind.expected.is_ceiling ? "≤ " : "", words.short_accuracy(kind.expected.assisted));
  }
  if (assessment.microseconds)
    text += words("program_short", words.microseconds(*assessment.microseconds)) + "\n";
  return without_markup(text);
}

}  // namespace pbb
