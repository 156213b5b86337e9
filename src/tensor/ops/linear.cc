#include "tensor/ops/linear.h"

#include "tensor/ops/check.h"
#include "tensor/ops/linear_cpu.h"

namespace pbb {

struct LinearWeight::Implementation {
  Tensor master;
  DataType compute = DataType::f32;
  std::unique_ptr<cpu::PackedWeight> forward, backward;  // bf16 only
};

LinearWeight::LinearWeight(Tensor master, DataType compute, bool trainable)
    : implementation_(std::make_unique<Implementation>()) {
  check_operands(is_matrix(master) && master.type() == DataType::f32 && compute != DataType::i32,
                 "LinearWeight", "needs an f32 (out, in) master and f32 or bf16 compute", {&master});
  implementation_->master = std::move(master);
  implementation_->compute = compute;
  if (compute == DataType::bf16) {
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

void LinearWeight::refresh() {
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
  const auto& [master, compute, forward, backward] = weight.implementation();
  check_operands(is_matrix(x) && x.type() == compute && (y.type() == compute || y.type() == DataType::f32) &&
                     x.columns() == weight.in() && has_shape(y, {x.rows(), weight.out()}),
                 "linear_forward", "needs x (T, in), weight (out, in), y (T, out)", {&x, &master, &y});
  if (x.rows() == 0) return;
  if (compute == DataType::f32) {
    cpu::forward_product(x, master, y);
  } else {
    forward->multiply(x, y, false);
  }
}

void linear_backward_input(const Tensor& dy, const LinearWeight& weight, Tensor& dx, bool accumulate) {
  const auto& [master, compute, forward, backward] = weight.implementation();
  check_operands(
      is_matrix(dy) && dy.type() == compute && (dx.type() == compute || dx.type() == DataType::f32) &&
          dy.columns() == weight.out() && has_shape(dx, {dy.rows(), weight.in()}),
      "linear_backward_input", "needs dy (T, out), weight (out, in), dx (T, in)", {&dy, &master, &dx});
  if (dy.rows() == 0) return;
  if (compute == DataType::f32) {
    cpu::backward_input_product(dy, master, dx, accumulate);
  } else {
    check_operands(backward != nullptr, "linear_backward_input",
                   "the weight was made with trainable = false");
    backward->multiply(dy, dx, accumulate);
  }
}

void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor& d_weight) {
  check_operands(is_matrix(dy) && is_matrix(x) && is_float(dy) && dy.type() == x.type() &&
                     d_weight.type() == DataType::f32 && dy.rows() == x.rows() &&
                     has_shape(d_weight, {dy.columns(), x.columns()}),
                 "linear_backward_weight", "needs dy (T, out), x (T, in), d_weight f32 (out, in)",
                 {&dy, &x, &d_weight});
  if (dy.rows() == 0) return;
  cpu::backward_weight_product(dy, x, d_weight);
}

}  // namespace pbb
