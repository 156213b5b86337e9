#include "report/report.h"

#include <fmt/format.h>

#include "base/file.h"
#include "report/html.h"
#include "report/sections.h"

namespace pbb {
namespace {

std::string page(const RunFolder& run) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src '{}'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      page_script_hash(), escape_html(page_title(run)), page_style());
  html += headline_section(run) + arms_section(run) + table_section(run) + training_section(run) +
          reward_section(run) + programs_section(run) + reproduce_section(run) + reading_section(run);
  return html + fmt::format("</main>\n<script>{}</script>\n</body>\n</html>\n", page_script());
}

}  // namespace

void write_report(const std::filesystem::path& run_folder) {
  const RunFolder run = read_run_folder(run_folder);
  const std::string html = page(run);
  write_summary(run_folder / "summary.json", run.summary);
  write_file(run_folder / "report.html", html);
}

}  // namespace pbb
