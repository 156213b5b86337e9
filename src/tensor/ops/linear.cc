#include "tensor/ops/linear.h"

#include "tensor/ops/check.h"
#include "tensor/ops/linear_cpu.h"
#include "tensor/ops/product_cpu.h"

namespace pbb {

struct LinearWeight::Implementation {
  Tensor master;
  DataType compute = DataType::f32;
  bool trainable = false;
  cpu::PackedRight forward;   // of f32 only while asked for
  cpu::PackedRight backward;  // of bf16, if trainable

  cpu::MatrixView transposed() const { return cpu::as_it_lies(master).transposed(); }
};

LinearWeight::LinearWeight(Tensor master, DataType compute, bool trainable)
    : implementation_(std::make_unique<Implementation>()) {
  check_operands(is_matrix(master) && master.type() == DataType::f32 && compute != DataType::i32,
                 "LinearWeight", "needs an f32 (out, in) master and f32 or bf16 compute", {&master});
  Implementation& held = *implementation_;
  held.master = std::move(master);
  held.compute = compute;
  held.trainable = trainable;
  if (compute == DataType::bf16) {
    held.forward = cpu::PackedRight(held.transposed(), compute);
    if (trainable) held.backward = cpu::PackedRight(cpu::as_it_lies(held.master), compute);
  }
}
LinearWeight::~LinearWeight() = default;
LinearWeight::LinearWeight(LinearWeight&&) noexcept = default;
LinearWeight& LinearWeight::operator=(LinearWeight&&) noexcept = default;

void LinearWeight::pack() {
  Implementation& held = *implementation_;
  if (held.forward.empty()) held.forward = cpu::PackedRight(held.transposed(), held.compute);
}

void LinearWeight::refresh() {
  Implementation& held = *implementation_;
  if (held.compute == DataType::f32) {
    held.forward = {};
    return;
  }
  held.forward.refresh(held.transposed());
  if (held.trainable) held.backward.refresh(cpu::as_it_lies(held.master));
}

std::int64_t LinearWeight::packed_bytes(std::int64_t out, std::int64_t in, DataType compute, bool trainable) {
  const std::int64_t forward = cpu::PackedRight::bytes(in, out, compute);
  const bool packs_backward = trainable && compute == DataType::bf16;
  return forward + (packs_backward ? cpu::PackedRight::bytes(out, in, compute) : 0);
}

std::int64_t LinearWeight::out() const {
  return implementation_->master.rows();
}
std::int64_t LinearWeight::in() const {
  return implementation_->master.columns();
}
DataType LinearWeight::compute() const {
  return implementation_->compute;
}

void linear_forward(const Tensor& x, const LinearWeight& weight, Tensor& y, bool accumulate) {
  const LinearWeight::Implementation& held = weight.implementation();
  check_operands(is_matrix(x) && x.type() == held.compute &&
                     (y.type() == held.compute || y.type() == DataType::f32) && x.columns() == weight.in() &&
                     has_shape(y, {x.rows(), weight.out()}),
                 "linear_forward", "needs x (T, in), weight (out, in), y (T, out)", {&x, &held.master, &y});
  if (x.rows() == 0) return;
  if (held.compute == DataType::bf16) {
    cpu::bf16_product(cpu::as_it_lies(x), held.forward, y, accumulate);
  } else if (!held.forward.empty() && !accumulate) {
    cpu::float_product(cpu::as_it_lies(x), held.forward, y);
  } else {
    cpu::float_product(cpu::as_it_lies(x), held.transposed(), y, accumulate);
  }
}

void linear_backward_input(const Tensor& dy, const LinearWeight& weight, Tensor& dx, bool accumulate) {
  const LinearWeight::Implementation& held = weight.implementation();
  check_operands(is_matrix(dy) && dy.type() == held.compute &&
                     (dx.type() == held.compute || dx.type() == DataType::f32) &&
                     dy.columns() == weight.out() && has_shape(dx, {dy.rows(), weight.in()}),
                 "linear_backward_input", "needs dy (T, out), weight (out, in), dx (T, in)",
                 {&dy, &held.master, &dx});
  check_operands(held.trainable, "linear_backward_input", "the weight was made with trainable = false");
  if (dy.rows() == 0) return;
  if (held.compute == DataType::f32) {
    cpu::backward_input_product(dy, held.master, dx, accumulate);
  } else {
    cpu::bf16_product(cpu::as_it_lies(dy), held.backward, dx, accumulate);
  }
}

void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor& d_weight, bool accumulate) {
  if (d_weight.empty()) return;
  check_operands(is_matrix(dy) && is_matrix(x) && is_float(dy) && dy.type() == x.type() &&
                     d_weight.type() == DataType::f32 && dy.rows() == x.rows() &&
                     has_shape(d_weight, {dy.columns(), x.columns()}),
                 "linear_backward_weight", "needs dy (T, out), x (T, in), d_weight f32 (out, in)",
                 {&dy, &x, &d_weight});
  if (dy.rows() == 0) {
    if (!accumulate) d_weight.fill_zero();
    return;
  }
  if (dy.type() == DataType::f32) {
    cpu::backward_weight_product(dy, x, d_weight, accumulate);
  } else {
    cpu::bf16_product(cpu::as_it_lies(dy).transposed(), cpu::as_it_lies(x), d_weight, accumulate);
  }
}

}  // namespace pbb
