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
constexpr FigureCurve reward_curves[] = {{"right", "right", Ink::trained, 2.5},
                                         {"recalled_lines", "lines recalled", Ink::in_context, 1.5},
                                         {"unparsed", "without a value", Ink::before_source, 1.5},
                                         {"dead_groups", "groups that teach nothing", Ink::untrained, 1.5}};

// Means over equally many steps, at most most_rewards of them; a column a curve after the step.
std::string figures_table(const StageCurve& stage) {
  const std::size_t bucket = (stage.steps.size() + most_rewards - 1) / most_rewards;
  std::string table;
  for (std::size_t begin = 0; begin < stage.steps.size(); begin += bucket) {
    const std::size_t end = std::min(begin + bucket, stage.steps.size());
    table += fmt::format("{:.1f}", static_cast<double>(begin + end + 1) / 2);
    for (const FigureCurve& curve : reward_curves) {
      double sum = 0;
      for (std::size_t i = begin; i < end; ++i) {
        const auto found = stage.steps[i].figures.find(curve.figure);
        sum += found == stage.steps[i].figures.end() ? 0 : found->second;
      }
      table += fmt::format(" {:.5g}", sum / static_cast<double>(end - begin));
    }
    table += '\n';
  }
  return table;
}

std::string draw_rewards(const StageCurve& stage, int width) {
  constexpr int height = 260;
  std::string labels, curves;
  double y = 0.97;
  int column = 2;
  for (const FigureCurve& curve : reward_curves) {
    labels += fmt::format("set label {} at screen {:.4f}, screen {:.3f} textcolor rgb '{}' font ',13'\n",
                          gnuplot_string(curve.label), 58.0 / width, y, ink_code(curve.ink));
    curves += fmt::format("{} $figures using 1:{} smooth bezier lw {} lc rgb '{}'", column == 2 ? "" : ",",
                          column, curve.width, ink_code(curve.ink));
    y -= 0.06;
    ++column;
  }
  return run_gnuplot(
      fmt::format("set tics scale 0 textcolor rgb '{soft}' font ',12'\nset grid y lw 1 lt 1 lc rgb '{line}'\n"
                  "$figures << END\n{table}END\n"
                  "set lmargin at screen {left:.4f}\nset rmargin at screen {right:.4f}\n"
                  "set tmargin at screen 0.72\nset bmargin at screen 0.1\n"
                  "set xrange [1:{steps}]\nset yrange [0:1]\n"
                  "set ytics ('0' 0, '50 %%' 0.5, '100 %%' 1)\n{labels}plot {curves}\n",
                  fmt::arg("soft", ink_code(Ink::soft)), fmt::arg("line", ink_code(Ink::line)),
                  fmt::arg("table", figures_table(stage)), fmt::arg("left", 58.0 / width),
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
