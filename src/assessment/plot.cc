#include "assessment/plot.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/gnuplot.h"

namespace pbb {
namespace {

struct Layout {
  int width, height, font;
};
constexpr Layout wide_layout = {760, 300, 14}, narrow_layout = {380, 280, 14};

struct Point {
  std::string label;
  const Accuracy* accuracy;
};

std::vector<Point> points_of(const Assessment& assessment) {
  std::vector<Point> points;
  if (assessment.before) points.push_back({"0", &*assessment.before});
  for (const ExampleTeaching& one : assessment.examples)
    points.push_back({fmt::format("{}", one.examples), &one.accuracy});
  return points;
}

std::string label(const std::string& text, double x, double y, const char* align, Ink ink, int font) {
  return fmt::format("set label {} at first {:.4f},first {:.4f} {} textcolor rgb '{}' font ',{}'\n",
                     gnuplot_string(text), x, y, align, ink_code(ink), font);
}

std::string vertical_axis(const Wording& words, const Layout& layout) {
  std::string script;
  for (const double y : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    script +=
        fmt::format("set arrow from graph 0,first {} to graph 1,first {} nohead lw 1 lc rgb '{}' back\n", y,
                    y, ink_code(Ink::line));
    script += fmt::format("set label {} at graph -0.012,first {} right textcolor rgb '{}' font ',{}'\n",
                          gnuplot_string(words.share(y)), y, ink_code(Ink::soft), layout.font - 2);
  }
  return script;
}

std::string source_line(const Accuracy& source, const Wording& words, std::size_t points,
                        const Layout& layout) {
  const std::string ink = ink_code(Ink::trained);
  std::string script = fmt::format(
      "set object 1 rectangle from graph 0,first {:.4f} to graph 1,first {:.4f} behind fillcolor rgb '{}' "
      "fillstyle "
      "transparent solid 0.22 noborder\n"
      "set arrow from graph 0,first {:.4f} to graph 1,first {:.4f} nohead lw 3 lc rgb '{}' front\n",
      source.interval.low, source.interval.high, ink, source.value(), source.value(), ink);
  return script + label(fmt::format("{}  {}", words("plot_source"), words.share(source.value())),
                        static_cast<double>(points) - 0.55, source.interval.low - 0.06, "right", Ink::trained,
                        layout.font);
}

std::string draw(const Assessment& assessment, const std::vector<Point>& points, const Wording& words,
                 const Layout& layout, const std::string& description) {
  std::string labels, intervals, dots;
  for (std::size_t at = 0; at < points.size(); ++at) {
    const Accuracy& accuracy = *points[at].accuracy;
    const auto x = static_cast<double>(at);
    intervals += fmt::format("{} {:.4f} {:.4f}\n", at, accuracy.interval.low, accuracy.interval.high);
    dots += fmt::format("{} {:.4f} 0.0005 0\n", at, std::max(accuracy.value(), 0.001));
    labels += label(points[at].label, x, -0.07, "center", Ink::text, layout.font);
    labels += label(words.share(accuracy.value()), x, accuracy.interval.high + 0.06, "center", Ink::text,
                    layout.font);
  }
  labels += label(words("plot_examples"), static_cast<double>(points.size() - 1) / 2, -0.17, "center",
                  Ink::soft, layout.font - 1);
  const std::string script = fmt::format(
      "unset tics\nset lmargin at screen {:.4f}\nset rmargin at screen 0.99\nset tmargin at screen 0.96\n"
      "set bmargin at screen 0.2\nset xrange [-0.5:{}]\nset yrange [0:1.0]\n{}{}{}"
      "$intervals << END\n{}END\n$dots << END\n{}END\n"
      "plot $intervals using 1:2:(0):($3-$2) with vectors nohead lw 5 lc rgb '{}', "
      "$dots using 1:2 with lines lw 2 lc rgb '{}', $dots using 1:2:3:4 with vectors nohead lw 13 lc rgb "
      "'{}'\n",
      48.0 / layout.width, static_cast<double>(points.size()) - 0.5, vertical_axis(words, layout),
      source_line(*assessment.source, words, points.size(), layout), labels, intervals, dots,
      ink_code(Ink::before_source), ink_code(Ink::before_source), ink_code(Ink::before_source));
  return run_gnuplot(script, layout.width, layout.height, description);
}

}  // namespace

std::string exchange_plot(const Assessment& assessment, const Wording& words) {
  const auto points = points_of(assessment);
  if (assessment.examples.empty() || !assessment.source) return "";
  std::string description = words("h_exchange");
  for (const Point& point : points)
    description += fmt::format(" {}: {}.", point.label, words.short_accuracy(*point.accuracy));
  description += fmt::format(" {}: {}.", words("plot_source"), words.short_accuracy(assessment.source));
  return fmt::format("<div class=\"plot wide\">{}</div>\n<div class=\"plot narrow\">{}</div>\n",
                     draw(assessment, points, words, wide_layout, description),
                     draw(assessment, points, words, narrow_layout, description));
}

}  // namespace pbb
