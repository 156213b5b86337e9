// Sequences decoded together, each with options of its own: requests come and go between steps.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/random.h"
#include "generation/sample.h"
#include "generation/schedule.h"
#include "model/decoder.h"

namespace pbb {

struct Completion {
  std::vector<std::int32_t> tokens;
  // Of each token under the model (temperature 1), natural log; NaN for those of continue_with.
  std::vector<float> log_probabilities;
  std::size_t shared_tokens = 0;  // of the prompt: taken over from another, not computed again
  bool stopped = false;           // by a stop token; false: cut at max_new_tokens or by the cache's end
};

struct Request {
  std::vector<std::int32_t> prompt;
  int max_new_tokens = 128;
  float temperature = 0.0F;               // 0: greedy
  float top_p = 1.0F;                     // see Sampling
  std::uint64_t seed = 0;                 // sampling only: of this request's own stream
  std::vector<std::int32_t> stop_tokens;  // any of these ends the completion and is not part of it
  // What the completion could turn out to be. The completion is the same to the bit with or without it: where it is
  // right, many tokens come from one call. Of no use, and passed over, where tokens are sampled.
  std::vector<std::int32_t> draft;

  int likeliest = 0;  // so many of the likeliest tokens are told with each choice

  // Further tokens that end it: whether `token` does, after `completion`.
  std::function<bool(std::span<const std::int32_t> completion, std::int32_t token)> is_stop;
  // The hooks below run on the thread that steps; each may be empty, may submit and cancel requests (its own
  // too), and may not step.
  std::function<void(const TokenChoice& token)> on_token;
  // After each token that the model chose: tokens to append as if it had said them. They are fed, not
  // sampled; they count towards max_new_tokens, and a stop token among them ends the completion.
  std::function<std::vector<std::int32_t>(std::span<const std::int32_t> completion)> continue_with;
  std::function<void(Completion completion)> on_finished;  // never after cancel
};

struct EngineOptions {
  std::size_t sequences = 64;     // decoded at once; further requests wait
  std::size_t cached_tokens = 0;  // a sequence can hold; 0: the model's context
};

// Continuous batching over one decoder, which nobody else may use meanwhile. A request's completion is the
// same to the bit whatever runs beside it.
class Engine {
 public:
  explicit Engine(Decoder& decoder, const EngineOptions& options = {});

  // InputError where the options are out of range or the prompt is empty or longer than a sequence can be.
  RequestId submit(Request request);
  // Nothing is said of it any more; without effect on one that has ended.
  void cancel(RequestId id);
  // One decode call: a token or more for each running sequence, prompts as far as there is room. False when there
  // was nothing to do. Error when the model's logits are not finite: the requests are lost then.
  bool step();

  std::size_t unfinished() const { return active_.size(); }
  // Of each decode call, before it is made.
  void set_on_call(std::function<void(const CallSize&)> on_call) { on_call_ = std::move(on_call); }

 private:
  struct Active {
    Request request;
    Random random;
    Completion completion;
    bool cancelled = false;
  };
  void remove_cancelled();
  std::vector<TokenChoice> choose(const DecodeRows& rows, const Tensor& logits);
  void take(std::size_t slot, const TokenChoice& choice);
  bool append(Active& active, const TokenChoice& choice, std::size_t slot);
  void finish(std::size_t slot, RequestId id);

  Decoder& decoder_;
  Schedule schedule_;
  DecoderCache cache_;
  Tensor logits_;  // (sequences + drafted rows, V) f32
  std::map<RequestId, Active> active_;
  RequestId next_id_ = 0;
  std::function<void(const CallSize&)> on_call_;
};

// Whether decoding so many sequences at once is worth packed copies of the weights
// (Decoder::pack_for_decoding).
bool packs_weights(std::size_t sequences);

}  // namespace pbb
