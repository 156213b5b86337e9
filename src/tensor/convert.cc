#include "tensor/ops/check.h"
#include "tensor/ops/cpu.h"
#include "tensor/tensor.h"

namespace pbb {

void convert(const Tensor& from, Tensor& to) {
  check_operands(is_float(from) && is_float(to) && from.size() == to.size(), "convert",
                 "needs f32 or bf16 of equally many elements", {&from, &to});
  cpu::convert(from, to);
}

}  // namespace pbb
