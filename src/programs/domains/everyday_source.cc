// The file that an everyday function stands in: its imports, constants and helpers above it, its docstring and comments,
// and what has nothing to do with it: another function, the lines that run the file as a script.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "programs/domains/everyday_draft.h"
#include "programs/domains/everyday_words.h"

namespace pbb {
namespace {

std::string hint_of(const EverydayParameter& parameter) {
  std::string hint;
  switch (parameter.kind) {
    case EverydayKind::whole:
      hint = "int";
      break;
    case EverydayKind::decimal:
      hint = "float";
      break;
    case EverydayKind::flag:
      hint = "bool";
      break;
    case EverydayKind::category:
      hint = "str";
      break;
    case EverydayKind::numbers:
      hint = parameter.step < 1 ? "list[float]" : "list[int]";
  }
  return parameter.may_be_none ? hint + " | None" : hint;
}

std::string head(const EverydayDraft& draft, const std::string& name,
                 std::span<const EverydayParameter> parameters) {
  std::vector<std::string> parts;
  bool is_starred = false;
  for (const EverydayParameter& parameter : parameters) {
    if (parameter.keyword_only && !is_starred) parts.push_back("*"), is_starred = true;
    std::string part = parameter.name;
    if (draft.hints) part += ": " + hint_of(parameter);
    if (!parameter.default_text.empty()) part += (draft.hints ? " = " : "=") + parameter.default_text;
    parts.push_back(std::move(part));
  }
  return fmt::format("def {}({}){}:", name, fmt::join(parts, ", "),
                     draft.hints ? " -> " + draft.returns : "");
}

std::vector<std::string> docstring(EverydayDraft& draft, std::span<const EverydayParameter> parameters,
                                   const std::string& example) {
  const double shape = draft.random.uniform();
  if (shape < (draft.japanese ? 0.3 : 0.62)) return {};
  const std::string text(draft.pick(draft.japanese ? everyday_docstrings_japanese() : everyday_docstrings()));
  if (shape < 0.93) return {fmt::format("    \"\"\"{}\"\"\"", text)};
  std::vector<std::string> lines = {"    \"\"\"" + text, ""};
  const double rest = draft.random.uniform();
  if (rest < 0.25) {
    lines.push_back("    For example: " + example);
  } else if (rest < 0.6) {
    lines.push_back("    Args:");
    for (const EverydayParameter& parameter : parameters) {
      lines.push_back(
          fmt::format("        {}: {}", parameter.name,
                      draft.word({"as given", "a number or word", "see above", "from the form"})));
    }
  } else {
    lines.push_back(fmt::format("    {}", draft.pick(everyday_docstrings())));
  }
  lines.push_back("    \"\"\"");
  return lines;
}

std::string comment(EverydayDraft& draft) {
  return fmt::format("# {}", draft.pick(draft.japanese ? everyday_comments_japanese() : everyday_comments()));
}

std::vector<std::string> function_lines(EverydayDraft& draft, const EverydayProgram& everyday,
                                        const std::string& example) {
  std::vector<std::string> lines;
  if (!draft.decorator.empty()) lines.push_back(draft.decorator);
  lines.push_back(head(draft, everyday.program.name, everyday.parameters));
  for (std::string& line : docstring(draft, everyday.parameters, example)) lines.push_back(std::move(line));
  const bool is_airy = draft.chance(0.15);
  for (std::size_t i = 0; i < draft.body.size(); ++i) {
    const std::string& line = draft.body[i];
    const bool opens = i > 0 && line[4] != ' ' && !line.substr(4).starts_with("el");
    if (is_airy && opens && draft.chance(0.6)) lines.emplace_back();
    if (draft.comments && opens && draft.chance(0.1)) lines.push_back("    " + comment(draft));
    lines.push_back(line);
  }
  return lines;
}

// A function of the same file that has nothing to do with this one.
std::vector<std::string> neighbour(EverydayDraft& draft) {
  static constexpr std::string_view names[] = {"describe", "old_limit", "to_cents", "headline",
                                               "is_open",  "per_week",  "rule_2021"};
  const std::string name = draft.new_name(names), argument = draft.word({"x", "number", "value", "text"});
  const std::string first = draft.number(draft.small_amount()), second = draft.number(draft.small_amount());
  std::vector<std::string> lines = {fmt::format("def {}({}):", name, argument)};
  switch (draft.integer(0, 3)) {
    case 0:
      lines.push_back(fmt::format("    return {} * {}", argument, first));
      break;
    case 1:
      lines.push_back(fmt::format("    if {} > {}:", argument, first));
      lines.push_back(fmt::format("        return {}", second));
      lines.push_back(fmt::format("    return {} + {}", argument, second));
      break;
    case 2:
      lines.push_back(fmt::format("    return f{}", draft.quoted(fmt::format("{}: {{{}}}", name, argument))));
      break;
    default:
      lines.push_back(fmt::format("    return {} >= {}", argument, first));
  }
  return lines;
}

// What stands below: the file run as a script.
std::vector<std::string> as_script(EverydayDraft& draft, const std::string& example) {
  const std::string opening = fmt::format("if __name__ == {}:", draft.quoted("__main__"));
  switch (draft.integer(0, 3)) {
    case 0:
      return {opening, fmt::format("    result = {}", example), "    print(result)"};
    case 1:
      return {opening, fmt::format("    print({}, {})", draft.quoted("example:"), example)};
    default:
      return {opening, fmt::format("    print({})", example)};
  }
}

}  // namespace

std::string everyday_source(EverydayDraft& draft, const EverydayProgram& everyday,
                            const std::string& example) {
  std::string source;
  const auto add = [&](std::span<const std::string> lines, std::string_view after) {
    for (const std::string& line : lines) source += line + "\n";
    if (!lines.empty()) source += after;
  };
  if (draft.chance(0.07)) source += fmt::format("\"\"\"{}\"\"\"\n\n", draft.pick(everyday_docstrings()));
  std::ranges::sort(draft.imports, std::greater<>());
  const bool has_constants = !draft.constants.empty();
  add(draft.imports, has_constants ? "\n" : "\n\n");
  if (draft.chance(0.03)) source += fmt::format("__all__ = [{}]\n\n", draft.quoted(everyday.program.name));
  if (draft.comments && has_constants && draft.chance(0.3)) source += comment(draft) + "\n";
  add(draft.constants, draft.chance(0.85) ? "\n\n" : "\n");
  if (draft.chance(0.05)) add(neighbour(draft), "\n\n");
  add(draft.helpers, "\n\n");
  add(function_lines(draft, everyday, example), "");
  if (draft.chance(0.04)) source += "\n\n", add(neighbour(draft), "");
  if (draft.chance(0.1)) source += "\n\n", add(as_script(draft, example), "");
  return source;
}

}  // namespace pbb
