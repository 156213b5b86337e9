#include "base/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* manifest_name = ".pbb-manifest.json";
constexpr const char* manifest_format = "pbb-manifest";
constexpr int manifest_version = 1;

// What is in a folder, by its path within it: "17 bytes, 0a1b2c3d" of a file, nothing of what is none.
using Contents = std::map<std::string, std::string>;

std::string description(const fs::path& file) {
  const MappedFile mapped(file);
  return fmt::format("{} bytes, {:08x}", mapped.bytes().size(), checksum(mapped.bytes()));
}

// Without the manifest, and without folders that hold something: they show in what they hold.
Contents contents_of(const fs::path& folder) {
  Contents contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    const bool is_link = entry.is_symlink();
    if (!is_link && entry.is_directory() && !fs::is_empty(entry.path())) continue;
    if (name != manifest_name) {
      contents[name] = !is_link && entry.is_regular_file() ? description(entry.path()) : "";
    }
  }
  return contents;
}

void write_manifest(const fs::path& folder, std::string_view kind) {
  const json manifest = {{"format", manifest_format},
                         {"version", manifest_version},
                         {"kind", kind},
                         {"contents", contents_of(folder)}};
  write_file(folder / manifest_name, json_text(manifest, 1) + '\n');
}

// What was written to `folder`; nothing when there is no manifest of that kind in it.
std::optional<Contents> read_manifest(const fs::path& folder, std::string_view kind) {
  const fs::path file = folder / manifest_name;
  if (!fs::is_regular_file(file)) return std::nullopt;
  try {
    const json manifest = read_json(file);
    if (manifest.at("format") != manifest_format || manifest.at("version") != manifest_version ||
        manifest.at("kind") != kind) {
      return std::nullopt;
    }
    return manifest.at("contents").get<Contents>();
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

// "notes.txt was added, io/a.jsonl was edited and 3 more"; empty when the two are equal.
std::string changes(const Contents& written, const Contents& found) {
  constexpr std::size_t shown = 3;
  std::vector<std::string> all;
  for (const auto& [name, text] : found) {
    const auto before = written.find(name);
    if (before == written.end()) {
      all.push_back(name + " was added");
    } else if (before->second != text) {
      all.push_back(name + " was edited");
    }
  }
  for (const auto& [name, text] : written) {
    if (!found.contains(name)) all.push_back(name + " was removed");
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, all.size()); ++i) text += (i > 0 ? ", " : "") + all[i];
  return all.size() > shown ? fmt::format("{} and {} more", text, all.size() - shown) : text;
}

}  // namespace

void check_replaceable(const fs::path& folder, std::string_view kind, Replace replace) {
  constexpr const char* elsewhere = "name another folder, or remove this one yourself";
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    throw InputError(fmt::format("{}: {}", folder.string(), why), hint);
  };
  if (is_free(folder)) return;
  if (!fs::is_directory(folder)) refuse("exists and is no folder", "name a folder that is not there yet");
  const auto written = read_manifest(folder, kind);
  if (!written) {
    refuse(fmt::format("holds something that pbb did not write as a {}, so that it is not replaced", kind),
           elsewhere);
  }
  if (replace == Replace::nothing) {
    refuse(fmt::format("holds a {} already", kind),
           "name another folder; or replace it with --replace, if nothing in it was changed");
  }
  if (const std::string changed = changes(*written, contents_of(folder)); !changed.empty()) {
    refuse(fmt::format("was changed since pbb wrote it, so that it is not replaced: {}", changed), elsewhere);
  }
}

std::uint32_t contents_checksum(const fs::path& folder) {
  std::string text;
  for (const auto& [name, file] : contents_of(folder)) text += name + '\n' + file + '\n';
  return checksum(std::as_bytes(std::span(text)));
}

std::string changes_since_written(const fs::path& folder, std::string_view kind) {
  const auto written = read_manifest(folder, kind);
  return written ? changes(*written, contents_of(folder)) : "";
}

void write_folder_with_manifest(const fs::path& folder, std::string_view kind, Replace replace,
                                const std::function<void(const fs::path&)>& fill) {
  check_replaceable(folder, kind, replace);
  const auto fill_and_list = [&](const fs::path& to) {
    fill(to);
    write_manifest(to, kind);
    check_replaceable(folder, kind, replace);  // writing may have taken long
  };
  if (is_free(folder)) {
    write_folder(folder, fill_and_list);
  } else {
    replace_folder(folder, fill_and_list);
  }
}

}  // namespace pbb
