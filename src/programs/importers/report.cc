// Telling people what became of their files.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "programs/importers/import.h"

namespace pbb {

void refuse_empty(const Imported& imported, const std::string& where) {
  if (!imported.corpus.programs.empty()) return;
  const auto refused = std::ranges::find(imported.files, ImportVerdict::refused, &ImportedFile::verdict);
  throw InputError(fmt::format("{}: none of its files can be a program{}", where,
                               refused == imported.files.end() ? "" : "; the first: " + refused->reason),
                   refused == imported.files.end() ? "" : refused->hint);
}

std::string import_table(std::span<const ImportedFile> files) {
  static constexpr std::string_view verdicts[] = {"accepted", "refused", "left out"};
  std::size_t width = 0;
  const auto shown = [](const ImportedFile& file) {
    return printable_line(file.function.empty() ? file.file : file.file + " " + file.function);
  };
  for (const ImportedFile& file : files)
    width = std::max(width, std::min<std::size_t>(shown(file).size(), file.function.empty() ? 30 : 44));
  const std::string indent(width + 12, ' ');
  std::string text;
  for (const ImportedFile& file : files) {
    text += fmt::format("{:<{}}  {:<8}  {}\n", shown(file), width,
                        verdicts[static_cast<std::size_t>(file.verdict)], printable_line(file.reason));
    for (const std::string& note : file.notes)
      text += fmt::format("{}note: {}\n", indent, printable_line(note));
    if (!file.hint.empty()) text += fmt::format("{}HINT: {}\n", indent, printable_line(file.hint));
  }
  return text;
}

}  // namespace pbb
