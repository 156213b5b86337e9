#include "tensor/ops/linear_cpu.h"

#include <oneapi/dnnl/dnnl.hpp>

namespace pbb::cpu {
namespace {

using Layout = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;

Layout layout_of(std::int64_t rows, std::int64_t columns, Tag tag) {
  return {{rows, columns}, dnnl::memory::data_type::f32, tag};
}

}  // namespace

// For this direction sgemm is a little faster than the matmul primitive on a weight in place.
void backward_input_product(const Tensor& dy, const Tensor& weight, Tensor& dx, bool accumulate) {
  dnnl::sgemm('N', 'N', dy.rows(), weight.columns(), weight.rows(), 1.0F, dy.span<float>().data(),
              dy.columns(), weight.span<float>().data(), weight.columns(), accumulate ? 1.0F : 0.0F,
              dx.span<float>().data(), dx.columns());
}

// The primitive is made for every call: oneDNN itself keeps those of recent shapes, so that this costs
// microseconds.
void backward_weight_product(const Tensor& dy, const Tensor& x, Tensor& d_weight, bool accumulate) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const auto wrap = [&](const Layout& layout, const Tensor& tensor) {
    return dnnl::memory(layout, engine, const_cast<void*>(tensor.raw()));  // it knows no constant memory
  };
  const Layout left = layout_of(dy.columns(), dy.rows(), Tag::ba);
  const Layout right = layout_of(x.rows(), x.columns(), Tag::ab);
  const Layout result = layout_of(d_weight.rows(), d_weight.columns(), Tag::ab);
  dnnl::primitive_attr attributes;
  if (accumulate) {
    dnnl::post_ops addition;
    addition.append_sum(1.0F);
    attributes.set_post_ops(addition);
  }
  const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(left, right, result), attributes, engine);
  dnnl::stream stream(engine);
  dnnl::matmul(description)
      .execute(stream, {{DNNL_ARG_SRC, wrap(left, dy)},
                        {DNNL_ARG_WEIGHTS, wrap(right, x)},
                        {DNNL_ARG_DST, wrap(result, d_weight)}});
  stream.wait();
}

}  // namespace pbb::cpu
