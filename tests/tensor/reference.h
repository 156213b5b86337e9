// Reference arithmetic for the tests of ops: everything in double, written for clarity; gradients by central
// differences of the reference, so that no backward formula is written down twice.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tensor/ops/rope.h"
#include "tensor/tensor.h"

namespace pbb::reference {

using Values = std::vector<double>;

// Uniform in [-scale, scale], rounded to `type`; fixed by `stream`.
Tensor random_tensor(std::vector<std::int64_t> shape, DataType type, const std::string& stream,
                     double scale = 1);
Values values_of(const Tensor& tensor);
Tensor tensor_of(const Values& values, std::vector<std::int64_t> shape, DataType type = DataType::f32);

// The gradient of `loss` at `point` by central differences.
Values gradient_of(const std::function<double(const Values&)>& loss, Values point);
double dot(const Values& a, const Values& b);

// Every |actual - wanted| is at most tolerance · max(1, max |wanted|); the failure names the first such
// place.
void expect_close(const Values& actual, const Values& wanted, double tolerance, const std::string& what = {});

// (m, k) · (n, k)ᵀ
Values product_transposed(const Values& left, const Values& right, std::size_t m, std::size_t n,
                          std::size_t k);
Values rms_norm(const Values& x, const Values& weight, double epsilon);
Values swiglu(const Values& gate_up, std::size_t width);
Values attention(const Values& qkv, const std::vector<std::int32_t>& offsets, const AttentionShape& shape,
                 Values* log_sum = nullptr);
Values log_probabilities(const Values& logits, const std::vector<std::int32_t>& targets);

// Rounding errors: relative to the largest value, for results kept in this type.
inline double tolerance_of(DataType type) {
  return type == DataType::bf16 ? 8e-3 : 2e-5;
}

}  // namespace pbb::reference
