// A named tensor as a model file stores it, and its values as f32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pbb {

// How a file stores elements. The quantised types hold blocks of 32 along a row: a scale (and, in q4_1, a
// minimum) as f16, then the quants.
enum class StoredType { f32, f16, bf16, q8_0, q4_0, q4_1 };

struct StoredTensor {
  std::string name;
  std::vector<std::int64_t> shape;  // row-major, the last axis contiguous
  StoredType type = StoredType::f32;
  std::span<const std::byte> data;  // exactly stored_bytes(type, shape)
  // Not 0: the rows of this many heads, where llama.cpp lays the two halves of a rotated pair side by side;
  // they are put back into Hugging Face's half-split order as they are read.
  int interleaved_heads = 0;

  std::int64_t rows() const { return shape.size() < 2 ? 1 : shape.front(); }
  std::int64_t columns() const { return shape.back(); }
};

// The bytes that `shape` takes up; empty when a dimension is below 1, the product overflows, or a row does
// not fill whole blocks.
std::optional<std::uint64_t> stored_bytes(StoredType type, std::span<const std::int64_t> shape);

// All elements, row-major. out: as many as the shape has; the tensor has one or two axes.
void read_values(const StoredTensor& tensor, std::span<float> out);

// Whether every element of two tensors of one shape, and of one or two axes, is equal, however each is
// stored.
bool same_values(const StoredTensor& one, const StoredTensor& other);

std::string shape_text(std::span<const std::int64_t> shape);  // "(49152, 576)"

}  // namespace pbb
