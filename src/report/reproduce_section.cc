// How to get the same figures again, and how to read them.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "report/html.h"
#include "report/sections.h"

namespace pbb {
namespace {

std::string facts_html(const RunRecord& record) {
  std::string html;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, value);
  };
  add("model",
      escape_html(record.model) +
          (record.model_checksum.empty() ? "" : " (CRC-32 " + escape_html(record.model_checksum) + ")"));
  add("seed", record.seed ? fmt::format("{}", *record.seed) : "");
  add("matrix products in", escape_html(record.compute_type));
  add("programs",
      record.with_io && record.source_only
          ? fmt::format("{} with-IO, {} source-only", count(*record.with_io), count(*record.source_only))
          : "");
  return "<dl class=\"kv\">\n" + html + "</dl>\n";
}

// Who trained and who asked: each on its own machine, with its own pbb.
std::string sittings_html(const RunRecord& record) {
  if (record.sittings.empty()) return "";
  std::string rows;
  for (const Sitting& sitting : record.sittings) {
    const auto number = [](const std::optional<std::int64_t>& value) {
      return value ? fmt::format("{}", *value) : std::string("–");
    };
    const auto bytes = [](const std::optional<std::int64_t>& value) {
      return value ? bytes_text(static_cast<double>(*value)) : std::string("–");
    };
    rows += fmt::format(
        "<tr><td class=\"text\"><code>{}</code></td><td class=\"text\">{} <code>{}</code></td>"
        "<td class=\"text\">{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"text\">{}</td>"
        "<td class=\"text\">{}</td><td>{}</td></tr>\n",
        escape_html(sitting.command.empty() ? sitting.kind : sitting.command),
        escape_html(sitting.pbb_version), escape_html(sitting.commit), escape_html(sitting.processor),
        number(sitting.cores), number(sitting.threads), bytes(sitting.memory_bytes),
        escape_html(sitting.started), sitting.finished.empty() ? "stopped" : escape_html(sitting.finished),
        bytes(sitting.peak_memory_bytes));
  }
  return "<h3>Sittings</h3>\n<div class=\"scroll\"><table>\n<thead><tr><th class=\"text\">command</th>"
         "<th class=\"text\">pbb, commit</th><th class=\"text\">processor</th><th>cores</th><th>threads</th>"
         "<th>memory</th><th class=\"text\">started</th><th class=\"text\">finished</th>"
         "<th>peak memory of pbb</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n";
}

std::string timings_html(const RunRecord& record) {
  if (record.timings.empty()) return "";
  std::string html = "<h3>Where the time went</h3>\n<dl class=\"kv\">\n";
  double total = 0;
  auto timings = record.timings;
  std::ranges::sort(timings, std::greater(), [](const auto& timing) { return timing.second; });
  for (const auto& [name, seconds] : timings) {
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_html(name), duration(seconds));
    total += seconds;
  }
  return html + fmt::format("<dt>together</dt><dd>{}</dd>\n</dl>\n", duration(total));
}

}  // namespace

std::string reproduce_section(const RunFolder& run) {
  std::string html = "<section id=\"reproduce\">\n<h2>How to reproduce</h2>\n";
  if (run.record) {
    if (!run.record->command.empty()) html += "<pre>" + escape_html(run.record->command) + "</pre>\n";
    html += facts_html(*run.record) + sittings_html(*run.record) + timings_html(*run.record);
  } else {
    html +=
        "<p class=\"absent\">There is no run.json in the run’s folder: version, machine and times are not "
        "known.</p>\n";
  }
  html += run.recipe ? "<details class=\"more\"><summary>The recipe, recipe.toml</summary><pre>" +
                           escape_html(*run.recipe) + "</pre></details>\n"
                     : "<p class=\"absent\">There is no recipe.toml in the run’s folder.</p>\n";
  return html + "</section>\n";
}

std::string reading_section(const RunFolder& run) {
  std::string arms;
  for (const Arm& arm : run.arms) {
    arms +=
        fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_html(arm.plan.name), escape_html(describe(arm.plan)));
  }
  int errors = 0;
  for (const Arm& arm : run.arms) {
    for (const ItemResult& result : arm.results) errors += result.verdict == Verdict::error;
  }
  return fmt::format(
      "<section id=\"reading\">\n<h2>How to read this</h2>\n<p>The arms:</p>\n<dl class=\"kv\">\n{}</dl>\n"
      "<p>An answer is <b>correct</b> when its value equals the true one with its type: <code>1</code>, "
      "<code>1.0</code> and <code>True</code> differ. Truth comes from running the program in isolation. "
      "Only "
      "the first line of what the model writes is read. A line that holds no value, or that the length cap "
      "cut off, is <b>unparsed</b> and counts as not correct. Questions that could not be asked are "
      "<b>errors "
      "of ours</b>, {} in this run: they are listed apart and count neither for nor against the model.</p>\n"
      "<p>Questions on one program stand or fall together, so the intervals are over programs: programs are "
      "drawn anew with replacement, 10\u202f000 times. Where all programs agree this has no width, and "
      "Wilson’s "
      "interval over programs is given. “By question” is Wilson’s interval as if all questions were "
      "independent, for orientation only. One run is one seed: another seed gives other programs and other "
      "figures. Decoding is greedy.</p>\n</section>\n",
      arms, count(errors));
}

}  // namespace pbb
