#include "tensor/ops/swiglu.h"

#include "tensor/ops/check.h"
#include "tensor/ops/cpu.h"

namespace pbb {
namespace {

void check(std::string_view op, const Tensor& gate_up, const Tensor& hidden) {
  check_operands(is_matrix(gate_up) && is_float(gate_up) && hidden.type() == gate_up.type() &&
                     is_matrix(hidden) && has_shape(gate_up, {hidden.rows(), 2 * hidden.columns()}),
                 op, "needs gate_up (T, 2F) and hidden (T, F) of one type", {&gate_up, &hidden});
}

}  // namespace

void swiglu_forward(const Tensor& gate_up, Tensor& hidden) {
  check("swiglu_forward", gate_up, hidden);
  cpu::swiglu_forward(gate_up, hidden);
}

void swiglu_backward(const Tensor& d_hidden, const Tensor& gate_up, Tensor& d_gate_up) {
  check("swiglu_backward", gate_up, d_hidden);
  check("swiglu_backward", d_gate_up, d_hidden);
  cpu::swiglu_backward(d_hidden, gate_up, d_gate_up);
}

}  // namespace pbb
