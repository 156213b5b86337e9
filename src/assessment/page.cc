#include "assessment/page.h"

#include <fmt/format.h>

#include "assessment/sections.h"
#include "base/error.h"
#include "base/file.h"
#include "report/html.h"
#include "report/sections.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// By which our own pages are known, which may be written anew.
constexpr std::string_view generator = "<meta name=\"generator\" content=\"pbb assess\">";

constexpr std::string_view own_style = R"css(
:lang(ja){--text:"Hiragino Sans","Yu Gothic",Meiryo,"Noto Sans CJK JP","Noto Sans JP",sans-serif;--sans:var(--text)}
:lang(ja) .kicker{letter-spacing:.02em;text-transform:none}
:lang(ja) .key{font-size:25px;line-height:1.55}
.key+.key{font-size:20px;line-height:1.45;margin-top:-6px}
h2{margin-top:56px}
dl.answers{display:grid;grid-template-columns:11em minmax(0,1fr);gap:12px 24px;font:16px/1.5 var(--sans);margin:26px 0 0;border-top:1px solid var(--ink);padding-top:16px}
.answers dt{font-weight:600}
.answers dd{margin:0}
table.fit{white-space:normal}
.fit td{min-width:4.2em}
.fit td small{display:inline;min-width:0;white-space:nowrap}
.fit td{white-space:nowrap}.fit td.words{white-space:normal;min-width:8em}
th[scope=row]{white-space:normal;min-width:9em}
tr.mine th,tr.mine td{background:var(--good-wash)}
tr.mine>:first-child{box-shadow:-8px 0 0 var(--good-wash)}
.bar{display:flex;height:22px;border-radius:4px;overflow:hidden;margin:0 0 14px;background:var(--line)}
.bar i{background:var(--trained)}
.key span{font-size:.72em}
#rules+.scroll{--wide:max(100%,min(1000px,100vw - 60px));width:var(--wide);margin-left:calc((100% - var(--wide))/2)}
sup a{color:inherit;text-decoration:none}
sup{font:600 11px var(--sans);color:var(--soft);line-height:0}
.origin{font-size:13px}
.origin code{overflow-wrap:anywhere;white-space:normal}
td.words,th.words{text-align:left;white-space:normal}
@media(max-width:640px){dl.answers{grid-template-columns:minmax(0,1fr);gap:2px}.answers dd{margin-bottom:12px}}
)css";

}  // namespace

std::string assessment_page(const Assessment& assessment, Language language) {
  const Wording words(language);
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n{}\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n<main>\n",
      words.code(), generator, words("page_title", escape_html(assessment.title)), page_style(), own_style);
  html += answer_section(assessment, words) + exchange_section(assessment, words) +
          share_section(assessment, words) + kinds_section(assessment, words) +
          alternatives_section(assessment, words) + reuse_section(assessment, words) +
          rules_section(assessment, words) + files_section(assessment, words) +
          missing_section(assessment, words) + origin_section(assessment, words);
  return html + "</main>\n</body>\n</html>\n";
}

void write_assessment(const fs::path& file, const std::string& page) {
  if (fs::exists(file) &&
      (!fs::is_regular_file(file) || read_file(file).find(generator) == std::string::npos)) {
    throw InputError(fmt::format("{}: it is there already, and no page of pbb assess", file.string()),
                     "give another name with --out");
  }
  write_file(file, page);
}

}  // namespace pbb
