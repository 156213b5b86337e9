// base.json: what an interpreter base says of itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pbb {

// Of a base that went on from others: of all that was done.
struct BaseRecord {
  std::string title;
  std::string model;
  std::uint32_t model_weights = 0;          // CRC-32 of those that the adapter was trained on
  std::uint32_t adapter = 0;                // CRC-32 of its file
  std::optional<std::uint32_t> texts = {};  // of texts.jsonl, where there is one; earlier versions noted none
  std::vector<std::string> commands;        // in order
  std::string commit = {}, processor = {};  // of the last
  std::int64_t steps = 0, tokens = 0;       // 0: not noted
  std::optional<double> seconds = {};       // of training; earlier versions did not note them
};

bool is_base_folder(const std::filesystem::path& folder);  // it has a base.json
// InputError where it is not what pbb base writes.
BaseRecord read_base_record(const std::filesystem::path& folder);
void write_base_record(const std::filesystem::path& folder, const BaseRecord& record);

// Of a base that went on from `earlier` for what `record` says: steps, tokens and seconds added up (those only
// where both tell them), commands one after the other.
BaseRecord going_on_from(const BaseRecord& earlier, BaseRecord record);

}  // namespace pbb
