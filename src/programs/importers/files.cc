#include "programs/importers/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "programs/importers/importer.h"
#include "programs/importers/inputs.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

bool holds_programs(const fs::path& folder) {
  return std::ranges::any_of(
      fs::directory_iterator(folder, fs::directory_options::skip_permission_denied),
      [](const fs::directory_entry& entry) { return importer_of(entry.path()) != nullptr; });
}

// An entry of a folder that the table tells of; nothing of the others.
std::optional<ImportedFile> entry_of(const fs::directory_entry& entry, const std::string& shown) {
  const std::string name = entry.path().filename().string();
  ImportedFile found{
      .file = shown, .path = entry.path(), .program = {}, .reason = {}, .hint = {}, .notes = {}};
  const Importer* importer = importer_of(entry.path());
  const InputFormat* beside = input_format_of(name);
  std::error_code hidden;  // of links in a circle, which are no regular files
  if (entry.is_directory(hidden)) {
    if (name.starts_with(".") || name.starts_with("__") || !holds_programs(entry.path())) return std::nullopt;
    found.file += "/";
    found.reason = "a folder within, which is not looked into";
  } else if (importer != nullptr) {
    found.reason = importer->reason_to_leave_out(name);
    if (found.reason.empty() && !entry.is_regular_file(hidden)) found.reason = "not a regular file";
  } else if (beside != nullptr && !name.starts_with(".")) {
    const std::string stem = name.substr(0, name.size() - beside->suffix.size());
    const auto is_there = [&](const Importer& one) {
      return fs::exists(entry.path().parent_path() / (stem + one.extension), hidden);
    };
    if (std::ranges::any_of(importers(), is_there)) return std::nullopt;
    found.reason = fmt::format("there is no {}{}", stem, importers().front().extension);
  } else {
    return std::nullopt;
  }
  if (!found.reason.empty()) found.verdict = ImportVerdict::left_out;
  return found;
}

ImportedFile named_file(const fs::path& path) {
  std::error_code hidden;
  if (importer_of(path) == nullptr || !fs::is_regular_file(path, hidden)) {
    throw InputError(fmt::format("{}: expected a {} or a folder of them", path.string(), importable_files()),
                     fs::exists(path, hidden) ? importers().front().hint : "check the spelling");
  }
  return {.file = path.string(), .path = path, .program = {}, .reason = {}, .hint = {}, .notes = {}};
}

}  // namespace

std::vector<ImportedFile> list_files(std::span<const fs::path> paths) {
  std::vector<ImportedFile> files;
  for (const fs::path& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(named_file(path));
      continue;
    }
    for (const auto& entry : fs::directory_iterator(path)) {
      const fs::path name = entry.path().filename();
      auto found = entry_of(entry, paths.size() == 1 ? name.string() : (path / name).string());
      if (found) files.push_back(std::move(*found));
    }
  }
  std::ranges::stable_sort(files, {}, &ImportedFile::file);
  // One that is named and lies in a folder that is named is one file.
  std::set<fs::path> seen;
  std::erase_if(files, [&](const ImportedFile& file) {
    std::error_code hidden;
    const fs::path whole = fs::weakly_canonical(file.path, hidden);
    return !seen.insert(hidden ? file.path : whole).second;
  });
  const auto is_read = [](const ImportedFile& file) { return file.verdict == ImportVerdict::accepted; };
  if (std::ranges::none_of(files, is_read)) {
    std::vector<std::string> named;
    for (const fs::path& path : paths) named.push_back(path.string());
    throw InputError(
        fmt::format("{}: no {} in it{}", fmt::join(named, ", "), importable_files(),
                    files.empty() ? "" : fmt::format(" but {}, {}", files[0].file, files[0].reason)),
        importers().front().hint);
  }
  return files;
}

}  // namespace pbb
