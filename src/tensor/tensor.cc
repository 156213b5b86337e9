#include "tensor/tensor.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

namespace pbb {
namespace {

constexpr std::align_val_t alignment{64};

std::int64_t element_count(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return 0;
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0) throw std::logic_error("a tensor's extent is negative: " + std::to_string(extent));
    if (__builtin_mul_overflow(count, extent, &count)) throw std::logic_error("a tensor's shape overflows");
  }
  return count;
}

std::shared_ptr<std::byte[]> allocate(std::size_t bytes) {
  const std::size_t padded = std::max<std::size_t>(bytes, 1);
  auto* memory = static_cast<std::byte*>(::operator new[](padded, alignment));
  std::memset(memory, 0, padded);
  return {memory, [](std::byte* pointer) { ::operator delete[](pointer, alignment); }};
}

}  // namespace

std::size_t element_bytes(DataType type) {
  return type == DataType::bf16 ? 2 : 4;
}

std::string_view data_type_name(DataType type) {
  switch (type) {
    case DataType::f32:
      return "f32";
    case DataType::bf16:
      return "bf16";
    case DataType::i32:
      return "i32";
  }
  return "unknown";
}

DataType fastest_compute_type() {
  // The builtin asks cpuid and, for the wide registers, whether the operating system saves them.
  return __builtin_cpu_supports("avx512bf16") != 0 ? DataType::bf16 : DataType::f32;
}

Tensor::Tensor(std::vector<std::int64_t> shape, DataType type) : shape_(std::move(shape)), type_(type) {
  const std::int64_t count = element_count(shape_);
  if (count > std::numeric_limits<std::int64_t>::max() / 4) {
    throw std::logic_error("a tensor's shape overflows");
  }
  storage_ = allocate(bytes());
  data_ = storage_.get();
}

Tensor Tensor::over(std::shared_ptr<std::byte[]> memory, std::int64_t offset, std::vector<std::int64_t> shape,
                    DataType type) {
  Tensor tensor;
  tensor.storage_ = std::move(memory);
  tensor.data_ = tensor.storage_.get() + offset;
  tensor.shape_ = std::move(shape);
  tensor.type_ = type;
  return tensor;
}

std::int64_t Tensor::size() const {
  return element_count(shape_);
}
std::size_t Tensor::bytes() const {
  return static_cast<std::size_t>(size()) * element_bytes(type_);
}

std::int64_t Tensor::columns() const {
  std::int64_t count = shape_.empty() ? 0 : 1;
  for (std::size_t axis = 1; axis < shape_.size(); ++axis) count *= shape_[axis];
  return count;
}

Tensor Tensor::row_range(std::int64_t begin, std::int64_t end) const {
  if (begin < 0 || begin > end || shape_.empty() || end > rows()) {
    throw std::logic_error("rows [" + std::to_string(begin) + ", " + std::to_string(end) + ") of " +
                           std::to_string(shape_.empty() ? 0 : rows()));
  }
  std::vector<std::int64_t> shape = shape_;
  shape[0] = end - begin;
  return slice(begin * columns(), std::move(shape));
}

Tensor Tensor::reshaped(std::vector<std::int64_t> shape) const {
  if (element_count(shape) != size()) {
    throw std::logic_error("a tensor of " + std::to_string(size()) + " elements reshaped to " +
                           std::to_string(element_count(shape)));
  }
  return slice(0, std::move(shape));
}

Tensor Tensor::slice(std::int64_t offset, std::vector<std::int64_t> shape) const {
  const std::int64_t count = element_count(shape);
  if (offset < 0 || offset > size() || count > size() - offset) {
    throw std::logic_error("a slice of " + std::to_string(count) + " elements at " + std::to_string(offset) +
                           " of a tensor of " + std::to_string(size()));
  }
  Tensor view = *this;
  view.shape_ = std::move(shape);
  if (data_ != nullptr) view.data_ = data_ + static_cast<std::size_t>(offset) * element_bytes(type_);
  return view;
}

void Tensor::fill_zero() {
  if (data_ != nullptr) std::memset(data_, 0, bytes());
}

void Tensor::check_type(DataType wanted) const {
  if (wanted != type_) {
    throw std::logic_error("a tensor of " + std::string(data_type_name(type_)) + " used as " +
                           std::string(data_type_name(wanted)));
  }
}

}  // namespace pbb
