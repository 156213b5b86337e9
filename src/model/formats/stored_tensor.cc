// Element types as the GGUF and safetensors specifications lay them out; all little-endian.
#include "model/formats/stored_tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace pbb {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are read as they lie");

constexpr std::int64_t block_elements = 32;  // elements of a quantised block

struct Encoding {
  std::int64_t elements;  // of a block
  std::int64_t bytes;     // of a block
};

Encoding encoding(StoredType type) {
  switch (type) {
    case StoredType::f32:
      return {1, 4};
    case StoredType::f16:
    case StoredType::bf16:
      return {1, 2};
    case StoredType::q8_0:
      return {block_elements, 2 + block_elements};
    case StoredType::q4_0:
      return {block_elements, 2 + block_elements / 2};
    case StoredType::q4_1:
      return {block_elements, 4 + block_elements / 2};
  }
  return {1, 4};
}

std::uint16_t load_16(const std::byte* from) {
  std::uint16_t bits;
  std::memcpy(&bits, from, sizeof bits);
  return bits;
}

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1FU, fraction = half & 0x3FFU;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13);
  if (exponent == 0) {  // zero or subnormal: fraction · 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign == 0 ? magnitude : -magnitude;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

float load_half(const std::byte* from) {
  return half_to_float(load_16(from));
}

void read_block(StoredType type, const std::byte* from, float* to) {
  switch (type) {
    case StoredType::f32:
      std::memcpy(to, from, sizeof *to);
      return;
    case StoredType::f16:
      *to = load_half(from);
      return;
    case StoredType::bf16:
      *to = std::bit_cast<float>(static_cast<std::uint32_t>(load_16(from)) << 16);
      return;
    case StoredType::q8_0: {
      const float scale = load_half(from);
      for (std::int64_t i = 0; i < block_elements; ++i)
        to[i] = scale * static_cast<float>(static_cast<std::int8_t>(from[2 + i]));
      return;
    }
    case StoredType::q4_0:
    case StoredType::q4_1: {
      // The low halves of the bytes are the block's first 16 elements, the high halves its last 16.
      const bool has_minimum = type == StoredType::q4_1;
      const float scale = load_half(from), minimum = has_minimum ? load_half(from + 2) : 0.0F;
      const std::byte* quants = from + (has_minimum ? 4 : 2);
      const int zero = has_minimum ? 0 : 8;
      for (std::int64_t i = 0; i < block_elements / 2; ++i) {
        const int both = std::to_integer<int>(quants[i]);
        to[i] = scale * static_cast<float>((both & 15) - zero) + minimum;
        to[i + block_elements / 2] = scale * static_cast<float>((both >> 4) - zero) + minimum;
      }
      return;
    }
  }
}

// Where row `row` of a head-wise interleaved matrix belongs: pair member `half` of pair `i` lies at 2i + half
// in the file, at half · size/2 + i in Hugging Face's order.
std::int64_t half_split_row(std::int64_t row, std::int64_t rows, int heads) {
  const std::int64_t size = rows / heads;
  const std::int64_t head = row / size, within = row % size;
  return head * size + (within % 2) * (size / 2) + within / 2;
}

// The row that lies there in the file.
void read_row(const StoredTensor& tensor, std::int64_t row, float* to) {
  const auto [elements, bytes] = encoding(tensor.type);
  const std::int64_t blocks = tensor.columns() / elements;
  const std::byte* from = tensor.data.data() + row * blocks * bytes;
  for (std::int64_t block = 0; block < blocks; ++block) {
    read_block(tensor.type, from + block * bytes, to + block * elements);
  }
}

}  // namespace

std::optional<std::uint64_t> stored_bytes(StoredType type, std::span<const std::int64_t> shape) {
  if (shape.empty()) return std::nullopt;
  const auto [elements, bytes] = encoding(type);
  if (shape.back() % elements != 0) return std::nullopt;
  std::int64_t total = bytes;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] < 1) return std::nullopt;
    const std::int64_t count = axis + 1 == shape.size() ? shape[axis] / elements : shape[axis];
    if (__builtin_mul_overflow(total, count, &total)) return std::nullopt;
  }
  return static_cast<std::uint64_t>(total);
}

bool same_values(const StoredTensor& one, const StoredTensor& other) {
  if (one.type == other.type && std::ranges::equal(one.data, other.data)) return true;
  // A row at a time: the two may be the largest tensors of the file.
  std::vector<float> row_of_one(static_cast<std::size_t>(one.columns())), row_of_other(row_of_one.size());
  for (std::int64_t row = 0; row < one.rows(); ++row) {
    read_row(one, row, row_of_one.data());
    read_row(other, row, row_of_other.data());
    if (row_of_one != row_of_other) return false;
  }
  return true;
}

void read_values(const StoredTensor& tensor, std::span<float> out) {
  const std::int64_t rows = tensor.rows(), columns = tensor.columns();
#pragma omp parallel for schedule(static) if (rows * columns > (1 << 16))
  for (std::int64_t row = 0; row < rows; ++row) {
    const int heads = tensor.interleaved_heads;
    read_row(tensor, row, out.data() + (heads > 0 ? half_split_row(row, rows, heads) : row) * columns);
  }
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace pbb
