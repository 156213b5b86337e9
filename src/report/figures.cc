// The plots and the table of the arms.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "programs/domains/table.h"
#include "report/html.h"
#include "report/plots.h"
#include "report/sections.h"

namespace pbb {
namespace {

std::string figure(const std::string& heading, const std::string& plot, const std::string& caption) {
  if (plot.empty())
    return fmt::format("<h2>{}</h2>\n<p class=\"absent\">Not asked in this run.</p>\n", heading);
  return fmt::format("<h2>{}</h2>\n<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", heading, plot,
                     caption);
}

// What run.json counted, not what was meant: how often source-only programs were run in training.
std::string exposure_claim(const RunFolder& run) {
  if (!run.record || run.record->exposures.empty()) {
    return "How often these programs were run in training was not recorded.";
  }
  std::set<std::string> programs;
  for (const Arm& arm : run.arms) {
    for (const ItemResult& result : arm.results) {
      if (result.split == Split::source_only) programs.insert(result.program);
    }
  }
  std::int64_t executions = 0;
  for (const std::string& program : programs) {
    const auto found = run.record->exposures.find(program);
    if (found != run.record->exposures.end()) executions += found->second.executions;
  }
  if (executions == 0) return "No input and output of these programs was trained on.";
  return fmt::format(
      "<b>Inputs and outputs of these programs were trained on {}: they are not source-only.</b>",
      count_of(executions, "time"));
}

std::string group_name(const Group& group) {
  return fmt::format("{}{}{}", group.domain.empty() ? "all programs" : escape_html(group.domain),
                     group.kind.empty() ? "" : " · ", escape_html(group.kind));
}

std::string split_words(Split split) {
  return split == Split::with_io ? "with-IO" : "source-only";
}
std::string form_words(AnswerForm form) {
  switch (form) {
    case AnswerForm::direct:
      return "direct answers";
    case AnswerForm::trace:
      return "answers as traces";
    case AnswerForm::recite:
      return "answers that recite the source";
    case AnswerForm::assisted:
      return "recited, operations computed by the machine";
  }
  return "";
}

std::string share_cells(const Share& share, bool asked) {
  if (!asked || share.of == 0) return "<td>–</td>";
  return fmt::format("<td>{} <small>{}</small></td>", percent(share.value()), percent_range(share.interval));
}

std::string table_row(const RunFolder& run, const GroupSummary& row) {
  const auto* comparison = run.summary.compare(row.arm, row.group);
  const bool trace = is_traced(row.group.form);
  return fmt::format(
      "<tr{}><th "
      "scope=\"row\">{}</th>{}<td><small>{}</small></td>{}{}{}<td>{}</td><td>{}</td><td>{}</td><td>{}"
      "</td><td>{}</td></tr>\n",
      run.summary.role_of(row.arm) == ArmRole::claim ? " class=\"strong\"" : "", escape_html(row.arm),
      share_cells(row.accuracy, true), percent_range(row.wilson), share_cells(row.lenient, true),
      share_cells(row.recall, trace), share_cells(row.steps, trace), count(row.correct), count(row.wrong),
      count(row.unparsed), count(row.errors), comparison ? escape_html(p_value(comparison->p)) : "");
}

// "source-only · answers as traces · rules", and how much was asked.
std::string group_heading(const GroupSummary& row) {
  return fmt::format(
      "<tr class=\"group\"><th colspan=\"11\" scope=\"rowgroup\"><span>{} · {} · {} <small>{}, "
      "{}</small></span></th></tr>\n",
      split_words(row.group.split), form_words(row.group.form), group_name(row.group),
      count_of(row.programs, "program"), count_of(row.items, "question"));
}

// The rows of the groups that `wanted` lets through, under a heading for each group.
template <typename Wanted>
std::string table(const RunFolder& run, const Wanted& wanted) {
  std::string rows;
  const Group* current = nullptr;
  for (const GroupSummary& row : run.summary.rows) {
    if (!wanted(row.group)) continue;
    if (current == nullptr || !(*current == row.group)) rows += group_heading(row);
    current = &row.group;
    rows += table_row(run, row);
  }
  if (rows.empty()) return "";
  const ArmPlan* claim = run.summary.arm_in_role(ArmRole::claim);
  const std::string against = claim ? "against<br>" + escape_html(claim->name) + "<br>(exploratory)" : "";
  return "<div class=\"scroll\"><table>\n<thead><tr><th>arm</th><th>accuracy</th><th>Wilson, "
         "by&nbsp;question</th>"
         "<th>read<br>leniently</th><th>source<br>recalled</th><th>steps<br>right</th><th>correct</"
         "th><th>wrong</th><th>unparsed</th>"
         "<th>our<br>errors</th><th>" +
         against + "</th></tr></thead>\n<tbody>\n" + rows + "</tbody></table></div>\n";
}

}  // namespace

std::vector<std::string> domains_of(const RunFolder& run) {
  std::set<std::pair<int, std::string>> domains;
  for (const GroupSummary& row : run.summary.rows) {
    const std::string& domain = row.group.domain;
    if (!domain.empty()) domains.emplace(place_when_shown(domain), domain);
  }
  std::vector<std::string> names;
  for (const auto& [place, name] : domains) names.push_back(name);
  return names;
}

// What the other ways of asking are, of those that the run has.
std::string other_ways(const RunFolder& run) {
  const auto has = [&](auto&& holds) {
    return std::ranges::any_of(run.summary.rows, holds, &GroupSummary::group);
  };
  std::string words;
  const auto add = [&](bool shown, const char* sentence) {
    if (!shown) return;
    if (!words.empty()) words += ' ';
    words += sentence;
  };
  add(has([](const Group& key) { return key.form == AnswerForm::assisted; }),
      "Assisted: the model recalls, copies and decides, the machine computes each operation.");
  add(has([](const Group& key) { return key.form == AnswerForm::direct; }),
      "Direct: the value alone, with no working.");
  add(has([](const Group& key) { return key.split == Split::with_io; }),
      "With-IO programs were trained on with executions; they are asked on inputs held out from training.");
  return words;
}

std::string arms_section(const RunFolder& run) {
  const AnswerForm form_of_claim = run.summary.claim_form();
  std::vector<ArmsPanel> claim, rest;
  for (const std::string& domain : domains_of(run)) {
    claim.push_back({domain, {domain, "", Split::source_only, form_of_claim}});
  }
  const auto add = [&](const char* words, Split split, AnswerForm form) {
    if (split == Split::source_only && form == form_of_claim) return;
    for (const std::string& domain : domains_of(run)) {
      rest.push_back({fmt::format("{}, {}", domain, words), {domain, "", split, form}});
    }
  };
  add("source-only, recited", Split::source_only, AnswerForm::recite);
  add("source-only, assisted", Split::source_only, AnswerForm::assisted);
  add("source-only, direct", Split::source_only, AnswerForm::direct);
  add("with-IO, traces", Split::with_io, AnswerForm::trace);
  add("with-IO, direct", Split::with_io, AnswerForm::direct);
  return "<section id=\"arms\">\n" +
         figure("Programs known by their source alone",
                arms_plot(run, claim,
                          "Accuracy of each arm on source-only programs, " + form_words(form_of_claim)),
                fmt::format(
                    "Share of questions answered correctly, with 95\u202f% intervals over programs: {}. ",
                    form_words(form_of_claim)) +
                    exposure_claim(run)) +
         figure("The other ways of asking",
                arms_plot(run, rest, "Accuracy of each arm on direct answers and on with-IO programs"),
                other_ways(run)) +
         "</section>\n";
}

std::string table_section(const RunFolder& run) {
  const bool one_domain = domains_of(run).size() == 1;
  const auto is_kind = [](const Group& group) { return !group.kind.empty(); };
  const auto is_shown = [&](const Group& group) {
    return !is_kind(group) && !(one_domain && group.domain.empty());
  };
  const auto is_claim = [&](const Group& group) {
    return group.split == Split::source_only && group.form == run.summary.claim_form();
  };
  const auto folded = [](const char* summary, const std::string& rows) {
    return rows.empty()
               ? ""
               : fmt::format("<details class=\"more\"><summary>{}</summary>\n{}</details>\n", summary, rows);
  };
  const std::string claim =
      table(run, [&](const Group& group) { return is_shown(group) && is_claim(group); });
  const std::string rest =
      table(run, [&](const Group& group) { return is_shown(group) && !is_claim(group); });
  if (claim.empty() && rest.empty()) {
    return "<section id=\"figures\">\n<h2>The figures</h2>\n<p class=\"absent\">No arm has been evaluated in "
           "this run.</p>\n</section>\n";
  }
  return "<section id=\"figures\">\n<h2>The figures</h2>\n<p>Each share with its 95\u202f% interval over "
         "programs. <i>Accuracy</i> is of the questions that could be asked; an answer that cannot be parsed "
         "is "
         "not a correct one. <i>Read leniently</i>: also right where the value has quotes too many or too "
         "few, "
         "or true and false are spelt otherwise, or where no value was found by the strict reading but the "
         "first "
         "or the last in the line is it. It is there for models that were never shown the form of an answer: "
         "more than they know, and no part of the accuracy. <i>Source recalled</i>: every line of the true "
         "trace was written, in order, "
         "whatever "
         "its numbers. <i>Steps right</i>: steps of the true trace that stand at their place, numbers and "
         "all. The "
         "last column is a two-sided permutation test, paired by program: exploratory, for there are many "
         "and "
         "none is corrected for that.</p>\n" +
         claim + folded("Direct answers, and programs trained with executions", rest) +
         folded("By kind of program", table(run, is_kind)) + "</section>\n";
}

}  // namespace pbb
