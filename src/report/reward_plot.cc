#include <fmt/format.h>

#include <algorithm>

#include "report/gnuplot.h"
#include "report/plots.h"

namespace pbb {
namespace {

constexpr std::size_t most_rewards = 300;  // more than pixels can show

struct FigureCurve {
  const char* figure;
  const char* label;
  Ink ink;
  double width;
};
constexpr FigureCurve reward_curves[] = {{"reward", "mean reward", Ink::text, 2.5},
                                         {"right", "right", Ink::trained, 2.5},
                                         {"recalled_lines", "lines recalled", Ink::in_context, 1.5},
                                         {"unparsed", "without a value", Ink::before_source, 1.5},
                                         {"dead_groups", "groups that teach nothing", Ink::untrained, 1.5}};

// Of each figure at a step, the mean over a tenth of the stage around it.
std::string figures_table(const StageCurve& stage, double& highest) {
  const std::size_t count = stage.steps.size(), reach = count / 20, apart = count / most_rewards + 1;
  std::string table;
  for (std::size_t at = 0; at < count; at += apart) {
    const std::size_t begin = at < reach ? 0 : at - reach, end = std::min(at + reach + 1, count);
    table += fmt::format("{}", at + 1);
    for (const FigureCurve& curve : reward_curves) {
      double sum = 0;
      for (std::size_t i = begin; i < end; ++i) {
        const auto found = stage.steps[i].figures.find(curve.figure);
        sum += found == stage.steps[i].figures.end() ? 0 : found->second;
      }
      const double mean = sum / static_cast<double>(end - begin);
      highest = std::max(highest, mean);
      table += fmt::format(" {:.5g}", mean);
    }
    table += '\n';
  }
  return table;
}

std::string draw_rewards(const StageCurve& stage, int width) {
  constexpr int height = 280;
  double highest = 1;
  const std::string table = figures_table(stage, highest);
  std::string labels, curves;
  double y = 0.98;
  int column = 2;
  for (const FigureCurve& curve : reward_curves) {
    labels += fmt::format("set label {} at screen {:.4f}, screen {:.3f} textcolor rgb '{}' font ',13'\n",
                          gnuplot_string(curve.label), 58.0 / width, y, ink_code(curve.ink));
    curves += fmt::format("{} $figures using 1:{} with lines lw {} lc rgb '{}'", column == 2 ? "" : ",",
                          column, curve.width, ink_code(curve.ink));
    y -= 0.055;
    ++column;
  }
  return run_gnuplot(
      fmt::format("set tics scale 0 textcolor rgb '{soft}' font ',12'\nset grid y lw 1 lt 1 lc rgb '{line}'\n"
                  "$figures << END\n{table}END\n"
                  "set lmargin at screen {left:.4f}\nset rmargin at screen {right:.4f}\n"
                  "set tmargin at screen 0.70\nset bmargin at screen 0.1\n"
                  "set xrange [1:{steps}]\nset yrange [0:{top:.4g}]\n"
                  "set ytics ('0' 0, '0.5' 0.5, '1' 1)\n{labels}plot {curves}\n",
                  fmt::arg("soft", ink_code(Ink::soft)), fmt::arg("line", ink_code(Ink::line)),
                  fmt::arg("table", table), fmt::arg("top", highest), fmt::arg("left", 58.0 / width),
                  fmt::arg("right", 1 - 10.0 / width),
                  fmt::arg("steps", std::max<std::size_t>(2, stage.steps.size())), fmt::arg("labels", labels),
                  fmt::arg("curves", curves)),
      width, height, "What the model's own answers were worth, by step");
}

}  // namespace

std::string reward_plot(const StageCurve& stage) {
  if (stage.steps.empty() || !stage.steps.front().figures.contains("reward")) return "";
  return fmt::format("<div class=\"plot wide\">{}</div>\n<div class=\"plot narrow\">{}</div>\n",
                     draw_rewards(stage, 760), draw_rewards(stage, 380));
}

}  // namespace pbb
