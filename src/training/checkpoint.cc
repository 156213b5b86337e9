// Writing and reading checkpoints.
#include "training/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"

namespace pbb {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "checkpoints are written as memory holds them");

constexpr int format_version = 1;
constexpr const char* start_again = "the checkpoint cannot be used: start the stage again without --resume";

constexpr const char* weights_file = "weights.f32";
constexpr const char* first_moments_file = "first_moments.f32";
constexpr const char* second_moments_file = "second_moments.f32";

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.raw()), tensor.bytes()};
}

// Writes one array, each part while it is still in the processor's cache from its checksum; returns what
// state.json says of it. The folder is synced as a whole.
json write_array(const fs::path& file, const Tensor& array) {
  constexpr std::size_t part_bytes = 1 << 20;
  const auto bytes = bytes_of(array);
  std::ofstream out(file, std::ios::binary);
  std::uint32_t crc = checksum({});
  for (std::size_t begin = 0; out && begin < bytes.size(); begin += part_bytes) {
    const auto part = bytes.subspan(begin, std::min(part_bytes, bytes.size() - begin));
    crc = checksum(part, crc);
    out.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(part.size()));
  }
  out.close();
  if (!out) {
    throw Error(fmt::format("{}: cannot be written: {}", file.string(), std::strerror(errno)),
                "a checkpoint takes three times the size of the weights: free some space (df -h), then go on "
                "with --resume; the checkpoint before it is intact");
  }
  return {{"bytes", bytes.size()}, {"crc32", crc}};
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
  MappedFile file(path);
  if (file.bytes().size() != bytes) {
    throw InputError(fmt::format("{}: has {} bytes, expected {}", path.string(), file.bytes().size(), bytes),
                     start_again);
  }
  const std::uint32_t found = checksum(file.bytes());
  const auto expected = files.at(name).at("crc32").get<std::uint32_t>();
  if (found != expected) {
    throw InputError(
        fmt::format("{}: its contents have changed since it was written (CRC-32 {:08x}, expected {:08x})",
                    path.string(), found, expected),
        start_again);
  }
  return file;
}

void take_over(const MappedFile& file, Tensor& target) {
  std::memcpy(target.raw(), file.bytes().data(), file.bytes().size());
}

json exposures_to_json(const ExposureCounts& counts) {
  json object = json::object();
  for (const auto& [program, exposure] : counts) {
    object[program] = {exposure.declarations, exposure.executions, exposure.trained_tokens};
  }
  return object;
}

ExposureCounts exposures_from_json(const json& object) {
  ExposureCounts counts;
  for (const auto& [program, exposure] : object.items()) {
    counts[program] = {exposure.at(0).get<std::int64_t>(), exposure.at(1).get<std::int64_t>(),
                       exposure.at(2).get<std::int64_t>()};
  }
  return counts;
}

json read_state_file(const fs::path& path) {
  try {
    return read_json(path);
  } catch (const InputError& error) {
    throw InputError(error.what(), start_again);
  }
}

// Runs `read` on the state that state.json holds, once its version and checksum are found right.
template <typename Read>
auto with_state(const fs::path& checkpoint, Read read) {
  const fs::path path = checkpoint / "state.json";
  const json file = read_state_file(path);
  try {
    const int version = file.at("format_version").get<int>();
    if (version > format_version) {
      throw InputError(fmt::format("{}: format version {}, this pbb reads up to {}", path.string(), version,
                                   format_version),
                       "the checkpoint was written by a newer pbb: go on with that one");
    }
    const json& state = file.at("state");
    const std::string text = state.dump();
    if (version < 1 ||
        checksum(std::as_bytes(std::span(text))) != file.at("state_crc32").get<std::uint32_t>()) {
      throw InputError(fmt::format("{}: its contents have changed since it was written", path.string()),
                       start_again);
    }
    return read(state);
  } catch (const json::exception& error) {
    throw InputError(fmt::format("{}: not the state of a checkpoint: {}", path.string(), error.what()),
                     start_again);
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
    differences += fmt::format("{}{} was {}, is {}", differences.empty() ? "" : "; ", name,
                               value_in(there, name), value_in(here, name));
  }
  if (differences.empty()) return;
  throw InputError(fmt::format("{}: was made with other settings: {}", checkpoint.string(), differences),
                   "undo the change to go on, or start the stage again without --resume");
}

}  // namespace

bool has_checkpoint(const fs::path& checkpoint) {
  return fs::exists(checkpoint);
}

void write_checkpoint(const fs::path& checkpoint, const StageFingerprint& fingerprint,
                      const StageProgress& progress, const TrainingArrays& arrays) {
  write_folder(checkpoint, [&](const fs::path& folder) {
    json files;
    files[weights_file] = write_array(folder / weights_file, arrays.weights);
    files[first_moments_file] = write_array(folder / first_moments_file, arrays.first_moments);
    files[second_moments_file] = write_array(folder / second_moments_file, arrays.second_moments);
    const json state = {{"fingerprint", fingerprint},
                        {"step", progress.step},
                        {"tokens", progress.tokens},
                        {"trained_tokens", progress.trained_tokens},
                        {"seconds", progress.seconds},
                        {"losses", progress.losses},
                        {"exposures", exposures_to_json(progress.exposures)},
                        {"files", files}};
    const std::string text = state.dump();
    const json file = {{"format_version", format_version},
                       {"state", state},
                       {"state_crc32", checksum(std::as_bytes(std::span(text)))}};
    write_file(folder / "state.json", file.dump() + '\n');
  });
}

StageProgress read_checkpoint(const fs::path& checkpoint, const StageFingerprint& fingerprint,
                              TrainingArrays arrays) {
  return with_state(checkpoint, [&](const json& state) {
    check_fingerprint(checkpoint, fingerprint, state.at("fingerprint").get<StageFingerprint>());
    const json& files = state.at("files");
    const MappedFile weights = open_array(checkpoint, weights_file, files, arrays.weights);
    const MappedFile first = open_array(checkpoint, first_moments_file, files, arrays.first_moments);
    const MappedFile second = open_array(checkpoint, second_moments_file, files, arrays.second_moments);
    StageProgress progress{.step = state.at("step").get<std::int64_t>(),
                           .tokens = state.at("tokens").get<std::int64_t>(),
                           .trained_tokens = state.at("trained_tokens").get<std::int64_t>(),
                           .seconds = state.at("seconds").get<double>(),
                           .losses = state.at("losses").get<std::vector<double>>(),
                           .exposures = exposures_from_json(state.at("exposures"))};
    take_over(weights, arrays.weights);
    take_over(first, arrays.first_moments);
    take_over(second, arrays.second_moments);
    return progress;
  });
}

void load_checkpoint_weights(const fs::path& checkpoint, Decoder& decoder) {
  with_state(checkpoint, [&](const json& state) {
    take_over(open_array(checkpoint, weights_file, state.at("files"), decoder.weights()), decoder.weights());
  });
  decoder.refresh();
}

}  // namespace pbb
