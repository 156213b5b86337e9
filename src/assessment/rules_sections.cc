// The rules themselves: their share of the code, their kinds, one by one; what is missing; where figures are from.
#include <fmt/format.h>

#include <algorithm>

#include "assessment/sections.h"
#include "report/html.h"

namespace pbb {
namespace {

std::string share_of_lines(const Assessment& assessment, const Wording& words, int lines) {
  return assessment.lines > 0 ? words.share(static_cast<double>(lines) / assessment.lines) : "";
}

std::string rule_row(const AssessedRule& rule, const Wording& words) {
  const Clarity& clarity = rule.clarity;
  const bool is_own = rule.own.plain || rule.own.assisted;
  const Expected& expected = is_own ? rule.own : rule.expected;
  std::string name = fmt::format("<code>{}</code>", escape_html(rule.name));
  if (is_own) name += fmt::format(" <small>{}</small>", words("of_the_rule"));
  const std::string kind =
      rule.kind == ClarityKind::everyday ? words("kind_everyday_short") : words.kind(rule.kind);
  return row(name,
             cell(words.number(clarity.lines)) + cell(words.number(clarity.conditions)) +
                 cell(words.number(clarity.arithmetic)) + cell(words.number(clarity.calls)) +
                 text_cell(kind) + accuracy_cell(words, expected.plain, expected.is_ceiling) +
                 accuracy_cell(words, expected.assisted, expected.is_ceiling) +
                 cell(rule.microseconds ? words.microseconds(*rule.microseconds) : words("not_measured")),
             is_reliable(rule));
}

std::string details(const std::string& summary, const std::string& html) {
  return fmt::format("<details class=\"more\"><summary>{}</summary>\n{}</details>\n", summary, html);
}

}  // namespace

std::string share_section(const Assessment& assessment, const Wording& words) {
  std::string rows = row(words("rest_learnable"),
                         cell(words.number(static_cast<double>(assessment.rules.size()))) +
                             cell(words.number(assessment.learnable_lines)) +
                             cell(share_of_lines(assessment, words, assessment.learnable_lines)),
                         true);
  for (const RestCount& one : assessment.rest) {
    rows += row(words.rest(one.why), cell(one.why == Rest::no_function ? "" : words.number(one.functions)) +
                                         cell(words.number(one.lines)) +
                                         cell(share_of_lines(assessment, words, one.lines)));
  }
  const double share = assessment.lines > 0 ? 100.0 * assessment.learnable_lines / assessment.lines : 0.0;
  return heading(words, "h_share", "share") +
         fmt::format("<div class=\"bar\" aria-hidden=\"true\"><i style=\"width:{:.1f}%\"></i></div>\n",
                     share) +
         table(words, {"<c_what", "c_functions", "c_lines", "c_line_share"}, rows) +
         fmt::format("<p class=\"facts\">{}</p>\n", words("share_caption"));
}

std::string kinds_section(const Assessment& assessment, const Wording& words) {
  std::string rows;
  for (const KindAccuracy& kind : assessment.kinds) {
    rows += row(
        words.kind(kind.kind),
        cell(words.number(kind.rules)) + accuracy_cell(words, kind.expected.plain, kind.expected.is_ceiling) +
            accuracy_cell(words, kind.expected.assisted, kind.expected.is_ceiling) +
            cell(kind.expected.plain ? fmt::format("{}, {}", words.number(kind.expected.plain->answers.items),
                                                   words.number(kind.expected.plain->rules))
                                     : ""),
        is_reliable(kind.expected));
  }
  return heading(words, "h_kinds", "kinds") +
         table(words, {"<c_kind", "c_yours", "c_plain", "c_assisted", "c_n"}, rows) +
         fmt::format("<p class=\"facts\">{}</p>\n", words("kinds_caption"));
}

std::string rules_section(const Assessment& assessment, const Wording& words) {
  std::string rows;
  for (const AssessedRule& rule : assessment.rules) rows += rule_row(rule, words);
  return heading(words, "h_rules", "rules") +
         table(words,
               {"<rule", "c_lines", "c_conditions", "c_arithmetic", "c_calls", "<c_kind", "c_plain",
                "c_assisted", "c_call_time"},
               rows);
}

std::string files_section(const Assessment& assessment, const Wording& words) {
  static constexpr const char* verdicts[] = {"accepted", "refused", "left_out"};
  std::string rows;
  for (const ImportedFile& file : assessment.files) {
    const bool accepted = file.verdict == ImportVerdict::accepted;
    const std::string name = escape_html(file.function.empty() ? file.file : file.file + " " + file.function);
    rows += row(fmt::format("<code>{}</code>", name),
                text_cell(words(verdicts[static_cast<std::size_t>(file.verdict)])) +
                    text_cell(accepted ? "" : escape_html(file.reason)));
  }
  return details(words("h_files"), table(words, {"<c_file", "<c_verdict", "<c_reason"}, rows));
}

std::string missing_section(const Assessment& assessment, const Wording& words) {
  std::string items;
  const auto add = [&](const std::string& text) { items += fmt::format("<li>{}</li>\n", text); };
  const auto is_users = [&](const FoundTraining& one) { return assessment.measured.runs[one.run].is_users; };
  const bool has_own = std::ranges::any_of(assessment.rules, [](const AssessedRule& rule) {
    return rule.own.plain.has_value() || rule.own.assisted.has_value();
  });
  if (!has_own) add(words("missing_rules", measure_command(assessment)));
  if (std::ranges::count_if(assessment.readings, is_users) < 2) add(words("missing_second"));
  if (std::ranges::any_of(assessment.rules,
                          [](const AssessedRule& rule) { return rule.expected.is_ceiling; }))
    add(words("missing_everyday"));
  add(words("missing_people"));
  add(words("missing_models"));
  return heading(words, "h_missing", "missing") + fmt::format("<ul>\n{}</ul>\n", items);
}

std::string origin_section(const Assessment& assessment, const Wording& words) {
  std::string rows;
  std::size_t number = 0;
  for (const MeasuredRun& run : assessment.measured.runs) {
    ++number;
    const std::string mine = run.is_users ? fmt::format(" <small>{}</small>", words("yours")) : "";
    rows += fmt::format(
        "<tr id=\"run-{0}\"><th scope=\"row\">{0}{1}</th>{2}{3}{4}{5}</tr>\n", number, mine,
        text_cell(fmt::format("{}<br><code>{}</code>", escape_html(run.title), escape_html(run.command))),
        text_cell(escape_html(run.machine)),
        text_cell(fmt::format("<code>{}</code>", escape_html(run.commit))),
        text_cell(escape_html(run.date.substr(0, 10))));
  }
  return heading(words, "h_runs", "runs") + "<div class=\"origin\">" +
         table(words, {"<c_run", "<c_command", "<c_machine", "<c_commit", "<c_date"}, rows) + "</div>\n" +
         fmt::format("<p class=\"facts\">{}</p>\n", words("counted_here", escape_html(assessment.machine),
                                                          escape_html(assessment.date), assessment.version));
}

}  // namespace pbb
