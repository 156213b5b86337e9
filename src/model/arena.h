// Activation memory that is reused from call to call.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace pbb {

// Hands out tensors from one block. What does not fit is allocated apart, and the next reset() grows the
// block to what was needed, so that a loop over similar batches allocates nothing. Not zeroed.
class Arena {
 public:
  explicit Arena(DataType type) : type_(type) {}
  void reset();  // everything taken before is invalid from here on
  Tensor take(std::vector<std::int64_t> shape);

 private:
  DataType type_;
  Tensor block_;
  std::int64_t used_ = 0, needed_ = 0;  // elements
};

}  // namespace pbb
