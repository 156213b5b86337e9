// What the next set of rules takes, and where source and examples break even.
#include <fmt/format.h>

#include <cmath>

#include "assessment/sections.h"
#include "report/html.h"

namespace pbb {
namespace {

std::string training_row(const Wording& words, const std::string& name, const FoundTraining& found) {
  const MeasuredTraining& training = found.training;
  const double rules = training.rules;
  return row(name, cell(words.number(training.rules)) +
                       cell(words.number(static_cast<double>(training.tokens))) +
                       cell(words.number(std::round(static_cast<double>(training.tokens) / rules))) +
                       cell(words.seconds(training.seconds) + marks({found.run})) +
                       cell(words.seconds(training.seconds / rules)));
}

std::string reuse_rows(const Assessment& assessment, const Wording& words) {
  std::string rows;
  if (assessment.base_tokens) {
    rows += row(words("r_base"), cell("") + cell(words.number(static_cast<double>(*assessment.base_tokens))) +
                                     cell("") + cell(words("not_measured")) + cell(""));
  }
  for (const FoundTraining& one : assessment.readings)
    rows += training_row(words, escape_html(assessment.measured.runs[one.run].title), one);
  for (const FoundTraining& one : assessment.relearnings)
    rows += training_row(words, words("r_again", one.training.rules, one.training.rules + one.training.known),
                         one);
  if (assessment.reading_seconds) {
    const auto rules = static_cast<double>(assessment.rules.size());
    rows += row(words("r_yours"),
                cell(words.number(rules)) + cell(words.number(std::round(*assessment.reading_tokens))) +
                    cell(words.number(std::round(*assessment.reading_tokens / rules))) +
                    cell(words.seconds(*assessment.reading_seconds)) +
                    cell(words.seconds(*assessment.reading_seconds / rules)),
                true);
  }
  return rows;
}

std::string break_even(const Assessment& assessment, const Wording& words) {
  std::string text;
  const auto examples = assessment.break_even_examples();
  if (examples) {
    const std::string count = *examples < 1 ? words("under_one_example")
                                            : words("so_many_examples", words.number(std::ceil(*examples)));
    text += fmt::format("<p>{}</p>\n", words("break_even_cost", count));
  }
  if (const auto seconds = assessment.break_even_seconds()) {
    text += fmt::format("<p>{}</p>\n", words("break_even_seconds", assessment.examples.back().examples,
                                             words.seconds(*seconds)));
  }
  return text.empty() ? fmt::format("<p>{}</p>\n", words("break_even_none")) : text;
}

}  // namespace

std::string reuse_section(const Assessment& assessment, const Wording& words) {
  std::string html =
      heading(words, "h_reuse", "reuse") +
      table(words, {"<c_what", "c_rules", "c_all_tokens", "c_tokens_rule", "c_time", "c_seconds_rule"},
            reuse_rows(assessment, words));
  if (assessment.relearnings.empty()) {
    html += fmt::format(
        "<p class=\"absent\">{}</p>\n",
        words("reuse_none", words("not_measured") + " (<code>pbb learn RULES --out NEW --after OLD</code>)"));
  }
  return html + fmt::format("<p class=\"facts\">{}</p>\n", words("reuse_caption")) +
         break_even(assessment, words);
}

}  // namespace pbb
