// The model that a stage of GRPO trains, as what answers questions and says how likely an answer is.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "examples/example.h"
#include "model/decoder.h"

namespace pbb {

struct SampledAnswer {
  std::vector<std::int32_t> tokens;  // with the one that ended it
  bool cut = false;                  // none did: it is as long as answers may be
  double log_probability = 0;        // natural, of all of its tokens but the one that ended it
};

// Whether `token` ends an answer that so far is `answer`.
using EndsAnswer = std::function<bool(std::span<const std::int32_t> answer, std::int32_t token)>;

struct AnswerSampling {
  std::uint64_t seed = 0;   // each prompt has a stream of its own
  int max_new_tokens = 96;  // an answer is cut there
  int batch_size = 64;      // answers that are sampled at once
  EndsAnswer ends;
};

class PolicyModel {
 public:
  // `decoder`, which must outlive it, has the weights that the stage begins with; they are kept where there is to be a
  // reference.
  PolicyModel(Decoder& decoder, bool keeps_reference);

  // An answer a prompt, drawn at a temperature of 1 from all tokens, so that what is sampled is the model itself.
  // Interrupted on cancellation.
  std::vector<SampledAnswer> answers(std::span<const std::vector<std::int32_t>> prompts,
                                     const AnswerSampling& sampling) const;

  // Natural log of the probability of each target, in order: the same to the bit whatever is scored beside it.
  using Scores = std::vector<std::vector<float>>;
  Scores score(std::span<const Example> examples) const;
  Scores score_by_reference(std::span<const Example> examples) const;

 private:
  void exchange_weights() const;

  Decoder* decoder_;
  mutable std::vector<float> reference_;  // or, while it scores, the model's own; empty: there is none
};

}  // namespace pbb
