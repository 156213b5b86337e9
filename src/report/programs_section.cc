// Every program with its source, exposures, questions, answers and truth.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "evaluation/steps.h"
#include "programs/domains/table.h"
#include "report/html.h"
#include "report/sections.h"

namespace pbb {
namespace {

constexpr std::size_t longest_answer = 240;  // characters shown; eval/ARM.jsonl has all of them
constexpr std::size_t most_steps = 24;

using Answers = std::vector<const ItemResult*>;  // in the order of the arms; null: that arm was not asked

struct Call {
  std::string call, truth;
  std::map<AnswerForm, Answers> answers;
};

struct ProgramPage {
  std::string name, domain, kind;
  Split split = Split::with_io;
  std::vector<Call> calls;
};

std::vector<ProgramPage> pages_of(const std::vector<Arm>& arms) {
  std::map<std::string, ProgramPage> by_name;
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    for (const ItemResult& result : arms[arm].results) {
      ProgramPage& page = by_name[result.program];
      page.name = result.program;
      page.domain = result.domain;
      page.kind = result.kind;
      page.split = result.split;
      auto call = std::ranges::find(page.calls, result.call, &Call::call);
      if (call == page.calls.end()) {
        page.calls.push_back({.call = result.call, .truth = result.truth, .answers = {}});
        call = page.calls.end() - 1;
      }
      auto& answers = call->answers[result.form];
      answers.resize(arms.size());
      answers[arm] = &result;
    }
  }
  std::vector<ProgramPage> pages;
  for (auto& [name, page] : by_name) pages.push_back(std::move(page));
  std::ranges::sort(pages, {}, [](const ProgramPage& page) {
    return std::tuple(page.split == Split::with_io, place_when_shown(page.domain), page.domain, page.kind,
                      page.name);
  });
  return pages;
}

std::string_view verdict_symbol(Verdict verdict) {
  switch (verdict) {
    case Verdict::correct:
      return "✓";
    case Verdict::wrong:
      return "✗";
    case Verdict::unparsed:
      return "?";
    case Verdict::error:
      break;
  }
  return "!";
}

std::string verdict_mark(Verdict verdict) {
  return fmt::format("<b class=\"v {0}\" title=\"{0}\">{1}</b>", verdict_name(verdict),
                     verdict_symbol(verdict));
}

std::string marked_steps(const ItemResult& result) {
  std::string html;
  for (std::size_t i = 0; i < result.steps.size(); ++i) {
    if (i == most_steps) {
      return html + fmt::format("<small>… and {} more steps</small>", result.steps.size() - i);
    }
    const StepCheck& step = result.steps[i];
    const auto [name, symbol] = step.right      ? std::pair("r", "✓")
                                : step.recalled ? std::pair("n", "≈")
                                                : std::pair("w", "✗");
    html += fmt::format("<code class=\"{}\"><i>{}</i> {}</code> ", name, symbol,
                        escape_shortened(step.text, longest_answer));
  }
  return html;
}

std::string answer_html(const ItemResult& result) {
  if (result.verdict == Verdict::error) {
    return fmt::format("<em>could not be asked: {}</em>", escape_html(result.error));
  }
  std::string html = marked_steps(result);
  if (html.empty()) {
    const std::string_view line = answer_line(result.completion);
    html = line.empty() ? "<em>nothing on the answer’s line</em>"
                        : "<code>" + escape_shortened(line, longest_answer) + "</code>";
  }
  return html + (result.cut ? " <small>cut at the length cap</small>" : "");
}

// The prompts of a form: the arms' common one, and those that differ from it.
std::string prompts_html(const std::vector<Arm>& arms, const Answers& answers) {
  std::set<std::string> shown;
  std::string html;
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    if (answers[arm] == nullptr || !shown.insert(answers[arm]->prompt).second) continue;
    html += fmt::format("<details class=\"prompt\"><summary>prompt, {}</summary><pre>{}</pre></details>",
                        escape_html(arms[arm].plan.name), escape_html(answers[arm]->prompt));
  }
  return html;
}

// The true steps above those of each arm.
std::string traces_html(const std::vector<Arm>& arms, const Answers& answers) {
  std::string truth, rows;
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    if (answers[arm] == nullptr) continue;
    if (truth.empty()) {
      for (const std::string& step : answers[arm]->true_steps) {
        truth += "<code>" + escape_shortened(step, longest_answer) + "</code> ";
      }
    }
    rows += fmt::format("<dt>{} {}</dt><dd>{}</dd>\n", verdict_mark(answers[arm]->verdict),
                        escape_html(arms[arm].plan.name), answer_html(*answers[arm]));
  }
  return "<dl><dt><b class=\"v\"></b> true trace</dt><dd>" + truth + "</dd>\n" + rows + "</dl>\n";
}

// Values are short: all arms share a line.
std::string values_html(const std::vector<Arm>& arms, const Answers& answers) {
  std::string html = "<p class=\"d\">Answered directly: ";
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    if (answers[arm] == nullptr) continue;
    html += fmt::format("<span>{} {} {}</span> ", verdict_mark(answers[arm]->verdict),
                        escape_html(arms[arm].plan.name), answer_html(*answers[arm]));
  }
  return html + "</p>\n";
}

