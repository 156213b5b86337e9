// LoRA adapters (Hu et al., 2021): W becomes W + s B A, where A and B alone are trained.
#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "base/options.h"
#include "model/config.h"
#include "model/layout.h"
#include "model/parameters.h"
#include "tensor/ops/low_rank.h"

namespace pbb {

// Hugging Face's names of the projections.
inline constexpr const char* projection_names[] = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                                   "gate_proj", "up_proj", "down_proj"};

struct AdapterOptions {
  int rank = 16;
  double alpha = 32;    // s = alpha / rank
  bool rslora = false;  // s = alpha / sqrt(rank) (Kalajdzievski, 2023)
  // The projections of every layer that are adapted, by Hugging Face's names.
  std::vector<std::string> targets = {std::begin(projection_names), std::end(projection_names)};
  bool operator==(const AdapterOptions&) const = default;
};

template <typename Fields>
void list_options(Fields& fields, AdapterOptions& options) {
  fields("rank", options.rank, Range{0, 1024},
         "of the update of each matrix; 0: no adapter, all weights are trained");
  fields("alpha", options.alpha, Range{0, 1e6, true}, "its scale times the rank");
  fields("rslora", options.rslora, "the scale is alpha / sqrt(rank)");
  fields("targets", options.targets, Words(projection_names),
         "the projections of every layer that are adapted");
}

// s.
float adapter_scale(const AdapterOptions& options);
std::string adapter_text(const AdapterOptions& options);  // "rank 16, alpha 32, of q_proj, k_proj, …"
// InputError naming what cannot be: the rank, alpha, a target that is not a projection or is named twice.
void check_adapter(const AdapterOptions& options);

// "model.layers.0.self_attn.q_proj.lora_A.weight" (rank, in) and "….lora_B.weight" (out, rank): layer by
// layer and product by product, the As of a product's targets before their Bs. In order, without gaps.
std::vector<ParameterPlace> adapter_layout(const DecoderConfig& config, const AdapterOptions& options);
// The most columns that x Aᵀ has in any product.
std::int64_t widest_low_rank(const DecoderConfig& config, const AdapterOptions& options);
// Bytes of what products hold beside an adapter's parameters.
std::int64_t adapter_held_bytes(const DecoderConfig& config, const AdapterOptions& options, DataType compute);

// The factors of one product, or their gradients, and the rows that they update. No ranges: not adapted.
struct AdaptedProduct {
  LowRankFactors factors;
  std::vector<RowRange> ranges;
};
using AdaptedLayer = std::array<AdaptedProduct, product_count>;  // by ProductKind
// flat: laid out as adapter_layout says.
std::vector<AdaptedLayer> view_adapter(const DecoderConfig& config, const AdapterOptions& options,
                                       const Tensor& flat);

struct Adapter {
  AdapterOptions options;
  ParameterSet parameters;
};

// A: uniform in ±1/sqrt(in), as PEFT draws it (Kaiming uniform with a = sqrt(5)); B: zero. So it changes
// nothing before it is trained. Fixed by the seed and the parameters' names.
Adapter make_adapter(const DecoderConfig& config, const AdapterOptions& options, std::uint64_t seed);

}  // namespace pbb
