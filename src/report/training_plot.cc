#include <fmt/format.h>

#include <algorithm>

#include "report/gnuplot.h"
#include "report/plots.h"

namespace pbb {
namespace {

constexpr std::size_t most_points = 300;  // a stage and curve: more than pixels can show

struct Point {
  double x, loss, learning_rate;
};

// Means over equally long runs of steps, at most most_points of them. `x` goes on from stage to stage.
std::vector<Point> thin_out(const std::vector<TrainingStep>& steps, std::size_t before) {
  const std::size_t bucket = (steps.size() + most_points - 1) / most_points;
  std::vector<Point> points;
  for (std::size_t begin = 0; begin < steps.size(); begin += bucket) {
    const std::size_t end = std::min(begin + bucket, steps.size());
    Point mean{};
    for (std::size_t i = begin; i < end; ++i) {
      const double share = 1.0 / static_cast<double>(end - begin);
      mean.x += share * static_cast<double>(before + i);
      mean.loss += share * steps[i].loss;
      mean.learning_rate += share * steps[i].learning_rate;
    }
    points.push_back(mean);
  }
  return points;
}

// Mean of the loss over a window of a twentieth of the stage around each point.
std::vector<double> smoothed(const std::vector<Point>& points) {
  const std::size_t reach = points.size() / 40 + 1;
  std::vector<double> means;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t begin = i < reach ? 0 : i - reach, end = std::min(i + reach + 1, points.size());
    double sum = 0;
    for (std::size_t j = begin; j < end; ++j) sum += points[j].loss;
    means.push_back(sum / static_cast<double>(end - begin));
  }
  return means;
}

// One table of x, loss, smoothed loss and learning rate; an empty line between stages breaks the curves.
struct Curves {
  std::string table, boundaries;
  std::size_t steps = 0;
  double peak_rate = 0;
};

Curves lay_out(const RunFolder& run) {
  Curves curves;
  for (const StageCurve& stage : run.curves) {
    if (stage.steps.empty()) continue;
    const auto points = thin_out(stage.steps, curves.steps);
    const auto means = smoothed(points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      curves.table += fmt::format("{:.1f} {:.5g} {:.5g} {:.5g}\n", points[i].x, points[i].loss, means[i],
                                  points[i].learning_rate);
      curves.peak_rate = std::max(curves.peak_rate, points[i].learning_rate);
    }
    curves.table += "\n";
    curves.boundaries += fmt::format(
        "set arrow from {0}, graph 0 to {0}, graph 1 nohead lw 1 lc rgb '{1}'\n"
        "set label {2} at {0}, graph 1 offset 0.6, -0.7 textcolor rgb '{3}' font ',13'\n",
        curves.steps, ink_code(Ink::line), gnuplot_string("stage " + stage.stage), ink_code(Ink::soft));
    curves.steps += stage.steps.size();
  }
  return curves;
}

std::string draw_curves(const Curves& curves, int width) {
  constexpr int height = 350;
  const double left = 58.0 / width, right = 1 - 10.0 / width;
  const std::string style =
      fmt::format("set tics scale 0 textcolor rgb '{}' font ',12'\nset grid y lw 1 lt 1 lc rgb '{}'\n",
                  ink_code(Ink::soft), ink_code(Ink::line));
  const double peak = curves.peak_rate > 0 ? curves.peak_rate : 1;
  return run_gnuplot(
      fmt::format(
          "{style}$curves << END\n{table}END\nset multiplot\n"
          "set lmargin at screen {left:.4f}\nset rmargin at screen {right:.4f}\n"
          "set xrange [0:{steps}]\nset yrange [0:*]\nset tmargin at screen 0.93\n"
          "set bmargin at screen 0.40\nset xtics format ''\n{boundaries}"
          "set label 'loss' at screen 0, screen 0.98 textcolor rgb '{soft}' font ',13'\n"
          "plot $curves using 1:2 with lines lw 1 lc rgb '{faint}', "
          "'' using 1:3 with lines lw 2.5 lc rgb '{strong}'\n"
          "unset label\nset tmargin at screen 0.285\nset bmargin at screen 0.09\nset xtics format '%.0f'\n"
          "set xtics autofreq\nset yrange [0:{top:.5g}]\nset ytics ('0' 0, '{peak:.2g}' {peak:.5g})\n"
          "set label 'learning rate' at screen 0, screen 0.335 textcolor rgb '{soft}' font ',13'\n"
          "plot $curves using 1:4 with lines lw 2 lc rgb '{rate}'\nunset multiplot\n",
          fmt::arg("style", style), fmt::arg("table", curves.table), fmt::arg("left", left),
          fmt::arg("right", right), fmt::arg("steps", std::max<std::size_t>(curves.steps, 2) - 1),
          fmt::arg("boundaries", curves.boundaries), fmt::arg("soft", ink_code(Ink::soft)),
          fmt::arg("faint", ink_code(Ink::untrained)), fmt::arg("strong", ink_code(Ink::trained)),
          fmt::arg("rate", ink_code(Ink::before_source)), fmt::arg("peak", peak),
          fmt::arg("top", 1.15 * peak)),
      width, height, "Training loss and learning rate by step");
}

}  // namespace

std::string training_plot(const RunFolder& run) {
  const Curves curves = lay_out(run);
  if (curves.steps == 0) return "";
  return fmt::format("<div class=\"plot wide\">{}</div>\n<div class=\"plot narrow\">{}</div>\n",
                     draw_curves(curves, 760), draw_curves(curves, 380));
}

}  // namespace pbb
