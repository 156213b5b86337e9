#include "tensor/ops/linear.h"

#include "tensor/ops/check.h"
#include "tensor/ops/linear_cpu.h"
#include "tensor/ops/product_cpu.h"

namespace pbb {

struct LinearWeight::Implementation {
  Tensor master;
  DataType compute = DataType::f32;
  bool trainable = false;
  std::unique_ptr<cpu::PackedWeight> forward, backward;  // bf16 in hardware only
  cpu::PackedRight packed;                               // empty until asked for

  cpu::MatrixView view() const {
    cpu::MatrixView view = cpu::as_it_lies(master);
    view.rounds = compute == DataType::bf16;
    return view;
  }
};

namespace {

// oneDNN's bf16 products are the fastest where the processor has such an instruction. Where it has none they
// are slow, and on AVX2 missing.
bool multiplies_half_in_hardware() {
  return fastest_compute_type() == DataType::bf16;
}

}  // namespace

LinearWeight::LinearWeight(Tensor master, DataType compute, bool trainable)
    : implementation_(std::make_unique<Implementation>()) {
  check_operands(is_matrix(master) && master.type() == DataType::f32 && compute != DataType::i32,
                 "LinearWeight", "needs an f32 (out, in) master and f32 or bf16 compute", {&master});
  implementation_->master = std::move(master);
  implementation_->compute = compute;
  implementation_->trainable = trainable;
  if (compute == DataType::bf16 && multiplies_half_in_hardware()) {
    using Direction = cpu::PackedWeight::Direction;
    implementation_->forward =
        std::make_unique<cpu::PackedWeight>(implementation_->master, Direction::forward);
    if (trainable)
      implementation_->backward =
          std::make_unique<cpu::PackedWeight>(implementation_->master, Direction::backward_input);
  }
  refresh();
}
LinearWeight::~LinearWeight() = default;
LinearWeight::LinearWeight(LinearWeight&&) noexcept = default;
LinearWeight& LinearWeight::operator=(LinearWeight&&) noexcept = default;

void LinearWeight::pack() {
  if (implementation_->forward || !implementation_->packed.empty()) return;
  implementation_->packed = cpu::PackedRight(implementation_->view().transposed());
}

void LinearWeight::refresh() {
  implementation_->packed = {};
  if (implementation_->forward) implementation_->forward->refresh(implementation_->master);
  if (implementation_->backward) implementation_->backward->refresh(implementation_->master);
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

void linear_forward(const Tensor& x, const LinearWeight& weight, Tensor& y) {
  const LinearWeight::Implementation& held = weight.implementation();
  check_operands(is_matrix(x) && x.type() == held.compute &&
                     (y.type() == held.compute || y.type() == DataType::f32) && x.columns() == weight.in() &&
                     has_shape(y, {x.rows(), weight.out()}),
                 "linear_forward", "needs x (T, in), weight (out, in), y (T, out)", {&x, &held.master, &y});
  if (x.rows() == 0) return;
  if (held.forward) {
    held.forward->multiply(x, y, false);
  } else if (!held.packed.empty()) {
    cpu::matrix_product(cpu::as_it_lies(x), held.packed, y);
  } else {
    cpu::matrix_product(cpu::as_it_lies(x), held.view().transposed(), y, false);
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
  } else if (held.backward) {
    held.backward->multiply(dy, dx, accumulate);
  } else {
    cpu::matrix_product(cpu::as_it_lies(dy), held.view(), dx, accumulate);
  }
}

void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor& d_weight, bool accumulate) {
  check_operands(is_matrix(dy) && is_matrix(x) && is_float(dy) && dy.type() == x.type() &&
                     d_weight.type() == DataType::f32 && dy.rows() == x.rows() &&
                     has_shape(d_weight, {dy.columns(), x.columns()}),
                 "linear_backward_weight", "needs dy (T, out), x (T, in), d_weight f32 (out, in)",
                 {&dy, &x, &d_weight});
  if (dy.rows() == 0) {
    if (!accumulate) d_weight.fill_zero();
    return;
  }
  if (dy.type() == DataType::f32 || multiplies_half_in_hardware()) {
    cpu::backward_weight_product(dy, x, d_weight, accumulate);
  } else {
    cpu::matrix_product(cpu::as_it_lies(dy).transposed(), cpu::as_it_lies(x), d_weight, accumulate);
  }
}

}  // namespace pbb
