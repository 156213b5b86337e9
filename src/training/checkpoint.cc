// Writing and reading checkpoints.
#include "training/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <future>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"

namespace pbb {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "checkpoints are written as memory holds them");

constexpr int format_version = 2;  // 1: complete stages had moments too, and nothing said "complete"

constexpr const char* weights_file = "weights.f32";
constexpr const char* first_moments_file = "first_moments.f32";
constexpr const char* second_moments_file = "second_moments.f32";

// `checkpoint`: stages/NAME/checkpoint. Training is the same to the byte each time, so what was made from the
// stage that is trained again stays true.
std::string start_again(const fs::path& checkpoint) {
  return fmt::format(
      "there is no older checkpoint of this stage; remove it (rm -r {}) and go on with --resume: the stage "
      "then starts again, and all else that the run has done is kept",
      checkpoint.parent_path().string());
}

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.raw()), tensor.bytes()};
}

struct NamedArray {
  const char* name;
  const Tensor* array;
};

// What state.json says of them. Each on a thread of its own: one is summed up while another is written.
json write_arrays(const fs::path& folder, std::span<const NamedArray> arrays) {
  std::vector<std::future<std::uint32_t>> checksums;
  for (const NamedArray& named : arrays) {
    checksums.push_back(
        std::async(std::launch::async, write_checked, folder / named.name, bytes_of(*named.array)));
  }
  json files;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    files[arrays[i].name] = {{"bytes", arrays[i].array->bytes()}, {"crc32", checksums[i].get()}};
  }
  return files;
}

MappedFile map_array(const fs::path& checkpoint, const fs::path& file) {
  try {
    return MappedFile(file);
  } catch (const InputError& error) {
    throw InputError(error.what(), start_again(checkpoint));
  }
}

// An array of the checkpoint, checked in full and not yet taken over.
MappedFile open_array(const fs::path& checkpoint, const char* name, const json& files, const Tensor& target) {
  const fs::path path = checkpoint / name;
  const auto bytes = files.at(name).at("bytes").get<std::size_t>();
  if (bytes != target.bytes()) {
    throw InputError(fmt::format("{}: holds {} bytes by state.json, but this model takes {}", path.string(),
                                 bytes, target.bytes()),
                     "the checkpoint is of another model: name the model that it was trained from");
  }
  MappedFile file = map_array(checkpoint, path);
  if (file.bytes().size() != bytes) {
    throw InputError(fmt::format("{}: has {} bytes, expected {}", path.string(), file.bytes().size(), bytes),
                     start_again(checkpoint));
  }
  const std::uint32_t found = checksum(file.bytes());
  const auto expected = files.at(name).at("crc32").get<std::uint32_t>();
  if (found != expected) {
    throw InputError(
        fmt::format("{}: its contents have changed since it was written (CRC-32 {:08x}, expected {:08x})",
                    path.string(), found, expected),
        start_again(checkpoint));
  }
  file.drop_pages();  // three arrays are checked before the first is taken over
  return file;
}

void take_over(const MappedFile& file, Tensor& target) {
  std::memcpy(target.raw(), file.bytes().data(), file.bytes().size());
  file.drop_pages();
}

json exposures_to_json(const ExposureCounts& counts) {
  json object = json::object();
  for (const auto& [program, exposure] : counts) {
    object[program] = {exposure.declarations, exposure.executions, exposure.trained_tokens};
    if (exposure.recalled) object[program].push_back(*exposure.recalled);
  }
  return object;
}

ExposureCounts exposures_from_json(const json& object) {
  ExposureCounts counts;
  for (const auto& [program, exposure] : object.items()) {
    counts[program] = {.declarations = exposure.at(0).get<std::int64_t>(),
                       .executions = exposure.at(1).get<std::int64_t>(),
                       .trained_tokens = exposure.at(2).get<std::int64_t>()};
    if (exposure.size() > 3) counts[program].recalled = exposure.at(3).get<bool>();
  }
  return counts;
}

json read_state_file(const fs::path& checkpoint) {
  try {
    return read_json(checkpoint / "state.json");
  } catch (const InputError& error) {
    throw InputError(error.what(), start_again(checkpoint));
  }
}

// Runs `read` on the state that state.json holds, once its version and checksum are found right.
template <typename Read>
auto with_state(const fs::path& checkpoint, Read read) {
  const fs::path path = checkpoint / "state.json";
  const json file = read_state_file(checkpoint);
  try {
    const int version = file.at("format_version").get<int>();
    if (version > format_version) {
      throw InputError(fmt::format("{}: format version {}, this pbb reads up to {}", path.string(), version,
                                   format_version),
                       "the checkpoint was written by a newer pbb: go on with that one");
    }
    const json& state = file.at("state");
    const std::string text = json_text(state);
    if (version < 1 ||
        checksum(std::as_bytes(std::span(text))) != file.at("state_crc32").get<std::uint32_t>()) {
      throw InputError(fmt::format("{}: its contents have changed since it was written", path.string()),
                       start_again(checkpoint));
    }
    return read(state);
  } catch (const json::exception& error) {
    throw InputError(fmt::format("{}: not the state of a checkpoint: {}", path.string(), error.what()),
                     start_again(checkpoint));
  }
}

