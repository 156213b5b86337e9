#include "tensor/bfloat16.h"
#include "tensor/ops/check.h"
#include "tensor/parallel.h"
#include "tensor/tensor.h"

namespace pbb {
namespace {

template <typename From, typename To>
void convert_elements(const Tensor& from, Tensor& to) {
  const auto source = from.span<From>();
  const auto target = to.span<To>();
  parallel_ranges(from.size(), 16384, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      target[i] = from_float<To>(to_float(source[i]));
    }
  });
}

}  // namespace

void convert(const Tensor& from, Tensor& to) {
  check_operands(is_float(from) && is_float(to) && from.size() == to.size(), "convert",
                 "needs f32 or bf16 of equally many elements", {&from, &to});
  const bool from_f32 = from.type() == DataType::f32;
  const bool to_f32 = to.type() == DataType::f32;
  if (from_f32 && to_f32) convert_elements<float, float>(from, to);
  if (from_f32 && !to_f32) convert_elements<float, BFloat16>(from, to);
  if (!from_f32 && to_f32) convert_elements<BFloat16, float>(from, to);
  if (!from_f32 && !to_f32) convert_elements<BFloat16, BFloat16>(from, to);
}

}  // namespace pbb
