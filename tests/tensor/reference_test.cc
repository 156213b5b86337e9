// The arithmetic that the tests of this room compare with (it holds no test of its own).
#include "tensor/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "tensor/bfloat16.h"

namespace pbb::reference {

Tensor random_tensor(std::vector<std::int64_t> shape, DataType type, const std::string& stream,
                     double scale) {
  Tensor tensor(std::move(shape), DataType::f32);
  Random random(1, stream);
  for (float& value : tensor.span<float>()) value = static_cast<float>(scale * (2 * random.uniform() - 1));
  return type == DataType::f32 ? tensor : tensor_of(values_of(tensor), tensor.shape(), type);
}

Values values_of(const Tensor& tensor) {
  if (tensor.type() == DataType::f32) {
    const auto span = tensor.span<float>();
    return {span.begin(), span.end()};
  }
  Values values;
  for (const BFloat16 value : tensor.span<BFloat16>()) values.push_back(static_cast<double>(to_float(value)));
  return values;
}

Tensor tensor_of(const Values& values, std::vector<std::int64_t> shape, DataType type) {
  Tensor tensor(std::move(shape), type);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<float>(values[i]);
    if (type == DataType::f32) {
      tensor.span<float>()[i] = value;
    } else {
      tensor.span<BFloat16>()[i] = to_bfloat16(value);
    }
  }
  return tensor;
}

Values gradient_of(const std::function<double(const Values&)>& loss, Values point) {
  constexpr double step = 1e-5;
  Values gradient;
  for (double& value : point) {
    const double kept = value;
    value = kept + step;
    const double above = loss(point);
    value = kept - step;
    gradient.push_back((above - loss(point)) / (2 * step));
    value = kept;
  }
  return gradient;
}

double dot(const Values& a, const Values& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void expect_close(const Values& actual, const Values& wanted, double tolerance, const std::string& what) {
  ASSERT_EQ(actual.size(), wanted.size()) << what;
  double largest = 1;
  for (const double value : wanted) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    ASSERT_NEAR(actual[i], wanted[i], tolerance * largest) << what << " at " << i;
  }
}

Values product_transposed(const Values& left, const Values& right, std::size_t m, std::size_t n,
                          std::size_t k) {
  Values result(m * n);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t l = 0; l < k; ++l) result[i * n + j] += left[i * k + l] * right[j * k + l];
    }
  }
  return result;
}

Values rms_norm(const Values& x, const Values& weight, double epsilon) {
  const std::size_t width = weight.size();
  Values y(x.size());
  for (std::size_t start = 0; start < x.size(); start += width) {
    double sum = 0;
    for (std::size_t c = 0; c < width; ++c) sum += x[start + c] * x[start + c];
    const double rms = std::sqrt(sum / static_cast<double>(width) + epsilon);
    for (std::size_t c = 0; c < width; ++c) y[start + c] = x[start + c] / rms * weight[c];
  }
  return y;
}

Values swiglu(const Values& gate_up, std::size_t width) {
  Values hidden;
  for (std::size_t start = 0; start < gate_up.size(); start += 2 * width) {
    for (std::size_t c = 0; c < width; ++c) {
      const double gate = gate_up[start + c];
      hidden.push_back(gate / (1 + std::exp(-gate)) * gate_up[start + width + c]);
    }
  }
  return hidden;
}

Values attention(const Values& qkv, const std::vector<std::int32_t>& offsets, const AttentionShape& shape,
                 Values* log_sum) {
  const auto size = static_cast<std::size_t>(shape.head_size);
  const auto heads = static_cast<std::size_t>(shape.heads);
  const auto kv_heads = static_cast<std::size_t>(shape.kv_heads);
  const auto row = static_cast<std::size_t>(shape.row());
  const std::size_t tokens = qkv.size() / row;
  Values out(tokens * heads * size);
  if (log_sum != nullptr) log_sum->assign(heads * tokens, 0);
  for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
    const auto begin = static_cast<std::size_t>(offsets[s]);
    const auto end = static_cast<std::size_t>(offsets[s + 1]);
    for (std::size_t h = 0; h < heads; ++h) {
      const double* query = &qkv[h * size];
      const double* key = &qkv[(heads + h * kv_heads / heads) * size];
      const double* value = key + kv_heads * size;
      for (std::size_t t = begin; t < end; ++t) {
        Values weights;
        double total = 0;
        for (std::size_t j = begin; j <= t; ++j) {
          double score = 0;
          for (std::size_t i = 0; i < size; ++i) score += query[t * row + i] * key[j * row + i];
          weights.push_back(std::exp(score / std::sqrt(static_cast<double>(size))));
          total += weights.back();
        }
        if (log_sum != nullptr) (*log_sum)[h * tokens + t] = std::log(total);
        for (std::size_t j = begin; j <= t; ++j) {
          for (std::size_t i = 0; i < size; ++i) {
            out[(t * heads + h) * size + i] += weights[j - begin] / total * value[j * row + i];
          }
        }
      }
    }
  }
  return out;
}

Values log_probabilities(const Values& logits, const std::vector<std::int32_t>& targets) {
  const std::size_t width = logits.size() / targets.size();
  Values result;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    double total = 0;
    for (std::size_t v = 0; v < width; ++v) total += std::exp(logits[t * width + v]);
    result.push_back(logits[t * width + static_cast<std::size_t>(targets[t])] - std::log(total));
  }
  return result;
}

}  // namespace pbb::reference
