// A decoder's adapter: putting it in, taking it out, merging it, and the products that apply it.
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "model/decoder_implementation.h"

namespace pbb {
namespace {

Tensor low_rank_rows(const Tensor& buffer, const Tensor& x, const LowRankWeight& weight) {
  return buffer.slice(0, {x.rows(), weight.columns()});
}

}  // namespace

void Decoder::Implementation::project(const Tensor& x, std::size_t layer, ProductKind kind, Scratch& scratch,
                                      Tensor& y) const {
  const auto& [weight, update] = product(layer, kind);
  linear_forward(x, weight, y);
  if (!update || scratch.low_rank.empty()) return;
  Tensor h = low_rank_rows(scratch.low_rank, x, *update);
  low_rank_forward(x, *update, h, y);
}

void Decoder::Implementation::backward_project(const Tensor& dy, const Tensor& x, std::size_t layer,
                                               ProductKind kind, Scratch& scratch,
                                               GradientScratch& gradient_scratch, Tensor& dx,
                                               LayerGradients& d_layer, bool add) const {
  const auto& [weight, update] = product(layer, kind);
  linear_backward_weight(dy, x, matrix_of(d_layer.base, kind), add);
  linear_backward_input(dy, weight, dx);
  if (!update) return;
  Tensor h = low_rank_rows(scratch.low_rank, x, *update);
  Tensor dh = low_rank_rows(gradient_scratch.d_low_rank, x, *update);
  low_rank_backward(dy, x, *update, h, dh, dx, d_layer.adapter[static_cast<std::size_t>(kind)].factors, add);
}

ParameterSet& Decoder::trained() {
  Implementation& self = *implementation_;
  return self.adapter ? self.adapter->parameters : self.base;
}

void Decoder::refresh_trained() {
  Implementation& self = *implementation_;
  (self.adapter ? self.adapter_stale : self.stale) = true;
}

void Decoder::add_adapter(const AdapterOptions& options, std::uint64_t seed) {
  set_adapter(make_adapter(config(), options, seed));
}

void Decoder::set_adapter(Adapter adapter) {
  const std::vector<ParameterPlace> layout = adapter_layout(config(), adapter.options);
  const auto is_same = [](const ParameterPlace& place, const Parameter& parameter) {
    return place.name == parameter.name && place.shape == parameter.value.shape();
  };
  if (!std::ranges::equal(layout, adapter.parameters.places, is_same)) {
    throw Error("the adapter was made for a model of another shape");
  }
  implementation_->adapter = std::move(adapter);
  implementation_->adapter_switched = true;
}

std::optional<Adapter> Decoder::remove_adapter() {
  implementation_->adapter_switched = true;
  return std::exchange(implementation_->adapter, std::nullopt);
}

const Adapter* Decoder::adapter() const {
  return implementation_->adapter ? &*implementation_->adapter : nullptr;
}

void Decoder::merge_adapter() {
  Implementation& self = *implementation_;
  if (!self.adapter) throw Error("there is no adapter to merge");
  const float scale = adapter_scale(self.adapter->options);
  std::vector<AdaptedLayer> adapted =
      view_adapter(self.config, self.adapter->options, self.adapter->parameters.flat);
  for (std::size_t layer = 0; layer < adapted.size(); ++layer) {
    for (const ProductKind kind : all_products) {
      auto& [factors, ranges] = adapted[layer][static_cast<std::size_t>(kind)];
      if (ranges.empty()) continue;
      Tensor& matrix = matrix_of(self.views.layers[layer], kind);
      LowRankWeight(std::move(factors), std::move(ranges), matrix.rows(), scale, DataType::f32)
          .add_to(matrix);
    }
  }
  remove_adapter();
  refresh();
}

}  // namespace pbb
