// A decoder-only transformer (Llama, SmolLM2; Qwen2 and Qwen3 by config): weights, forward, backward, cached
// decoding. The passes are written out; there is no autograd tape.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/buffers.h"
#include "model/config.h"
#include "tensor/ops/attention.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/tensor.h"

namespace pbb {

// A named weight: a view into the model's one flat array. Names are Hugging Face's
// ("model.layers.0.self_attn.q_proj.weight").
struct Parameter {
  std::string name;
  Tensor value;             // f32
  std::int64_t offset = 0;  // of its first element in the flat array
  bool decays = false;      // weight decay applies (matrices, not norms and biases)
};

// Sequences packed end to end.
struct PackedTokens {
  std::vector<std::int32_t> tokens;   // T
  std::vector<std::int32_t> offsets;  // S+1: sequence s is [offsets[s], offsets[s+1])
  std::vector<std::int32_t> targets;  // T: the token to predict at each place, or -1 for no loss there
  std::vector<float> weights = {};    // T: what the loss at each place counts with, of any sign; empty: 1
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
  const std::vector<Parameter>& parameters() const;
  Tensor& weights();                    // (P) f32, all parameters end to end
  void initialize(std::uint64_t seed);  // normal(0, 0.02) matrices, norms of one: for tests and random shapes
  void refresh();                       // after weights() has changed: packed copies follow

  // log p(target) for every place with a target; 0 elsewhere. log_probabilities: T. No gradient, little
  // memory.
  void score(const PackedTokens& batch, std::span<float> log_probabilities);
  // Forward and backward. loss = -loss_scale · Σ weight · log p(target); gradients: (P) f32, laid out as
  // weights(), the same to the bit whatever is recomputed. Returns how each target fared, in order.
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