void check_fingerprint(const fs::path& checkpoint, const StageFingerprint& here,
                       const StageFingerprint& there) {
  std::string differences;
  const auto value_in = [](const StageFingerprint& fingerprint, const std::string& name) {
    const auto found = fingerprint.find(name);
    return found == fingerprint.end() ? std::string("nothing") : found->second;
  };
  StageFingerprint both = here;
  both.insert(there.begin(), there.end());
  for (const auto& [name, unused] : both) {
    if (value_in(here, name) == value_in(there, name)) continue;
    if (name.ends_with("(CRC-32)") && !there.contains(name)) continue;  // of a version that did not take it
    differences += fmt::format("{}{} was {}, is {}", differences.empty() ? "" : "; ", name,
                               value_in(there, name), value_in(here, name));
  }
  if (differences.empty()) return;
  throw InputError(fmt::format("{}: was made with other settings: {}", checkpoint.string(), differences),
                   "undo the change to go on, or train into another folder (--out)");
}

}  // namespace

bool has_checkpoint(const fs::path& checkpoint) {
  settle_folder(checkpoint);
  return fs::exists(checkpoint);
}

void write_checkpoint(const fs::path& checkpoint, const StageFingerprint& fingerprint,
                      const StageProgress& progress, const TrainingArrays& arrays) {
  const NamedArray named[] = {{weights_file, &arrays.weights},
                              {first_moments_file, &arrays.first_moments},
                              {second_moments_file, &arrays.second_moments}};
  const auto fill = [&](const fs::path& folder) {
    const json files = write_arrays(folder, std::span(named).first(progress.complete ? 1 : 3));
    json state = {{"fingerprint", fingerprint},
                  {"complete", progress.complete},
                  {"step", progress.step},
                  {"tokens", progress.tokens},
                  {"trained_tokens", progress.trained_tokens},
                  {"seconds", progress.seconds},
                  {"losses", progress.losses},
                  {"exposures", exposures_to_json(progress.exposures)},
                  {"files", files}};
    if (!progress.source_state.empty()) state["source_state"] = progress.source_state;
    const std::string text = json_text(state);
    const json file = {{"format_version", format_version},
                       {"state", state},
                       {"state_crc32", checksum(std::as_bytes(std::span(text)))}};
    write_file(folder / "state.json", json_text(file) + '\n');
  };
  try {
    replace_folder(checkpoint, fill);
  } catch (const Error& error) {
    throw Error(
        error.what(),
        fmt::format("{}; a checkpoint takes {} MB, and as much again while the next one is written. Then "
                    "go on with --resume{}",
                    error.hint().empty() ? "see what is wrong with the disk" : error.hint(),
                    3 * arrays.weights.bytes() / 1'000'000 + 1,
                    fs::exists(checkpoint) ? ": the checkpoint before it is intact" : ""));
  }
}

StageProgress read_checkpoint(const fs::path& checkpoint, const StageFingerprint& fingerprint,
                              TrainingArrays arrays) {
  return with_state(checkpoint, [&](const json& state) {
    check_fingerprint(checkpoint, fingerprint, state.at("fingerprint").get<StageFingerprint>());
    StageProgress progress{.step = state.at("step").get<std::int64_t>(),
                           .tokens = state.at("tokens").get<std::int64_t>(),
                           .trained_tokens = state.at("trained_tokens").get<std::int64_t>(),
                           .seconds = state.at("seconds").get<double>(),
                           .losses = state.at("losses").get<std::vector<double>>(),
                           .exposures = exposures_from_json(state.at("exposures")),
                           .source_state = state.value("source_state", std::string()),
                           .complete = state.value("complete", false)};
    const json& files = state.at("files");
    std::vector<std::pair<MappedFile, Tensor*>> found;
    found.emplace_back(open_array(checkpoint, weights_file, files, arrays.weights), &arrays.weights);
    if (!progress.complete) {
      found.emplace_back(open_array(checkpoint, first_moments_file, files, arrays.first_moments),
                         &arrays.first_moments);
      found.emplace_back(open_array(checkpoint, second_moments_file, files, arrays.second_moments),
                         &arrays.second_moments);
    }
    for (const auto& [file, target] : found) take_over(file, *target);
    return progress;
  });
}

std::uint32_t checkpoint_weights_checksum(const fs::path& checkpoint) {
  return with_state(checkpoint, [](const json& state) {
    return state.at("files").at(weights_file).at("crc32").get<std::uint32_t>();
  });
}

std::string checkpoint_source_state(const fs::path& checkpoint) {
  return with_state(checkpoint, [](const json& state) { return state.value("source_state", std::string()); });
}

void load_checkpoint_weights(const fs::path& checkpoint, Decoder& decoder) {
  with_state(checkpoint, [&](const json& state) {
    Tensor& weights = decoder.trained().flat;
    take_over(open_array(checkpoint, weights_file, state.at("files"), weights), weights);
  });
  decoder.refresh_trained();
}

}  // namespace pbb
