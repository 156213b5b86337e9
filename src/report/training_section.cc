#include <fmt/format.h>

#include "report/html.h"
#include "report/plots.h"
#include "report/sections.h"

namespace pbb {
namespace {

std::string stage_table(const std::vector<StageRecord>& stages) {
  std::string rows;
  for (const StageRecord& stage : stages) {
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td "
        "class=\"text\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.3f}</td>"
        "<td>{}</td><td>{}</td></tr>\n",
        escape_html(stage.name), escape_html(stage.what), count(stage.steps), count(stage.tokens),
        count(stage.trained_tokens), stage.final_loss, duration(stage.seconds),
        stage.seconds > 0
            ? count(static_cast<std::int64_t>(static_cast<double>(stage.tokens) / stage.seconds))
            : "–");
  }
  return "<div class=\"scroll\"><table>\n<thead><tr><th>stage</th><th class=\"text\">what is read</th>"
         "<th>steps</th><th>tokens</th><th>of them targets</th><th>final loss</th><th>time</th>"
         "<th>tokens/s</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n";
}

}  // namespace

std::string training_section(const RunFolder& run) {
  const std::string plot = training_plot(run);
  std::string body;
  body += plot.empty()
              ? "<p class=\"absent\">No training metrics in this run.</p>\n"
              : "<figure>\n" + plot +
                    "<figcaption>Loss in nats a trained token: each step (or the mean of a few) faint, "
                    "smoothed strong; below it the learning rate.</figcaption>\n</figure>\n";
  if (run.record && !run.record->stages.empty()) body += stage_table(run.record->stages);
  return "<section id=\"training\">\n<h2>Training</h2>\n" + body + "</section>\n";
}

}  // namespace pbb
