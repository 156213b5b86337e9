// Completions of many prompts at once: all submitted to one engine, which steps until they are done.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "generation/engine.h"
#include "model/decoder.h"

namespace pbb {

struct GenerationOptions {
  int max_new_tokens = 128;
  int batch_size = 64;                    // sequences decoded at once
  float temperature = 0.0F;               // 0: greedy
  float top_p = 1.0F;                     // see Sampling
  std::uint64_t seed = 0;                 // sampling only; stream per prompt, so batch size changes nothing
  std::vector<std::int32_t> stop_tokens;  // any of these ends a completion and is not part of it
  // Further tokens that end a prompt's completion: whether `token` does, after `completion`.
  std::function<bool(std::size_t prompt, std::span<const std::int32_t> completion, std::int32_t token)>
      is_stop;
  // Called in order for every new token of a prompt (streaming); may be empty, as the others.
  std::function<void(std::size_t prompt, std::int32_t token)> on_token;
  // See Request::continue_with.
  std::function<std::vector<std::int32_t>(std::size_t prompt, std::span<const std::int32_t> completion)>
      continue_with;
  std::function<void(std::size_t finished, std::size_t total)> on_progress;
  std::function<void(const CallSize& call)> on_call;  // before each decode call
};

// One completion a prompt, in the prompts' order: the same to the bit whatever the other prompts and the
// batch size are. Checks base/cancellation between steps (Interrupted).
std::vector<Completion> generate(Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
                                 const GenerationOptions& options);

// The engine that `generate` makes for these prompts.
EngineOptions engine_options(const DecoderConfig& config, std::span<const std::vector<std::int32_t>> prompts,
                             const GenerationOptions& options);

// The calls that `generate` would make if each prompt's answer took so many tokens, with the one that ends
// it.
std::vector<CallSize> planned_calls(const DecoderConfig& config,
                                    std::span<const std::vector<std::int32_t>> prompts,
                                    std::span<const std::int64_t> answers, const GenerationOptions& options);

}  // namespace pbb