std::string call_html(const std::vector<Arm>& arms, const Call& call, bool with_prompts) {
  std::string html =
      fmt::format("<h4><code>{}</code> = <code>{}</code></h4>\n", escape_shortened(call.call, longest_answer),
                  escape_shortened(call.truth, longest_answer));
  for (const AnswerForm form : {AnswerForm::trace, AnswerForm::recite, AnswerForm::assisted}) {
    const auto traces = call.answers.find(form);
    if (traces == call.answers.end()) continue;
    if (with_prompts) html += prompts_html(arms, traces->second);
    html += traces_html(arms, traces->second);
  }
  if (const auto values = call.answers.find(AnswerForm::direct); values != call.answers.end()) {
    html += values_html(arms, values->second);
    if (with_prompts) html += prompts_html(arms, values->second);
  }
  return html;
}

// "3/4" of each arm's traces (direct answers where no trace was asked for), for the line that opens.
std::string score_cells(const std::vector<Arm>& arms, const ProgramPage& page) {
  std::string html;
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    int correct = 0, asked = 0;
    for (const Call& call : page.calls) {
      const ItemResult* result = call.answers.begin()->second[arm];
      if (const auto trace = call.answers.find(AnswerForm::trace); trace != call.answers.end()) {
        result = trace->second[arm];
      }
      if (result == nullptr || result->verdict == Verdict::error) continue;
      ++asked;
      correct += result->verdict == Verdict::correct;
    }
    const std::string_view look = asked == 0         ? ""
                                  : correct == asked ? " all"
                                  : correct > 0      ? " some"
                                                     : " none";
    html += fmt::format("<span class=\"s{}\">{}</span>", look,
                        asked > 0 ? fmt::format("{}/{}", correct, asked) : "–");
  }
  return html;
}

std::string exposure_html(const RunFolder& run, const std::string& name) {
  if (!run.record || run.record->exposures.empty()) return "Exposures were not recorded.";
  const auto found = run.record->exposures.find(name);
  const Exposure exposure = found == run.record->exposures.end() ? Exposure{} : found->second;
  return fmt::format("In training: source shown {}, run {} ({}).", count_of(exposure.declarations, "time"),
                     count_of(exposure.executions, "time"),
                     count_of(exposure.trained_tokens, "trained token"));
}

std::string program_html(const RunFolder& run, const ProgramPage& page) {
  const Program* program = run.corpus ? run.corpus->find(page.name) : nullptr;
  const std::string_view split = page.split == Split::with_io ? "with-IO" : "source-only";
  std::string html = fmt::format(
      "<details class=\"p\"><summary><b>{}</b><span class=\"k\">{} · {} · {}</span>{}</summary>\n<div "
      "class=\"in\">\n",
      escape_html(page.name), escape_html(page.domain), escape_html(page.kind), split,
      score_cells(run.arms, page));
  html += program != nullptr ? "<pre>" + escape_html(program->source) + "</pre>\n"
                             : "<p class=\"absent\">Its source is not in the run’s folder.</p>\n";
  const View* prose = program != nullptr ? program->find_view("prose") : nullptr;
  if (prose != nullptr) html += "<p>" + escape_html(prose->text) + "</p>\n";
  html += fmt::format("<p class=\"soft\">{}</p>\n", exposure_html(run, page.name));
  for (const Call& call : page.calls) html += call_html(run.arms, call, &call == &page.calls.front());
  return html + "</div></details>\n";
}

}  // namespace

std::string programs_section(const RunFolder& run) {
  const std::vector<ProgramPage> pages = pages_of(run.arms);
  std::string html = "<section id=\"programs\">\n<h2>Every program, question and answer</h2>\n";
  if (pages.empty()) return html + "<p class=\"absent\">No program has been asked about.</p>\n</section>\n";
  std::string heads;
  for (const Arm& arm : run.arms)
    heads += fmt::format("<span class=\"s\">{}</span>", escape_html(arm.plan.name));
  html += fmt::format(
      "<p>Open a program to see its source and what each arm answered. A step is <code class=\"r\"><i>✓</i> "
      "right</code>, <code class=\"n\"><i>≈</i> the right line with a wrong number</code> or <code "
      "class=\"w\"><i>✗</i> another line</code>, compared by position with the true trace. The counts are of "
      "trace answers: correct of asked.</p>\n<p id=\"filter\" hidden><label>Filter <input type=\"search\" "
      "placeholder=\"name, domain, kind, source-only …\"></label> <output></output></p>\n<div class=\"list\" "
      "style=\"--arms:{}\">\n<div class=\"head\"><b>{}</b><span class=\"k\"></span>{}</div>\n",
      run.arms.size(), count_of(static_cast<std::int64_t>(pages.size()), "program"), heads);
  for (const ProgramPage& page : pages) html += program_html(run, page);
  return html + "</div>\n</section>\n";
}

}  // namespace pbb
