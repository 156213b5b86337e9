// A dense, row-major array: shape, element type, and shared storage that a view can look into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pbb {

// The upper half of an IEEE f32, rounded to nearest even.
struct BFloat16 {
  std::uint16_t bits = 0;
};

enum class DataType { f32, bf16, i32 };
std::size_t element_bytes(DataType type);
std::string_view data_type_name(DataType type);

// bf16 where this processor multiplies it in hardware, else f32. It is asked for AVX-512 BF16, which those with
// AMX have as well.
DataType fastest_compute_type();

template <typename T>
inline constexpr DataType data_type_of = DataType::f32;
template <>
inline constexpr DataType data_type_of<BFloat16> = DataType::bf16;
template <>
inline constexpr DataType data_type_of<std::int32_t> = DataType::i32;

// Copying a Tensor copies the view, not the elements. Storage is 64-byte aligned and zero at first. Always
// contiguous.
class Tensor {
 public:
  Tensor() = default;  // empty: no shape, no storage
  Tensor(std::vector<std::int64_t> shape, DataType type);
  // Elements that lie in `memory` from byte `offset` on, as they are; `memory` must have room for them.
  static Tensor over(std::shared_ptr<std::byte[]> memory, std::int64_t offset,
                     std::vector<std::int64_t> shape, DataType type);

  const std::vector<std::int64_t>& shape() const { return shape_; }
  std::int64_t dimension(std::size_t axis) const { return shape_.at(axis); }
  std::int64_t rows() const { return shape_.at(0); }  // the first axis
  std::int64_t columns() const;                       // all other axes together
  std::int64_t size() const;                          // elements
  std::size_t bytes() const;
  DataType type() const { return type_; }
  bool empty() const { return size() == 0; }

  // The elements as a flat span; throws std::logic_error when T is not the tensor's type.
  template <typename T>
  std::span<T> span() {
    check_type(data_type_of<T>);
    return {static_cast<T*>(raw()), static_cast<std::size_t>(size())};
  }
  template <typename T>
  std::span<const T> span() const {
    check_type(data_type_of<T>);
    return {static_cast<const T*>(raw()), static_cast<std::size_t>(size())};
  }
  void* raw() { return data_; }
  const void* raw() const { return data_; }

  Tensor row_range(std::int64_t begin, std::int64_t end) const;  // a view of rows [begin, end)
  Tensor reshaped(std::vector<std::int64_t> shape) const;        // the same elements, another shape
  Tensor slice(std::int64_t offset,
               std::vector<std::int64_t> shape) const;  // a view from element `offset` on
  void fill_zero();

 private:
  void check_type(DataType wanted) const;

  std::shared_ptr<std::byte[]> storage_;
  std::byte* data_ = nullptr;
  std::vector<std::int64_t> shape_;
  DataType type_ = DataType::f32;
};

// Element by element, any pair of f32 / bf16; shapes must hold equally many elements.
void convert(const Tensor& from, Tensor& to);

}  // namespace pbb
