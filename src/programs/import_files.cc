#include "programs/import_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// Why a file of a folder is not looked at; empty: it is.
std::string reason_to_leave_out(const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  if (name.starts_with("._")) return "a Mac's own file";
  if (name.starts_with(".")) return "a hidden file";
  if (name == "__init__.py" || name == "__main__.py" || name == "setup.py")
    return "a package's file, no rule";
  if (stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest") return "a test";
  return {};
}

bool holds_python(const fs::path& folder) {
  return std::ranges::any_of(
      fs::directory_iterator(folder, fs::directory_options::skip_permission_denied),
      [](const fs::directory_entry& entry) { return entry.path().extension() == ".py"; });
}

// An entry of a folder that the table tells of; nothing of the others.
std::optional<ImportedFile> entry_of(const fs::directory_entry& entry, const std::string& shown) {
  const std::string name = entry.path().filename().string();
  ImportedFile found{
      .file = shown, .path = entry.path(), .program = {}, .reason = {}, .hint = {}, .notes = {}};
  const bool is_beside = name.ends_with(".inputs.jsonl") || name.ends_with(".io.jsonl");
  if (entry.is_directory()) {
    if (name.starts_with(".") || name.starts_with("__") || !holds_python(entry.path())) return std::nullopt;
    found.file += "/";
    found.reason = "a folder within, which is not looked into";
  } else if (entry.path().extension() == ".py" && entry.is_regular_file()) {
    found.reason = reason_to_leave_out(name);
  } else if (is_beside && !name.starts_with(".")) {
    const std::string stem = entry.path().stem().stem().string();
    if (fs::exists(entry.path().parent_path() / (stem + ".py"))) return std::nullopt;
    found.reason = fmt::format("there is no {}.py", stem);
  } else {
    return std::nullopt;
  }
  if (!found.reason.empty()) found.verdict = ImportVerdict::left_out;
  return found;
}

ImportedFile named_file(const fs::path& path) {
  if (path.extension() != ".py" || !fs::is_regular_file(path)) {
    throw InputError(fmt::format("{}: expected a Python file or a folder of them", path.string()),
                     fs::exists(path) ? "a rule is a function in a file NAME.py" : "check the spelling");
  }
  return {.file = path.string(), .path = path, .program = {}, .reason = {}, .hint = {}, .notes = {}};
}

}  // namespace

std::vector<ImportedFile> list_python_files(std::span<const fs::path> paths) {
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
  std::erase_if(
      files, [&](const ImportedFile& file) { return !seen.insert(fs::weakly_canonical(file.path)).second; });
  const auto is_read = [](const ImportedFile& file) { return file.verdict == ImportVerdict::accepted; };
  if (std::ranges::none_of(files, is_read)) {
    std::vector<std::string> named;
    for (const fs::path& path : paths) named.push_back(path.string());
    throw InputError(
        fmt::format("{}: no Python file in it{}", fmt::join(named, ", "),
                    files.empty() ? "" : fmt::format(" but {}, {}", files[0].file, files[0].reason)),
        "each program is a file NAME.py with one function");
  }
  return files;
}

}  // namespace pbb
