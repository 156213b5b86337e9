// Reading safetensors. Nothing in a header is believed before it is checked.
#include "model/formats/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/json_lines.h"

namespace pbb {
namespace {

using nlohmann::json;

constexpr const char* damaged_hint = "the file is damaged or incomplete; fetch it again";
constexpr std::uint64_t most_header_bytes = 100'000'000;  // as the format's own reader

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw InputError(fmt::format("{}: {}", file, what), damaged_hint);
}

// The header as JSON, each name in it once (nlohmann::json alone would keep the last of two).
json parse_header(std::string_view text, const std::string& file) {
  std::set<std::string> names;
  const auto check_name = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1 && !names.insert(parsed.get<std::string>()).second) {
      fail(file, fmt::format("tensor '{}' is there twice", parsed.get<std::string>()));
    }
    return true;
  };
  if (text.find('\0') != std::string_view::npos) fail(file, "the header holds a NUL byte");
  try {
    return json::parse(text, check_name);
  } catch (const json::exception& error) {
    fail(file, fmt::format("the header is not JSON: {}", error.what()));
  }
}

StoredType parse_type(const json& entry, const std::string& name, const std::string& file) {
  const auto type = entry.at("dtype").get<std::string>();
  if (type == "F32") return StoredType::f32;
  if (type == "F16") return StoredType::f16;
  if (type == "BF16") return StoredType::bf16;
  throw InputError(fmt::format("{}: tensor '{}' is stored as {}, which pbb does not read", file, name, type),
                   "pbb reads F32, F16 and BF16");
}

struct Extent {
  std::uint64_t begin = 0, end = 0;
  const std::string* name = nullptr;
};

// An integer of the header; json::get would turn -1 or 1.5 into another number.
std::uint64_t parse_size(const json& value) {
  if (!value.is_number_unsigned()) throw json::type_error::create(302, "expected a whole number", &value);
  return value.get<std::uint64_t>();
}

StoredTensor parse_tensor(const std::string& name, const json& entry, std::span<const std::byte> data,
                          const std::string& file, Extent& extent) {
  StoredTensor tensor;
  tensor.name = name;
  tensor.type = parse_type(entry, name, file);
  for (const json& dimension : entry.at("shape")) {
    const std::uint64_t size = parse_size(dimension);
    if (size > data.size()) {
      fail(file,
           fmt::format("tensor '{}' has an axis of {}; the file holds {} bytes", name, size, data.size()));
    }
    tensor.shape.push_back(static_cast<std::int64_t>(size));
  }
  if (tensor.shape.empty() || tensor.shape.size() > 4) {
    fail(file, fmt::format("tensor '{}' has {} axes; expected 1 to 4", name, tensor.shape.size()));
  }
  const json& offsets = entry.at("data_offsets");
  if (offsets.size() != 2) fail(file, fmt::format("tensor '{}': data_offsets must be two numbers", name));
  extent = {parse_size(offsets.at(0)), parse_size(offsets.at(1)), nullptr};
  if (extent.begin > extent.end || extent.end > data.size()) {
    fail(file, fmt::format("tensor '{}' lies at bytes {} to {}; the file holds {}", name, extent.begin,
                           extent.end, data.size()));
  }
  const auto bytes = stored_bytes(tensor.type, tensor.shape);
  if (!bytes || *bytes != extent.end - extent.begin) {
    fail(file, fmt::format("tensor '{}' {} does not fit its {} bytes", name, shape_text(tensor.shape),
                           extent.end - extent.begin));
  }
  tensor.data = data.subspan(extent.begin, *bytes);
  return tensor;
}

void check_overlaps(std::vector<Extent>& extents, const std::string& file) {
  std::ranges::sort(extents, {}, &Extent::begin);
  for (std::size_t i = 1; i < extents.size(); ++i) {
    if (extents[i - 1].end > extents[i].begin) {
      fail(file, fmt::format("tensors '{}' and '{}' overlap", *extents[i - 1].name, *extents[i].name));
    }
  }
}

