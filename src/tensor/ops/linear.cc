#include "tensor/ops/linear.h"

#include <cstring>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <tuple>

#include "tensor/bfloat16.h"
#include "tensor/ops/check.h"
#include "tensor/parallel.h"

namespace pbb {
namespace {

using MemoryDescriptor = dnnl::memory::desc;
using Extents = dnnl::memory::dims;

dnnl::memory::data_type library_type(DataType type) {
  return type == DataType::f32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}

MemoryDescriptor row_major(const Extents& extents, DataType type) {
  return {extents, library_type(type), dnnl::memory::format_tag::ab};
}
MemoryDescriptor column_major(const Extents& extents, DataType type) {
  return {extents, library_type(type), dnnl::memory::format_tag::ba};
}
MemoryDescriptor any_layout(const Extents& extents, DataType type) {
  return {extents, library_type(type), dnnl::memory::format_tag::any};
}

dnnl::memory wrap(const MemoryDescriptor& descriptor, const dnnl::engine& engine, const Tensor& tensor) {
  return {descriptor, engine, const_cast<void*>(tensor.raw())};  // NOLINT: oneDNN has no constant memory
}

dnnl::matmul::primitive_desc matmul_descriptor(const dnnl::engine& engine, const MemoryDescriptor& left,
                                               const MemoryDescriptor& right, const MemoryDescriptor& result,
                                               bool accumulate) {
  dnnl::primitive_attr attributes;
  if (accumulate) {
    dnnl::post_ops addition;
    addition.append_sum(1.0F);
    attributes.set_post_ops(addition);
  }
  return {dnnl::matmul::desc(left, right, result), attributes, engine};
}

// result (m, n) = or += left (m, k) · right (k, n); `left_transposed` says that left lies as (k, m).
void sgemm(bool left_transposed, bool right_transposed, std::int64_t m, std::int64_t n, std::int64_t k,
           const Tensor& left, const Tensor& right, Tensor& result, bool accumulate) {
  const std::int64_t left_stride = left_transposed ? m : k;
  const std::int64_t right_stride = right_transposed ? k : n;
  dnnl::sgemm(left_transposed ? 'T' : 'N', right_transposed ? 'T' : 'N', m, n, k, 1.0F,
              left.span<float>().data(), left_stride, right.span<float>().data(), right_stride,
              accumulate ? 1.0F : 0.0F, result.span<float>().data(), n);
}

// One direction of a bf16 weight: its copy in the layout that oneDNN prefers, and products by row count.
class PackedWeight {
 public:
  // `master` is seen as (k, n): `transposed` when it lies as (n, k).
  PackedWeight(const Tensor& master, bool transposed) : transposed_(transposed) {
    k_ = transposed ? master.columns() : master.rows();
    n_ = transposed ? master.rows() : master.columns();
    constexpr std::int64_t typical_rows = 1024;
    layout_ = matmul_descriptor(engine_, row_major({typical_rows, k_}, DataType::bf16),
                                any_layout({k_, n_}, DataType::bf16),
                                row_major({typical_rows, n_}, DataType::bf16), false)
                  .weights_desc();
    packed_ = dnnl::memory(layout_, engine_);
  }

  void refresh(const Tensor& master) {
    const auto descriptor =
        transposed_ ? column_major({k_, n_}, DataType::f32) : row_major({k_, n_}, DataType::f32);
    dnnl::memory from = wrap(descriptor, engine_, master);
    dnnl::reorder(from, packed_).execute(stream_, from, packed_);
    stream_.wait();
  }

  void multiply(const Tensor& left, Tensor& result, bool accumulate) {
    const Key key{left.rows(), result.type(), accumulate};
    auto found = products_.find(key);
    if (found == products_.end()) {
      constexpr std::size_t most_products = 64;  // row counts vary from batch to batch
      if (products_.size() >= most_products) products_.clear();
      const auto descriptor =
          matmul_descriptor(engine_, row_major({left.rows(), k_}, DataType::bf16), layout_,
                            row_major({left.rows(), n_}, result.type()), accumulate);
      found = products_.emplace(key, dnnl::matmul(descriptor)).first;
    }
    found->second.execute(
        stream_, {{DNNL_ARG_SRC, wrap(row_major({left.rows(), k_}, DataType::bf16), engine_, left)},
                  {DNNL_ARG_WEIGHTS, packed_},
                  {DNNL_ARG_DST, wrap(row_major({left.rows(), n_}, result.type()), engine_, result)}});
    stream_.wait();
  }

 private:
  using Key = std::tuple<std::int64_t, DataType, bool>;  // rows, result type, accumulate

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  bool transposed_;
  std::int64_t k_ = 0;
  std::int64_t n_ = 0;
  MemoryDescriptor layout_;
  dnnl::memory packed_;
  std::map<Key, dnnl::matmul> products_;
};

}  // namespace

struct LinearWeight::Implementation {
  Tensor master;
  DataType compute = DataType::f32;
  std::unique_ptr<PackedWeight> forward, backward;  // bf16 only
};

LinearWeight::LinearWeight(Tensor master, DataType compute, bool trainable)
    : implementation_(std::make_unique<Implementation>()) {
  check_operands(is_matrix(master) && master.type() == DataType::f32 && compute != DataType::i32,
                 "LinearWeight", "needs an f32 (out, in) master and f32 or bf16 compute", {&master});
  implementation_->master = std::move(master);
  implementation_->compute = compute;
  if (compute == DataType::bf16) {
    implementation_->forward = std::make_unique<PackedWeight>(implementation_->master, true);
    if (trainable) implementation_->backward = std::make_unique<PackedWeight>(implementation_->master, false);
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
    sgemm(false, true, x.rows(), weight.out(), weight.in(), x, master, y, false);
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
    sgemm(false, false, dy.rows(), weight.in(), weight.out(), dy, master, dx, accumulate);
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
  if (dy.type() == DataType::f32) {
    sgemm(true, false, dy.columns(), x.columns(), dy.rows(), dy, x, d_weight, true);
    return;
  }
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const auto left = column_major({dy.columns(), dy.rows()}, DataType::bf16);
  const auto right = row_major({x.rows(), x.columns()}, DataType::bf16);
  const auto result = row_major({dy.columns(), x.columns()}, DataType::f32);
  dnnl::matmul(matmul_descriptor(engine, left, right, result, true))
      .execute(stream, {{DNNL_ARG_SRC, wrap(left, engine, dy)},
                        {DNNL_ARG_WEIGHTS, wrap(right, engine, x)},
                        {DNNL_ARG_DST, wrap(result, engine, d_weight)}});
  stream.wait();
}

}  // namespace pbb
