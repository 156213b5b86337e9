#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/convert_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "tensor/bfloat16.h"
#include "tensor/ops/cpu.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

template <typename From, typename To>
void convert_elements(const From* from, To* to, std::int64_t count) {
  parallel_ranges(count, 16384, [=](std::int64_t begin, std::int64_t end) {
    const From* source = from + begin;
    To* target = to + begin;
    for_each_vector(static_cast<std::size_t>(end - begin),
                    [&](std::size_t i, auto extent) { store(load(source + i, extent), target + i, extent); });
  });
}

void convert(const Tensor& from, Tensor& to) {
  visit_elements(from, [&](const auto* source) {
    visit_elements(to, [&](auto* target) { convert_elements(source, target, from.size()); });
  });
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(convert);
void convert(const Tensor& from, Tensor& to) {
  HWY_DYNAMIC_DISPATCH(convert)(from, to);
}

}  // namespace pbb::cpu
#endif
