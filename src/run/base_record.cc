#include "run/base_record.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* record_file = "base.json";

std::string crc_text(std::uint32_t crc) {
  return fmt::format("{:08x}", crc);
}

std::uint32_t crc_of(const json& object, const char* key) {
  const std::string text = object.at(key);
  std::uint32_t crc = 0;
  const char* end = text.data() + text.size();
  if (text.size() == 8 && std::from_chars(text.data(), end, crc, 16).ptr == end) return crc;
  throw InputError(fmt::format("{} is \"{}\", expected eight hexadecimal digits", key, text));
}

BaseRecord record_of(const json& object) {
  BaseRecord record;
  record.title = object.value("title", "");
  record.model = object.at("model");
  record.model_weights = crc_of(object, "model_weights_crc32");
  record.adapter = crc_of(object, "adapter_crc32");
  if (object.contains("texts_crc32")) record.texts = crc_of(object, "texts_crc32");
  record.commands = object.value("commands", std::vector<std::string>());
  // Earlier versions noted the last one alone.
  if (const auto last = object.find("command"); last != object.end()) record.commands.push_back(*last);
  record.commit = object.value("commit", "");
  record.processor = object.value("processor", "");
  record.steps = object.value("steps", std::int64_t{0});
  record.tokens = object.value("tokens", std::int64_t{0});
  if (object.contains("seconds")) record.seconds = object["seconds"].get<double>();
  return record;
}

}  // namespace

bool is_base_folder(const fs::path& folder) {
  return fs::exists(folder / record_file);
}

BaseRecord read_base_record(const fs::path& folder) {
  const json object = read_json(folder / record_file);
  const auto refuse = [&](const char* why) {
    throw InputError(fmt::format("{}: not what pbb base writes: {}", (folder / record_file).string(), why),
                     "train the base again with pbb base, or take it from where it was as it was written");
  };
  try {
    return record_of(object);
  } catch (const json::exception& error) {
    refuse(error.what());
  } catch (const InputError& error) {
    refuse(error.what());
  }
  return {};
}

void write_base_record(const fs::path& folder, const BaseRecord& record) {
  json object = {{"title", record.title},
                 {"model", record.model},
                 {"model_weights_crc32", crc_text(record.model_weights)},
                 {"adapter_crc32", crc_text(record.adapter)},
                 {"commands", record.commands},
                 {"commit", record.commit},
                 {"processor", record.processor},
                 {"steps", record.steps},
                 {"tokens", record.tokens}};
  if (record.texts) object["texts_crc32"] = crc_text(*record.texts);
  if (record.seconds) object["seconds"] = *record.seconds;
  write_file(folder / record_file, json_text(object, 1) + "\n");
}

BaseRecord going_on_from(const BaseRecord& earlier, BaseRecord record) {
  record.steps += earlier.steps;
  record.tokens += earlier.tokens;
  if (record.seconds && earlier.seconds) {
    *record.seconds += *earlier.seconds;
  } else {
    record.seconds.reset();
  }
  record.commands.insert(record.commands.begin(), earlier.commands.begin(), earlier.commands.end());
  return record;
}

}  // namespace pbb
