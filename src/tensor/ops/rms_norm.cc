#include "tensor/ops/rms_norm.h"

#include "tensor/ops/check.h"
#include "tensor/ops/cpu.h"

namespace pbb {
namespace {

void check(std::string_view op, const Tensor& x, const Tensor& weight, const Tensor& y,
           const Tensor& inverse_rms) {
  check_operands(is_matrix(x) && x.type() == DataType::f32 && weight.type() == DataType::f32 && is_float(y) &&
                     inverse_rms.type() == DataType::f32 && has_shape(weight, {x.columns()}) &&
                     y.shape() == x.shape() && has_shape(inverse_rms, {x.rows()}),
                 op, "needs x f32 (T, C), weight f32 (C), y (T, C), inverse_rms f32 (T)",
                 {&x, &weight, &y, &inverse_rms});
}

}  // namespace

void rms_norm_forward(const Tensor& x, const Tensor& weight, float epsilon, Tensor& y, Tensor& inverse_rms) {
  check("rms_norm_forward", x, weight, y, inverse_rms);
  cpu::rms_norm_forward(x, weight, epsilon, y, inverse_rms);
}

void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inverse_rms,
                       Tensor& dx, Tensor& d_weight) {
  check("rms_norm_backward", x, weight, dy, inverse_rms);
  check("rms_norm_backward", dx, d_weight.empty() ? weight : d_weight, dy, inverse_rms);
  cpu::rms_norm_backward(dy, x, weight, inverse_rms, dx, d_weight);
}

}  // namespace pbb
