// Folders that a command writes for its user, a corpus or a model. Each holds a manifest, the list of what
// was written, by which a later command tells what is still as pbb left it from what somebody has worked on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace pbb {

enum class Replace {
  nothing,    // the folder must be absent or empty
  unchanged,  // or of the same kind, with nothing added, edited or removed since it was written
};

// InputError unless a folder of this kind ("corpus", "model") may be written there, naming what is in the
// way. Changes nothing.
void check_replaceable(const std::filesystem::path& folder, std::string_view kind, Replace replace);

// CRC-32 over the names, sizes and contents of all that is in a folder but the manifest.
std::uint32_t contents_checksum(const std::filesystem::path& folder);
// "io/a.jsonl was edited, notes.txt was added": what is no longer as it was written; empty when all is, or
// when there is no manifest to tell.
std::string changes_since_written(const std::filesystem::path& folder, std::string_view kind);

// As write_folder (base/file.h), and with a manifest. Checked first as above.
void write_folder_with_manifest(const std::filesystem::path& folder, std::string_view kind, Replace replace,
                                const std::function<void(const std::filesystem::path&)>& fill);

}  // namespace pbb