std::vector<StoredTensor> read_tensors(std::span<const std::byte> bytes, const std::string& file) {
  std::uint64_t header_bytes = 0;
  if (bytes.size() < sizeof header_bytes)
    fail(file, fmt::format("{} bytes; not a safetensors file", bytes.size()));
  std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
  bytes = bytes.subspan(sizeof header_bytes);
  if (header_bytes > std::min<std::uint64_t>(bytes.size(), most_header_bytes)) {
    fail(file, fmt::format("the header claims {} bytes; {} are there", header_bytes, bytes.size()));
  }
  const json header = parse_header(
      {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(header_bytes)}, file);
  if (!header.is_object()) fail(file, "the header is not a JSON object");

  std::vector<StoredTensor> tensors;
  std::vector<Extent> extents;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    try {
      Extent extent;
      tensors.push_back(parse_tensor(name, entry, bytes.subspan(header_bytes), file, extent));
      extents.push_back(extent);
    } catch (const json::exception& error) {
      fail(file, fmt::format("tensor '{}': {}", name, error.what()));
    }
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) extents[i].name = &tensors[i].name;
  check_overlaps(extents, file);
  return tensors;
}

// The shards that an index names: {"weight_map": {tensor: file}}.
std::set<std::string> read_shard_names(const std::filesystem::path& index) {
  const json contents = read_json(index);
  std::set<std::string> shards;
  try {
    for (const auto& [tensor, shard] : contents.at("weight_map").items())
      shards.insert(shard.get<std::string>());
  } catch (const json::exception& error) {
    fail(index.string(), error.what());
  }
  for (const std::string& shard : shards) {
    const std::filesystem::path path = shard;
    if (shard.empty() || path.filename() != path || shard == "." || shard == "..") {
      fail(index.string(), fmt::format("'{}' is not the name of a file beside the index", shard));
    }
  }
  return shards;
}

void require_shards(const std::filesystem::path& index, const std::set<std::string>& shards) {
  std::vector<std::string> missing;
  for (const std::string& shard : shards) {
    if (!std::filesystem::exists(index.parent_path() / shard)) missing.push_back(shard);
  }
  if (missing.empty()) return;
  throw InputError(
      fmt::format("{}: {} of the {} files that it names {} not beside it: {}", index.string(), missing.size(),
                  shards.size(), missing.size() == 1 ? "is" : "are", fmt::join(missing, ", ")),
      "the download is incomplete; fetch what is missing");
}

// What the folder holds in place of model.safetensors tells what its reader can do about it.
[[noreturn]] void no_safetensors(const std::filesystem::path& folder) {
  std::set<std::string> pickles, parts, ggufs;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string(), kind = entry.path().extension().string();
    if (kind == ".pt" || kind == ".pth" || name.starts_with("pytorch_model")) pickles.insert(name);
    if (kind == ".safetensors") parts.insert(name);
    if (kind == ".gguf") ggufs.insert(name);
  }
  const std::string place = folder.string();
  if (!parts.empty()) {
    throw InputError(
        fmt::format("{}: there is no model.safetensors, nor a model.safetensors.index.json that says "
                    "which of {} belong to the model",
                    place, fmt::join(parts, ", ")),
        "fetch the index; or if one of them is the whole model, name it model.safetensors");
  }
  if (!pickles.empty()) {
    throw InputError(
        fmt::format("{}: the weights are in {}, a pickle, which pbb does not read (to load one is to run it)",
                    place, *pickles.begin()),
        fmt::format("convert them: python -c \"from transformers import AutoModelForCausalLM as M; d = '{}'; "
                    "M.from_pretrained(d).save_pretrained(d, safe_serialization=True)\"",
                    place));
  }
  if (!ggufs.empty()) {
    throw InputError(fmt::format("{}: there is no model.safetensors, but {}", place, fmt::join(ggufs, ", ")),
                     "name the .gguf file itself as the model");
  }
  throw InputError(fmt::format("{}: there is no model.safetensors", place), "is the download complete?");
}

}  // namespace

SafetensorsFiles::SafetensorsFiles(const std::filesystem::path& file) {
  add(file);
}

SafetensorsFiles SafetensorsFiles::in_folder(const std::filesystem::path& folder) {
  SafetensorsFiles files;
  const std::filesystem::path index = folder / "model.safetensors.index.json";
  if (!std::filesystem::exists(index)) {
    if (!std::filesystem::exists(folder / "model.safetensors")) no_safetensors(folder);
    files.add(folder / "model.safetensors");
    return files;
  }
  const std::set<std::string> shards = read_shard_names(index);
  require_shards(index, shards);
  for (const std::string& shard : shards) files.add(folder / shard);
  return files;
}

void SafetensorsFiles::add(const std::filesystem::path& file) {
  files_.emplace_back(file);
  refuse_lfs_pointer(file, files_.back().bytes());
  for (StoredTensor& tensor : read_tensors(files_.back().bytes(), file.string())) {
    tensors_.push_back(std::move(tensor));
  }
}

}  // namespace pbb
