// What the sections are made of.
#include <fmt/format.h>

#include "assessment/sections.h"
#include "report/html.h"

namespace pbb {

std::string heading(const Wording& words, std::string_view key, std::string_view id) {
  return fmt::format("<h2 id=\"{}\">{}</h2>\n", id, words(key));
}

std::string cell(const std::string& html) {
  return fmt::format("<td>{}</td>", html);
}

std::string text_cell(const std::string& html) {
  return fmt::format("<td class=\"words\">{}</td>", html);
}

std::string row(const std::string& head, const std::string& cells, bool is_mine) {
  return fmt::format("<tr{}><th scope=\"row\">{}</th>{}</tr>\n", is_mine ? " class=\"mine\"" : "", head,
                     cells);
}

std::string table(const Wording& words, std::initializer_list<std::string> head, const std::string& rows) {
  std::string columns;
  for (const std::string& one : head) {
    const bool left = one.starts_with('<');
    columns += fmt::format("<th scope=\"col\"{}>{}</th>", left ? " class=\"words\"" : "",
                           one.starts_with('=') ? one.substr(1) : words(left ? one.substr(1) : one));
  }
  return fmt::format(
      "<div class=\"scroll\"><table "
      "class=\"fit\">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      columns, rows);
}

std::string marks(const std::vector<std::size_t>& runs) {
  std::string text;
  for (const std::size_t run : runs)
    text += fmt::format("{}<a href=\"#run-{}\">{}</a>", text.empty() ? "" : ",", run + 1, run + 1);
  return text.empty() ? "" : "<sup>" + text + "</sup>";
}

std::string accuracy_cell(const Wording& words, const std::optional<Accuracy>& accuracy, bool is_ceiling) {
  if (!accuracy) return cell(fmt::format("<span class=\"soft\">{}</span>", words("not_measured")));
  return cell(fmt::format("{}{} <small>{}</small>{}", is_ceiling ? "≤&nbsp;" : "",
                          words.share(accuracy->value()), words.range(*accuracy), marks(accuracy->runs)));
}

std::string measure_command(const Assessment& assessment) {
  const std::string title = escape_html(assessment.title);
  return fmt::format(
      "<code>pbb learn {0} --out my-model</code>, <code>pbb assess {0} --measured my-model</code>", title);
}

}  // namespace pbb
