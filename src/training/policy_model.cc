#include "training/policy_model.h"

#include <algorithm>
#include <cmath>

#include "examples/pack.h"
#include "generation/generate.h"
#include "training/accumulate.h"

namespace pbb {
namespace {

constexpr int scored_tokens = 1024;  // at once

SampledAnswer answer_of(const Completion& completion) {
  SampledAnswer answer{.tokens = completion.tokens, .cut = !completion.stopped};
  for (const float probability : completion.log_probabilities) answer.log_probability += probability;
  return answer;
}

// The scores of each sequence's own targets, taken out of those of all places.
void take_scores(const PackedTokens& batch, std::span<const float> places, PolicyModel::Scores& scores) {
  for (std::size_t s = 0; s + 1 < batch.offsets.size(); ++s) {
    std::vector<float>& of_sequence = scores.emplace_back();
    for (auto i = static_cast<std::size_t>(batch.offsets[s]);
         i < static_cast<std::size_t>(batch.offsets[s + 1]); ++i) {
      if (batch.targets[i] >= 0) of_sequence.push_back(places[i]);
    }
  }
}

}  // namespace

PolicyModel::PolicyModel(Decoder& decoder, bool keeps_reference) : decoder_(&decoder) {
  if (!keeps_reference) return;
  const auto weights = decoder.trained().flat.span<float>();
  reference_.assign(weights.begin(), weights.end());
}

std::vector<SampledAnswer> PolicyModel::answers(std::span<const std::vector<std::int32_t>> prompts,
                                                const AnswerSampling& sampling) const {
  std::vector<std::int32_t> endings(prompts.size(), -1);
  GenerationOptions options;
  options.max_new_tokens = sampling.max_new_tokens;
  options.batch_size = sampling.batch_size;
  options.temperature = 1;
  options.seed = sampling.seed;
  options.is_stop = [&](std::size_t prompt, std::span<const std::int32_t> answer, std::int32_t token) {
    const bool ends = sampling.ends(answer, token);
    if (ends) endings[prompt] = token;
    return ends;
  };
  std::vector<SampledAnswer> answers;
  for (const Completion& completion : generate(*decoder_, prompts, options)) {
    const std::int32_t ending = endings[answers.size()];
    answers.push_back(answer_of(completion));
    if (completion.stopped) answers.back().tokens.push_back(ending);
  }
  return answers;
}

PolicyModel::Scores PolicyModel::score(std::span<const Example> examples) const {
  Scores scores;
  std::size_t longest = scored_tokens;
  for (const Example& example : examples) longest = std::max(longest, example.tokens.size());
  for (const auto& part : split_micro_batches(examples, static_cast<int>(longest))) {
    const PackedTokens batch = pack(part, decoder_->config().context);
    std::vector<float> places(batch.tokens.size());
    decoder_->score(batch, places);
    take_scores(batch, places, scores);
  }
  return scores;
}

PolicyModel::Scores PolicyModel::score_by_reference(std::span<const Example> examples) const {
  exchange_weights();
  Scores scores = score(examples);
  exchange_weights();
  return scores;
}

void PolicyModel::exchange_weights() const {
  std::ranges::swap_ranges(decoder_->trained().flat.span<float>(), reference_);
  decoder_->refresh_trained();
}

}  // namespace pbb
