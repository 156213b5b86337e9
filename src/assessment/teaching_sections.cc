// The answer, and teaching by source beside examples and the alternatives.
#include <fmt/format.h>

#include <cmath>

#include "assessment/page.h"
#include "assessment/plot.h"
#include "assessment/sections.h"
#include "report/html.h"

namespace pbb {
namespace {

std::string answers_and_rules(const Wording& words, const Accuracy& accuracy) {
  return fmt::format("{}, {}", words.number(accuracy.answers.items), words.number(accuracy.rules));
}

std::string time_cell(const Wording& words, const std::optional<FoundTraining>& found) {
  if (!found) return cell("");
  return cell(words("time_for", words.seconds(found->training.seconds), found->training.rules) +
              marks({found->run}));
}

std::string cost_of_examples(const Assessment& assessment, const Wording& words, const ExampleTeaching& one) {
  if (!assessment.costs.example)
    return fmt::format("<span class=\"soft\">{}</span>", words("no_cost_example"));
  return words.money(one.cost.value_or(0));
}

std::string cost_of_reading(const Assessment& assessment, const Wording& words) {
  if (!assessment.reading_seconds) return words("not_measured");
  if (!assessment.costs.hour) return fmt::format("<span class=\"soft\">{}</span>", words("no_cost_hour"));
  return words.money(*assessment.reading_cost);
}

std::string exchange_rows(const Assessment& assessment, const Wording& words) {
  std::string rows;
  if (assessment.before)
    rows += row(words("t_nothing"), accuracy_cell(words, assessment.before) +
                                        cell(answers_and_rules(words, *assessment.before)) + cell("0") +
                                        cell(""));
  for (const ExampleTeaching& one : assessment.examples) {
    rows += row(words("t_examples", one.examples),
                accuracy_cell(words, one.accuracy) + cell(answers_and_rules(words, one.accuracy)) +
                    cell(cost_of_examples(assessment, words, one)) + time_cell(words, one.training));
  }
  const auto add = [&](const char* key, const std::optional<Accuracy>& accuracy) {
    if (!accuracy) return;
    const auto reading =
        assessment.readings.empty() ? std::nullopt : std::optional(assessment.readings.front());
    rows += row(words(key),
                accuracy_cell(words, accuracy) + cell(answers_and_rules(words, *accuracy)) +
                    cell(cost_of_reading(assessment, words)) + time_cell(words, reading),
                true);
  };
  add("t_source", assessment.source);
  add("t_source_assisted", assessment.source_assisted);
  add("t_source_edges", assessment.source_edges);
  return rows;
}

std::string exchange_sentence(const Assessment& assessment, const Wording& words) {
  if (assessment.examples.empty() || !assessment.source) return words("cheaper_unknown");
  const int most = assessment.examples.back().examples;
  if (assessment.examples_reach_source()) return words("exchange_reach", most);
  return words("exchange_above", most, most);
}

std::string answer_cost(const Wording& words, const std::optional<Accuracy>& accuracy) {
  if (!accuracy) return words("not_measured");
  const std::string tokens = words.number(std::round(accuracy->tokens));
  if (!accuracy->seconds) return words("answer_tokens", tokens) + marks(accuracy->runs);
  return words("answer_time", tokens, words.seconds(*accuracy->seconds)) + marks(accuracy->runs);
}

std::string read_beforehand(const Assessment& assessment, const Wording& words) {
  if (!assessment.reading_seconds) return words("not_measured");
  return words("reading_takes", words.seconds(*assessment.reading_seconds),
               words.number(std::round(*assessment.reading_tokens))) +
         marks({assessment.readings.front().run});
}

}  // namespace

std::string answer_section(const Assessment& assessment, const Wording& words) {
  const double share =
      assessment.lines > 0 ? static_cast<double>(assessment.learnable_lines) / assessment.lines : 0;
  const auto entry = [&](const char* question, const std::string& answer) {
    return fmt::format("<dt>{}</dt><dd>{}</dd>\n", words(question), answer);
  };
  std::string html = fmt::format(
      "<header>\n<p class=\"kicker\">{}</p>\n<h1>{}</h1>\n<p class=\"key\">{}</p>\n<p "
      "class=\"key\">{}</p>\n<dl "
      "class=\"answers\">\n",
      words("kicker"), words("page_title", escape_html(assessment.title)), worth_sentence(assessment, words),
      cheaper_sentence(assessment, words));
  html += entry("q_share", words("a_share", assessment.rules.size(), assessment.functions,
                                 words.number(assessment.learnable_lines), words.number(assessment.lines),
                                 words.share(share)));
  html += entry("q_right", words("a_right", assessment.reliable_rules(), assessment.rules.size(),
                                 words.share(reliable)));
  html += entry("q_examples", exchange_sentence(assessment, words));
  html += entry("q_program",
                words("a_program", assessment.microseconds ? words.microseconds(*assessment.microseconds)
                                                           : words("not_measured")));
  return html + "</dl>\n</header>\n";
}

std::string exchange_section(const Assessment& assessment, const Wording& words) {
  const std::string plot = exchange_plot(assessment, words);
  std::string html = heading(words, "h_exchange", "exchange");
  if (plot.empty()) return html + fmt::format("<p class=\"absent\">{}</p>\n", words("cheaper_unknown"));
  html +=
      fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", plot, words("exchange_caption"));
  return html +
         table(words,
               {"<c_taught", "c_right", "c_n", "=" + words("c_cost", assessment.rules.size()), "c_time"},
               exchange_rows(assessment, words));
}

std::string alternatives_section(const Assessment& assessment, const Wording& words) {
  const auto way = [&](const std::string& name, const std::string& right, const std::string& answer,
                       const std::string& before, bool mine = false) {
    return row(name, right + cell(answer) + text_cell(before), mine);
  };
  std::string rows =
      way(words("w_program"), cell(words("w_program_right")),
          assessment.microseconds ? words.microseconds(*assessment.microseconds) : words("not_measured"),
          words("nothing"));
  rows += way(words("w_given"), accuracy_cell(words, assessment.given), answer_cost(words, assessment.given),
              words("find_source"));
  rows += way(words("w_source"), accuracy_cell(words, assessment.source),
              answer_cost(words, assessment.source), read_beforehand(assessment, words), true);
  for (const ExampleTeaching& one : assessment.examples) {
    if (&one != &assessment.examples.back()) continue;
    const auto examples = static_cast<double>(one.examples) * static_cast<double>(assessment.rules.size());
    rows += way(words("w_examples", one.examples), accuracy_cell(words, one.accuracy),
                answer_cost(words, one.accuracy), words("collecting_takes", words.number(examples)));
  }
  return heading(words, "h_alternatives", "alternatives") +
         table(words, {"<c_way", "c_right", "c_answer_cost", "<c_before"}, rows) +
         fmt::format("<p class=\"facts\">{}</p>\n", words("alternatives_caption"));
}

}  // namespace pbb
