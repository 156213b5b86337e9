// A decoder-only transformer (Llama, SmolLM2; Qwen2 and Qwen3 by config): weights, forward, backward, cached
// decoding. The passes are written out; there is no autograd tape.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/adapter.h"
#include "model/buffers.h"
#include "model/config.h"
#include "model/parameters.h"
#include "tensor/ops/attention.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/tensor.h"

namespace pbb {

// Sequences packed end to end.
struct PackedTokens {
  std::vector<std::int32_t> tokens;   // T
  std::vector<std::int32_t> offsets;  // S+1: sequence s is [offsets[s], offsets[s+1])
  std::vector<std::int32_t> targets;  // T: the token to predict at each place, or -1 for no loss there
  std::vector<float> weights = {};    // T: what the loss at each place counts with, of any sign; empty: 1
  // T: 1 where the model is to keep saying what it says without its adapter (the reference): the loss there
  // is the divergence from that, KL(reference ‖ model), in place of the target's cross-entropy. Without an
  // adapter there is no reference, and it means nothing. Empty: none.
  std::vector<std::uint8_t> keeps = {};
};

// The keys and values of sequences being generated: one slot each.
class DecoderCache {
 public:
  DecoderCache(const DecoderConfig& config, int slots, int capacity, DataType type);
  std::vector<KeyValueCache>& layers() { return layers_; }
  int slots() const { return slots_; }
  int capacity() const { return capacity_; }
  // The first `length` positions of slot `from` become those of slot `to`, in every layer.
  void copy_prefix(int from, int to, std::size_t length);

 private:
  std::vector<KeyValueCache> layers_;
  int slots_, capacity_;
};

struct GradientOptions {
  Recompute recompute = Recompute::none;
  bool add = true;            // to the gradients as they are; false: whatever they were is overwritten
  bool only_unknown = false;  // targets whose probability is 0.5 or more weigh nothing
};

// Σ -weight · log p(target), in nats.
double loss_sum(std::span<const TargetOutcome> outcomes);

class Decoder {
 public:
  // Weights are zero until they are loaded (model/load.h) or drawn (initialize). `compute`: f32 or bf16
  // products.
  Decoder(DecoderConfig config, DataType compute);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  const DecoderConfig& config() const;
  DataType compute() const;
  // The model's own weights, without any adapter.
  ParameterSet& base();
  const std::vector<Parameter>& parameters() const;  // base().places
  Tensor& weights();                                 // base().flat: (P) f32
  void initialize(std::uint64_t seed);  // normal(0, 0.02) matrices, norms of one: for tests and random shapes
  void refresh();                       // after weights or an adapter have changed: packed copies follow

  // What training changes, and what gradients, moments and checkpoints are laid out by: the adapter where one
  // is active, the base being frozen then; else the base.
  ParameterSet& trained();
  void refresh_trained();  // after trained() alone has changed: a frozen base's copies stay
  // At most one adapter is active; every pass applies it. Switching costs no more than its own packing.
  void add_adapter(const AdapterOptions& options,
                   std::uint64_t seed);  // make_adapter's, in place of any other
  void set_adapter(Adapter adapter);     // made for this config, else Error
  std::optional<Adapter> remove_adapter();
  const Adapter* adapter() const;  // null: none
  // Adds s B A to the base's weights, and drops the adapter. Error when there is none.
  void merge_adapter();

  // log p(target) for every place with a target; 0 elsewhere. log_probabilities: T. No gradient, little
  // memory.
  void score(const PackedTokens& batch, std::span<float> log_probabilities);
  // Forward and backward. loss = -loss_scale · Σ weight · log p(target), or the divergence where a place
  // keeps to the reference, whose rows cost a second forward pass; gradients: f32, laid out as
  // trained().flat, the same to the bit whatever is recomputed. Returns how each target fared, in order.
  std::vector<TargetOutcome> accumulate_gradients(const PackedTokens& batch, float loss_scale,
                                                  Tensor& gradients, const GradientOptions& options = {});
  // What the last pass took of the decoder's memory for activations.
  const BufferPlan& buffers_taken() const;

  // Cached decoding: row r holds tokens[r] at positions[r] of slots[r] (see attention_cached). Any mix of
  // prompts and single new tokens. logits_rows: the rows whose logits are wanted, in order; logits:
  // (logits_rows.size(), V) f32.
  void decode(std::span<const std::int32_t> tokens, std::span<const std::int32_t> slots,
              std::span<const std::int32_t> positions, std::span<const std::int32_t> logits_rows,
              DecoderCache& cache, Tensor& logits);
  // For decoding many sequences: see LinearWeight::pack. The copies go with the next refresh.
  void pack_for_decoding();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace pbb
