#include <fmt/format.h>

#include <algorithm>

#include "report/gnuplot.h"
#include "report/html.h"
#include "report/plots.h"

namespace pbb {
namespace {

// Sizes in pixels of the SVG's own grid: y runs downwards from the top, x is the accuracy.
struct Layout {
  int width, left, right, font;
  bool in_words;  // intervals beside the shares, "programs" and "inputs" spelt out
};
constexpr Layout wide_layout = {760, 148, 144, 14, true};
constexpr Layout narrow_layout = {380, 144, 60, 14, false};
constexpr int row_height = 26, title_height = 36, gap = 14, axis_height = 26;

// What is drawn, gathered as the panels are laid out from top to bottom.
struct Drawing {
  std::string labels, grid, intervals, dots;
  int y = 0;
  int panels = 0;
};

void add_label(Drawing& drawing, std::string_view text, const std::string& place, int y,
               std::string_view align, Ink ink, int font) {
  drawing.labels += fmt::format("set label {} at {},first {} {} textcolor rgb '{}' font ',{}'\n",
                                gnuplot_string(text), place, y, align, ink_code(ink), font);
}

// "24 programs × 2 to 5 inputs": arms may be asked about fewer inputs than others.
std::string sample_size(const std::vector<const GroupSummary*>& rows, const Layout& layout) {
  int programs = 1, items = 0, fewest = rows.front()->items;
  bool is_even = true;
  for (const GroupSummary* row : rows) {
    programs = std::max(programs, row->programs);
    items = std::max(items, row->items), fewest = std::min(fewest, row->items);
  }
  for (const GroupSummary* row : rows) is_even &= row->programs == programs && row->items % programs == 0;
  if (is_even) {
    const std::string some = fewest < items ? fmt::format("{} to ", fewest / programs) : "";
    if (!layout.in_words) return fmt::format("n = {} × {}{}", programs, some, items / programs);
    return fmt::format("{} × {}{}", count_of(programs, "program"), some, count_of(items / programs, "input"));
  }
  if (!layout.in_words) return fmt::format("n = {}", items);
  return fmt::format("{}, {}", count_of(programs, "program"), count_of(items, "question"));
}

// What is drawn at a single place is this long, and ends within the plot: gnuplot leaves out what begins at its edge.
constexpr double point = 1e-4;

void add_row(Drawing& drawing, const GroupSummary& row, ArmRole role, const Layout& layout) {
  const double value = row.accuracy.value();
  const Interval& interval = row.accuracy.interval;
  const int colour = ink_number(arm_ink(role));
  drawing.intervals += fmt::format("{:.4f} {} {:.4f} 0 {}\n", std::min(interval.low, 1 - point), drawing.y,
                                   std::max(interval.high - interval.low, point), colour);
  drawing.dots += fmt::format("{:.4f} {} {} 0 {}\n", std::min(value, 1 - point), drawing.y, point, colour);
  const Ink ink = role == ArmRole::claim ? Ink::text : Ink::soft;
  add_label(drawing, row.arm, fmt::format("screen {:.4f}", 0.0), drawing.y, "left", ink, layout.font);
  const std::string words = layout.in_words && row.accuracy.of > 0
                                ? fmt::format("{}  ({})", percent(value), percent_range(interval))
                                : percent(value);
  add_label(drawing, words, "screen 1.0", drawing.y, "right", ink, layout.font);
}

void add_panel(Drawing& drawing, const RunFolder& run, const ArmsPanel& panel, const Layout& layout) {
  std::vector<const GroupSummary*> rows;
  for (const Arm& arm : run.arms) {
    const GroupSummary* row = run.summary.find(arm.plan.name, panel.group);
    if (row != nullptr && row->accuracy.of > 0) rows.push_back(row);
  }
  if (rows.empty()) return;
  if (drawing.panels++ > 0) drawing.y += gap;
  const int title_y = drawing.y + title_height / 2;
  add_label(drawing, panel.title, "screen 0.0", title_y, "left", Ink::text, layout.font + 1);
  add_label(drawing, sample_size(rows, layout), "screen 1.0", title_y, "right", Ink::soft, layout.font - 1);
  drawing.y += title_height;
  const int top = drawing.y;
  for (const GroupSummary* row : rows) {
    drawing.y += row_height / 2;
    add_row(drawing, *row, run.summary.role_of(row->arm), layout);
    drawing.y += row_height / 2;
  }
  for (const double x : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    drawing.grid += fmt::format("{} {} 0 {} {}\n", x, top, drawing.y - top, ink_number(Ink::line));
  }
}

std::string draw_panels(const RunFolder& run, const std::vector<ArmsPanel>& panels, const Layout& layout,
                        const std::string& description) {
  Drawing drawing;
  for (const ArmsPanel& panel : panels) add_panel(drawing, run, panel, layout);
  if (drawing.panels == 0) return "";
  for (const int tick : {0, 50, 100}) {
    add_label(drawing, fmt::format("{}\u202f%", tick), fmt::format("first {}", tick / 100.0),
              drawing.y + axis_height / 2, "center", Ink::soft, layout.font - 2);
  }
  const int height = drawing.y + axis_height;
  const std::string script = fmt::format(
      "unset tics\nset lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\n"
      "set tmargin at screen 1\nset bmargin at screen 0\nset xrange [0:1]\nset yrange [{}:0]\n"
      "$grid << END\n{}END\n$intervals << END\n{}END\n$dots << END\n{}END\n{}"
      "plot $grid using 1:2:3:4:5 with vectors nohead lw 1 lc rgb variable, "
      "$intervals using 1:2:3:4:5 with vectors nohead lw 5 lc rgb variable, "
      "$dots using 1:2:3:4:5 with vectors nohead lw 13 lc rgb variable\n",
      static_cast<double>(layout.left) / layout.width, 1 - static_cast<double>(layout.right) / layout.width,
      height, drawing.grid, drawing.intervals, drawing.dots, drawing.labels);
  return run_gnuplot(script, layout.width, height, description);
}

}  // namespace

std::string arms_plot(const RunFolder& run, const std::vector<ArmsPanel>& panels,
                      const std::string& description) {
  const std::string wide = draw_panels(run, panels, wide_layout, description);
  if (wide.empty()) return "";
  return fmt::format("<div class=\"plot wide\">{}</div>\n<div class=\"plot narrow\">{}</div>\n", wide,
                     draw_panels(run, panels, narrow_layout, description));
}

}  // namespace pbb
