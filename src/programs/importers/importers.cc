#include <fmt/format.h>

#include <algorithm>

#include "programs/importers/importer.h"
#include "programs/importers/python.h"

namespace pbb {

std::span<const Importer> importers() {
  static const std::vector<Importer> table = {python_importer()};
  return table;
}

const Importer* importer_of(const std::filesystem::path& file) {
  const auto found = std::ranges::find(importers(), file.extension().string(), &Importer::extension);
  return found == importers().end() ? nullptr : &*found;
}

std::string importable_files() {
  std::string words;
  for (const Importer& importer : importers()) words += (words.empty() ? "" : " or ") + importer.file;
  return words;
}

}  // namespace pbb
