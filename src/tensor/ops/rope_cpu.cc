#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/rope_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "tensor/bfloat16.h"
#include "tensor/ops/cpu.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// In place, in one pass: the pairs (first[i], second[i]) are rotated by the angles i; all (half).
template <typename T>
void rotate_head(T* first, T* second, const float* cosine, const float* sine, std::size_t half,
                 float direction) {
  const Vector sign = hn::Set(float_tag, direction);
  for_each_vector(half, [&](std::size_t i, auto extent) {
    const Vector c = load(cosine + i, extent);
    const Vector s = hn::Mul(load(sine + i, extent), sign);
    const Vector a = load(first + i, extent);
    const Vector b = load(second + i, extent);
    store(hn::NegMulAdd(b, s, hn::Mul(a, c)), first + i, extent);
    store(hn::MulAdd(a, s, hn::Mul(b, c)), second + i, extent);
  });
}

void rope_rotate(Tensor& qkv, const AttentionShape& shape, std::span<const std::int32_t> positions,
                 const RopeTable& table, float direction) {
  const auto half = static_cast<std::size_t>(shape.head_size / 2);
  const auto heads = static_cast<std::size_t>(shape.heads + shape.kv_heads);
  const auto stride = static_cast<std::size_t>(shape.row());
  const float* cosine = table.cosine.span<float>().data();
  const float* sine = table.sine.span<float>().data();
  const std::int32_t* position = positions.data();
  visit_elements(qkv, [&](auto* elements) {
    parallel_ranges(qkv.rows(), 16, [=](std::int64_t begin, std::int64_t end) {
      for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
        const std::size_t angle = static_cast<std::size_t>(position[t]) * half;
        for (std::size_t h = 0; h < heads; ++h) {
          auto* head = elements + t * stride + h * 2 * half;
          rotate_head(head, head + half, cosine + angle, sine + angle, half, direction);
        }
      }
    });
  });
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(rope_rotate);
void rope_rotate(Tensor& qkv, const AttentionShape& shape, std::span<const std::int32_t> positions,
                 const RopeTable& table, float direction) {
  HWY_DYNAMIC_DISPATCH(rope_rotate)(qkv, shape, positions, table, direction);
}

}  // namespace pbb::cpu
#endif
