// Reading a GGUF file. Nothing in it is believed before it is checked against the bytes that are there.
#include "model/formats/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "base/error.h"
#include "model/formats/gguf_values.h"

namespace pbb {
namespace {

std::string_view ggml_type_name(std::uint32_t type) {
  switch (type) {
    case 6:
      return "Q5_0";
    case 7:
      return "Q5_1";
    case 9:
      return "Q8_1";
    case 10:
      return "Q2_K";
    case 11:
      return "Q3_K";
    case 12:
      return "Q4_K";
    case 13:
      return "Q5_K";
    case 14:
      return "Q6_K";
    case 15:
      return "Q8_K";
    case 16:
      return "IQ2_XXS";
    case 20:
      return "IQ4_NL";
    case 23:
      return "IQ4_XS";
    case 24:
      return "I8";
    case 28:
      return "F64";
    default:
      return "unnamed";
  }
}

StoredType read_tensor_type(GgufReader& reader, const std::string& tensor) {
  const auto type = reader.number<std::uint32_t>(fmt::format("the type of tensor '{}'", tensor));
  switch (type) {
    case 0:
      return StoredType::f32;
    case 1:
      return StoredType::f16;
    case 2:
      return StoredType::q4_0;
    case 3:
      return StoredType::q4_1;
    case 8:
      return StoredType::q8_0;
    case 30:
      return StoredType::bf16;
    default:
      reader.fail(fmt::format("tensor '{}' is stored as ggml type {} ({}), which pbb does not read", tensor,
                              type, ggml_type_name(type)),
                  "pbb reads F32, F16, BF16, Q8_0, Q4_0 and Q4_1; look for a file in one of these");
  }
}

struct TensorInfo {
  StoredTensor tensor;
  std::uint64_t offset = 0, bytes = 0;
};

TensorInfo read_tensor_info(GgufReader& reader, std::size_t index) {
  TensorInfo info;
  StoredTensor& tensor = info.tensor;
  tensor.name = reader.string(fmt::format("the name of tensor {}", index));
  const std::string what = fmt::format("tensor '{}'", tensor.name);
  const auto axes = reader.number<std::uint32_t>(what);
  if (axes < 1 || axes > 4) reader.fail(fmt::format("{} has {} axes; expected 1 to 4", what, axes));
  for (std::uint32_t axis = 0; axis < axes; ++axis) {
    tensor.shape.push_back(read_gguf_size(reader, what));
  }
  std::ranges::reverse(tensor.shape);  // GGUF names the contiguous axis first
  tensor.type = read_tensor_type(reader, tensor.name);
  info.offset = reader.number<std::uint64_t>(what);
  const auto bytes = stored_bytes(tensor.type, tensor.shape);
  if (!bytes) reader.fail(fmt::format("{} has the impossible shape {}", what, shape_text(tensor.shape)));
  info.bytes = *bytes;
  return info;
}

// Each tensor's bytes, inside the file, aligned, and shared with no other tensor.
void place_tensors(const GgufReader& reader, std::span<const std::byte> bytes, std::uint64_t alignment,
                   std::vector<TensorInfo>& infos) {
  const std::uint64_t padding = (alignment - reader.at() % alignment) % alignment;
  const std::uint64_t begin = std::min<std::uint64_t>(reader.at() + padding, bytes.size());
  const std::uint64_t room = bytes.size() - begin;
  for (TensorInfo& info : infos) {
    if (info.offset % alignment != 0) {
      reader.fail(fmt::format("tensor '{}' begins at offset {}, not a multiple of the alignment {}",
                              info.tensor.name, info.offset, alignment));
    }
    if (info.offset > room || info.bytes > room - info.offset) {
      reader.fail(fmt::format("tensor '{}' takes up {} bytes from offset {}; the data section has {}",
                              info.tensor.name, info.bytes, info.offset, room));
    }
    info.tensor.data = bytes.subspan(begin + info.offset, info.bytes);
  }
  std::vector<const TensorInfo*> in_order;
  for (const TensorInfo& info : infos) in_order.push_back(&info);
  std::ranges::sort(in_order, {}, &TensorInfo::offset);
  for (std::size_t i = 1; i < in_order.size(); ++i) {
    if (in_order[i - 1]->offset + in_order[i - 1]->bytes > in_order[i]->offset) {
      reader.fail(fmt::format("tensors '{}' and '{}' overlap", in_order[i - 1]->tensor.name,
                              in_order[i]->tensor.name));
    }
  }
}

}  // namespace

GgufFile::GgufFile(const std::filesystem::path& file) : name_(file.string()), file_(file) {
  refuse_lfs_pointer(file, file_.bytes());
  GgufReader reader(file_.bytes(), name_);
  if (reader.number<std::uint32_t>("the magic number") != 0x46554747) {  // "GGUF"
    reader.fail("not a GGUF file: it does not begin with 'GGUF'", "expected a model in GGUF format");
  }
  const auto version = reader.number<std::uint32_t>("the version");
  if (version != 2 && version != 3) {
    reader.fail(fmt::format("GGUF version {}; expected 2 or 3 (little-endian)", version),
                "convert the model with a current llama.cpp");
  }
  constexpr std::size_t least_tensor_bytes = 8 + 4 + 8 + 4 + 8, least_value_bytes = 8 + 4 + 1;
  const std::size_t tensors = reader.count(least_tensor_bytes, "the number of tensors");
  const std::size_t values = reader.count(least_value_bytes, "the number of metadata values");
  for (std::size_t i = 0; i < values; ++i) {
    std::string key = reader.string(fmt::format("the key of metadata value {}", i));
    GgufValue value = read_gguf_value(reader, fmt::format("metadata '{}'", key));
    const auto [place, is_new] = metadata_.emplace(std::move(key), std::move(value));
    if (!is_new) reader.fail(fmt::format("metadata '{}' is there twice", place->first));
  }

  refuse_part_of_split();

  std::vector<TensorInfo> infos;
  std::set<std::string> names;
  for (std::size_t i = 0; i < tensors; ++i) {
    infos.push_back(read_tensor_info(reader, i));
    if (!names.insert(infos.back().tensor.name).second) {
      reader.fail(fmt::format("tensor '{}' is there twice", infos.back().tensor.name));
    }
  }
  const std::int64_t* stated = find<std::int64_t>("general.alignment");
  const std::int64_t alignment = stated == nullptr ? 32 : *stated;
  if (alignment < 1 || alignment > (1 << 20) || !std::has_single_bit(static_cast<std::uint64_t>(alignment))) {
    reader.fail(fmt::format("metadata 'general.alignment' is {}; expected a power of two", alignment));
  }
  place_tensors(reader, file_.bytes(), static_cast<std::uint64_t>(alignment), infos);
  for (TensorInfo& info : infos) tensors_.push_back(std::move(info.tensor));
}

void GgufFile::refuse_part_of_split() const {
  const std::int64_t* count = find<std::int64_t>("split.count");
  if (count == nullptr || *count <= 1) return;
  const std::int64_t* number = find<std::int64_t>("split.no");  // from 0
  const std::string part = number == nullptr ? "one part" : fmt::format("part {}", *number + 1);
  throw InputError(
      fmt::format("{}: {} of {} of a split model, which pbb reads whole only", name_, part, *count),
      "join the parts with llama.cpp: llama-gguf-split --merge FIRST-PART.gguf WHOLE.gguf");
}

void GgufFile::missing(std::string_view key) const {
  throw InputError(fmt::format("{}: metadata '{}' is missing", name_, key),
                   "is this a language model of a supported family (llama, qwen2, qwen3)?");
}

void GgufFile::mistyped(std::string_view key, std::string_view wanted) const {
  throw InputError(fmt::format("{}: metadata '{}' is not {}", name_, key, wanted), damaged_file_hint);
}

}  // namespace pbb
