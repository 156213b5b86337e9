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

constexpr std::size_t most_files = 5000;

bool holds_programs(const fs::path& folder) {
  return std::ranges::any_of(
      fs::directory_iterator(folder, fs::directory_options::skip_permission_denied),
      [](const fs::directory_entry& entry) { return importer_of(entry.path()) != nullptr; });
}

// Why a folder within is not looked into; empty: it is.
std::string reason_to_leave_out_folder(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  std::error_code hidden;
  if (fs::exists(entry.path() / "pyvenv.cfg", hidden)) return "a virtual environment";
  if (name.starts_with(".")) return "a hidden folder";
  if (name == "site-packages" || name == "node_modules") return "packages of others";
  if (name == "tests" || name == "test") return "tests";
  if (name.starts_with("__")) return "a folder of Python's own";
  if (entry.is_symlink(hidden)) return "a link to a folder, which is not followed";
  const auto has = [&](const char* file) { return fs::exists(entry.path() / file, hidden); };
  const bool is_run = has("recipe.toml") && (has(".lock") || has("stages") || has("run.json"));
  return is_run || has("corpus.json") ? "a model or corpus of pbb's own" : "";
}

// Of folders that tools keep for themselves only those that hold programs.
bool is_worth_telling(const fs::path& folder) {
  const std::string name = folder.filename().string();
  std::error_code hidden;
  return (!name.starts_with(".") && !name.starts_with("__")) || fs::exists(folder / "pyvenv.cfg", hidden) ||
         holds_programs(folder);
}

// A file of a folder that the table tells of; nothing of the others.
std::optional<ImportedFile> file_entry(const fs::directory_entry& entry, const std::string& shown) {
  const std::string name = entry.path().filename().string();
  ImportedFile found{
      .file = shown, .path = entry.path(), .program = {}, .reason = {}, .hint = {}, .notes = {}};
  const Importer* importer = importer_of(entry.path());
  const InputFormat* beside = input_format_of(name);
  std::error_code hidden;  // of links in a circle, which are no regular files
  if (importer != nullptr) {
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

// What lies in a folder and in those within; `shown` is how its files are told of: "" or "inner/".
void list_folder(const fs::path& folder, const std::string& shown, std::vector<ImportedFile>& files) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = shown + entry.path().filename().string();
    std::error_code hidden;
    if (!entry.is_directory(hidden)) {
      if (auto found = file_entry(entry, name)) files.push_back(std::move(*found));
      if (files.size() > most_files) {
        throw InputError(fmt::format("{}: more than {} files in it", folder.string(), most_files),
                         "name the folders that hold the rules");
      }
      continue;
    }
    std::string reason = reason_to_leave_out_folder(entry);
    const fs::directory_iterator readable(entry.path(), hidden);
    if (hidden) reason = "it cannot be read: " + hidden.message();
    if (reason.empty()) {
      list_folder(entry.path(), name + "/", files);
    } else if (is_worth_telling(entry.path())) {
      files.push_back({.file = name + "/",
                       .path = entry.path(),
                       .verdict = ImportVerdict::left_out,
                       .program = {},
                       .reason = reason,
                       .hint = {},
                       .notes = {}});
    }
  }
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
    list_folder(path, paths.size() == 1 ? "" : (path / "").string(), files);
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
