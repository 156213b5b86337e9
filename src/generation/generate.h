// Batched sampling with a key/value cache: finished sequences leave the batch and waiting prompts take their
// place; what prompts have in common at their beginning is computed once.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/random.h"
#include "model/decoder.h"

namespace pbb {

// Of one decode call: tokens that go through the model, and how many of them ask for the next one's logits.
struct CallSize {
  std::size_t rows = 0, logits = 0;
};

struct GenerationOptions {
  int max_new_tokens = 128;
  int batch_size = 64;                    // sequences decoded at once
  float temperature = 0.0F;               // 0: greedy
  std::uint64_t seed = 0;                 // sampling only; stream per prompt, so batch size changes nothing
  std::vector<std::int32_t> stop_tokens;  // any of these ends a completion and is not part of it
  // Called in order for every new token of a prompt (streaming); may be empty.
  std::function<void(std::size_t prompt, std::int32_t token)> on_token;
  std::function<void(std::size_t finished, std::size_t total)> on_progress;
  std::function<void(const CallSize& call)> on_call;  // before each decode call
};

struct Completion {
  std::vector<std::int32_t> tokens;
  std::vector<float> log_probabilities;  // of each token under the model (temperature 1), natural log
  std::size_t shared_tokens = 0;         // of the prompt: taken over from another, not computed again
  bool stopped = false;                  // by a stop token; false: cut at max_new_tokens or the context's end
};

// Rows of one decode call at most: of prompts, or one of each sequence where there are more of these.
inline constexpr std::int64_t most_decoded_rows = 1024;

// Whether decoding so many sequences at once is worth packed copies of the weights
// (Decoder::pack_for_decoding).
bool packs_weights(std::size_t sequences);

// One completion a prompt, in the prompts' order: the same to the bit whatever the other prompts and the
// batch size are. Checks base/cancellation between steps (Interrupted).
std::vector<Completion> generate(Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
                                 const GenerationOptions& options);

}  // namespace pbb
