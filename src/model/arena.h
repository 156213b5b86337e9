// Activation memory that is reused from call to call.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace pbb {

// Hands out tensors from chunks that it keeps, so that a loop over similar batches allocates nothing. Chunks
// are never freed to make a larger one: freed memory may stay with the process, and the peak would double.
class Arena {
 public:
  explicit Arena(DataType type) : type_(type) {}
  void reset();                                  // everything taken before is invalid from here on
  Tensor take(std::vector<std::int64_t> shape);  // not zeroed

 private:
  DataType type_;
  std::vector<Tensor> chunks_;
  std::size_t current_ = 0;     // the chunk that is being handed out
  std::int64_t used_ = 0;       // elements of it
  std::int64_t allocated_ = 0;  // elements of all chunks
};

}  // namespace pbb
