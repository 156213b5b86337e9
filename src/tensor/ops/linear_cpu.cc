#include "tensor/ops/linear_cpu.h"

namespace pbb::cpu {
namespace {

using Layout = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;

dnnl::memory::data_type library_type(DataType type) {
  return type == DataType::f32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}
Layout layout_of(std::int64_t rows, std::int64_t columns, DataType type, Tag tag) {
  return {{rows, columns}, library_type(type), tag};
}
Layout as_it_lies(const Tensor& tensor) {
  return layout_of(tensor.rows(), tensor.columns(), tensor.type(), Tag::ab);
}
Layout transposed(const Tensor& tensor) {
  return layout_of(tensor.columns(), tensor.rows(), tensor.type(), Tag::ba);
}

dnnl::memory wrap(const Layout& layout, const dnnl::engine& engine, const Tensor& tensor) {
  return {layout, engine, const_cast<void*>(tensor.raw())};  // oneDNN knows no constant memory
}

dnnl::matmul::primitive_desc describe(const dnnl::engine& engine, const Layout& left, const Layout& right,
                                      const Layout& result, bool accumulate) {
  dnnl::primitive_attr attributes;
  if (accumulate) {
    dnnl::post_ops addition;
    addition.append_sum(1.0F);
    attributes.set_post_ops(addition);
  }
  return {dnnl::matmul::desc(left, right, result), attributes, engine};
}

void multiply_memory(const dnnl::engine& engine, const dnnl::memory& left, const dnnl::memory& right,
                     const dnnl::memory& result, bool accumulate) {
  dnnl::stream stream(engine);
  dnnl::matmul(describe(engine, left.get_desc(), right.get_desc(), result.get_desc(), accumulate))
      .execute(stream, {{DNNL_ARG_SRC, left}, {DNNL_ARG_WEIGHTS, right}, {DNNL_ARG_DST, result}});
  stream.wait();
}

}  // namespace

// For this direction sgemm is a little faster than the matmul primitive on a weight in place.
void backward_input_product(const Tensor& dy, const Tensor& weight, Tensor& dx, bool accumulate) {
  dnnl::sgemm('N', 'N', dy.rows(), weight.columns(), weight.rows(), 1.0F, dy.span<float>().data(),
              dy.columns(), weight.span<float>().data(), weight.columns(), accumulate ? 1.0F : 0.0F,
              dx.span<float>().data(), dx.columns());
}

void backward_weight_product(const Tensor& dy, const Tensor& x, Tensor& d_weight, bool accumulate) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  multiply_memory(engine, wrap(transposed(dy), engine, dy), wrap(as_it_lies(x), engine, x),
                  wrap(as_it_lies(d_weight), engine, d_weight), accumulate);
}

PackedWeight::PackedWeight(const Tensor& master, Direction direction)
    : master_layout_(direction == Direction::forward ? transposed(master) : as_it_lies(master)) {
  constexpr std::int64_t rows = 1024;  // the layout that is chosen does not depend on it
  const std::int64_t k = master_layout_.dims()[0];
  const std::int64_t n = master_layout_.dims()[1];
  const Layout left = layout_of(rows, k, DataType::bf16, Tag::ab);
  const Layout result = layout_of(rows, n, DataType::bf16, Tag::ab);
  const Layout any = layout_of(k, n, DataType::bf16, Tag::any);
  packed_ = dnnl::memory(describe(engine_, left, any, result, false).weights_desc(), engine_);
}

void PackedWeight::refresh(const Tensor& master) {
  dnnl::memory from = wrap(master_layout_, engine_, master);
  dnnl::stream stream(engine_);
  dnnl::reorder(from, packed_).execute(stream, from, packed_);
  stream.wait();
}

void PackedWeight::multiply(const Tensor& left, Tensor& result, bool accumulate) const {
  multiply_memory(engine_, wrap(as_it_lies(left), engine_, left), packed_,
                  wrap(as_it_lies(result), engine_, result), accumulate);
}

}  // namespace pbb::cpu
