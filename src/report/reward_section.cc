#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/html.h"
#include "report/plots.h"
#include "report/sections.h"

namespace pbb {
namespace {

// The mean of a figure over the steps that have it; nothing where none has.
std::optional<double> mean_figure(std::span<const TrainingStep> steps, const std::string& figure) {
  double sum = 0, count = 0;
  for (const TrainingStep& step : steps) {
    const auto found = step.figures.find(figure);
    if (found == step.figures.end()) continue;
    sum += found->second;
    count += 1;
  }
  return count == 0 ? std::nullopt : std::optional(sum / count);
}

// Its first steps, or its last, a tenth of them.
std::span<const TrainingStep> some_steps(const StageCurve& stage, bool last) {
  const std::span<const TrainingStep> all(stage.steps);
  const std::size_t count = std::max<std::size_t>(1, all.size() / 10);
  return last ? all.last(count) : all.first(count);
}

std::string figures_rows(const StageCurve& stage) {
  struct FigureRow {
    const char *figure, *label;
  };
  constexpr FigureRow rows[] = {{"reward", "mean reward"},
                                {"right", "share right"},
                                {"recalled_lines", "share of lines recalled"},
                                {"unparsed", "share without a value"},
                                {"capped", "share cut at the length cap"},
                                {"dead_groups", "share of groups with equal rewards"},
                                {"clipped_ratio", "share of tokens clipped"},
                                {"kl", "divergence from the start, nats a token"},
                                {"entropy", "entropy, nats a token"},
                                {"answer_tokens", "tokens an answer"},
                                {"sampled_tokens_per_second", "tokens sampled a second"},
                                {"tokens_per_second", "tokens trained a second"}};
  std::string html;
  for (const FigureRow& row : rows) {
    const auto first = mean_figure(some_steps(stage, false), row.figure),
               last = mean_figure(some_steps(stage, true), row.figure);
    if (!first || !last) continue;
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{:.3g}</td><td>{:.3g}</td></tr>\n", row.label,
                        *first, *last);
  }
  return html;
}

// "dead_groups at 12 of 60 steps, first at 31"
std::string alarms_text(const StageCurve& stage) {
  struct Heard {
    std::int64_t steps = 0, first = 0;
  };
  std::map<std::string, Heard> heard;
  for (const TrainingStep& step : stage.steps) {
    for (const std::string& name : step.alarms) {
      Heard& alarm = heard[name];
      if (alarm.steps++ == 0) alarm.first = step.step;
    }
  }
  if (heard.empty()) return "No alarm held at any step.";
  std::string text = "Alarms held:";
  for (const auto& [name, alarm] : heard) {
    text += fmt::format("{} {} at {} of {} steps, first at {}", text.ends_with(':') ? "" : ";",
                        escape_html(name), alarm.steps, stage.steps.size(), alarm.first);
  }
  return text + '.';
}

}  // namespace

std::string reward_section(const RunFolder& run) {
  std::string body;
  for (const StageCurve& stage : run.curves) {
    const std::string plot = reward_plot(stage);
    if (plot.empty()) continue;
    body += fmt::format(
        "<figure>\n{}<figcaption>Stage {}: what the model's own answers were, each curve the mean over a "
        "tenth of the steps around. {}</figcaption>\n"
        "</figure>\n<div class=\"scroll\"><table>\n<thead><tr><th>stage {}, mean over</th><th>first tenth of "
        "its "
        "steps</th><th>last tenth</th></tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
        plot, escape_html(stage.stage), alarms_text(stage), escape_html(stage.stage), figures_rows(stage));
  }
  if (body.empty()) return "";
  return "<section id=\"reward\">\n<h2>Reward</h2>\n" + body + "</section>\n";
}

}  // namespace pbb
