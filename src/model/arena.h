// The memory of a pass: one block, handed out buffer by buffer, reused from call to call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace pbb {

// What a pass takes, in the order it takes it. Buffers of one name (a layer's, for each layer) are one line.
struct BufferPlan {
  struct Buffer {
    std::string name;
    int count = 0;
    std::int64_t bytes = 0;  // of all of them
  };
  std::vector<Buffer> buffers;
  std::int64_t bytes = 0;  // of the block; less than the sum where buffers that never live together share it
};

// A pass is written once, as code that takes buffers: on a planning arena it only counts, so that what is
// planned is what is taken. A pass first plans, then reserves, then takes.
class Arena {
 public:
  enum class Mode { taking, planning };
  explicit Arena(Mode mode = Mode::taking) : mode_(mode) {}

  // Room for `bytes`; everything taken before is invalid from here on. Memory counts as used once it is
  // written to, so room to spare costs nothing.
  void reserve(std::int64_t bytes);
  // Not zeroed; empty when planning. Error when there is no room left: the pass takes more than it planned.
  Tensor take(std::string_view name, std::vector<std::int64_t> shape, DataType type);

  // What is taken after going back to a mark takes the place of what was taken since.
  std::int64_t mark() const { return used_; }
  void go_back(std::int64_t mark) { used_ = mark; }

  const BufferPlan& taken() const { return taken_; }  // since the last reserve

 private:
  Mode mode_;
  std::shared_ptr<std::byte[]> block_;
  std::int64_t capacity_ = 0, used_ = 0;  // bytes
  BufferPlan taken_;
};

}  // namespace pbb
