#include "generation/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/cancellation.h"
#include "base/error.h"
#include "generation/sample.h"
#include "generation/schedule.h"

namespace pbb {
namespace {

void check(const DecoderConfig& config, std::span<const std::vector<std::int32_t>> prompts,
           const GenerationOptions& options) {
  if (options.max_new_tokens < 1 || options.batch_size < 1 || !(options.temperature >= 0) ||
      !std::isfinite(options.temperature)) {
    throw InputError(fmt::format("generation with max_new_tokens {}, batch_size {}, temperature {}",
                                 options.max_new_tokens, options.batch_size, options.temperature),
                     "the first two must be at least 1, the temperature at least 0");
  }
  for (std::size_t p = 0; p < prompts.size(); ++p) {
    if (prompts[p].empty()) throw InputError(fmt::format("prompt {} is empty", p), "give at least one token");
    if (prompts[p].size() > static_cast<std::size_t>(config.context)) {
      throw InputError(fmt::format("prompt {} has {} tokens; the model's context is {}", p, prompts[p].size(),
                                   config.context),
                       "shorten the prompt, or take a model with a longer context");
    }
  }
}

class Generation {
 public:
  Generation(Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
             const GenerationOptions& options)
      : decoder_(decoder),
        options_(options),
        schedule_(decoder.config(), prompts, options),
        completions_(prompts.size()) {
    for (std::size_t p = 0; p < prompts.size(); ++p) {
      randoms_.emplace_back(options.seed, fmt::format("prompt:{}", p));
    }
  }
  std::vector<Completion> run();

 private:
  void take(std::size_t slot, const TokenChoice& choice);

  Decoder& decoder_;
  const GenerationOptions& options_;
  Schedule schedule_;
  std::vector<Random> randoms_;  // one a prompt, as completions_
  std::vector<Completion> completions_;
};

// The sequence in `slot` goes on with `choice`, or ends and leaves the slot.
void Generation::take(std::size_t slot, const TokenChoice& choice) {
  const std::size_t prompt = schedule_.prompt_in(slot);
  Completion& completion = completions_[prompt];
  if (std::isnan(choice.log_probability)) {
    throw Error(fmt::format("prompt {}: the model's logits are not finite after {} new tokens", prompt,
                            completion.tokens.size()),
                "the weights have diverged; take an earlier checkpoint or a lower learning rate");
  }
  completion.stopped = std::ranges::find(options_.stop_tokens, choice.token) != options_.stop_tokens.end();
  if (!completion.stopped) {
    completion.tokens.push_back(choice.token);
    completion.log_probabilities.push_back(choice.log_probability);
    if (options_.on_token) options_.on_token(prompt, choice.token);
  }
  const bool full = completion.tokens.size() == static_cast<std::size_t>(options_.max_new_tokens) ||
                    schedule_.is_full(slot);
  if (!completion.stopped && !full) {
    schedule_.go_on(slot, choice.token);
    return;
  }
  completion.shared_tokens = schedule_.shared_tokens(slot);
  schedule_.leave(slot);
  if (options_.on_progress) options_.on_progress(schedule_.finished(), completions_.size());
}

std::vector<Completion> Generation::run() {
  if (completions_.empty()) return {};
  if (packs_weights(schedule_.slots())) decoder_.pack_for_decoding();
  const std::int64_t vocabulary = decoder_.config().vocabulary;
  DecoderCache cache(decoder_.config(), static_cast<int>(schedule_.slots()),
                     static_cast<int>(schedule_.capacity()), decoder_.compute());
  const auto copy_prefix = [&](std::size_t from, std::size_t to, std::size_t length) {
    cache.copy_prefix(static_cast<int>(from), static_cast<int>(to), length);
  };
  Tensor all_logits({static_cast<std::int64_t>(schedule_.slots()), vocabulary}, DataType::f32);
  while (!schedule_.done()) {
    throw_if_cancelled();
    const DecodeRows rows = schedule_.next(copy_prefix);
    if (options_.on_call) options_.on_call(rows.size());
    const auto count = static_cast<std::int64_t>(rows.logits_rows.size());
    Tensor logits = all_logits.row_range(0, count);
    decoder_.decode(rows.tokens, rows.slots, rows.positions, rows.logits_rows, cache, logits);

    std::vector<LogitsSummary> summaries(rows.logits_rows.size());
    summarize_logits(logits, summaries);
    std::vector<TokenChoice> choices(rows.logits_rows.size());
#pragma omp parallel for schedule(static)
    for (std::int64_t r = 0; r < count; ++r) {
      const auto row = static_cast<std::size_t>(r);
      Random& random = randoms_[schedule_.prompt_in(rows.logits_slots[row])];
      choices[row] = choose_token(logits.row_range(r, r + 1).span<float>(), summaries[row],
                                  options_.temperature, random);
    }
    for (std::size_t r = 0; r < choices.size(); ++r) take(rows.logits_slots[r], choices[r]);
  }
  return std::move(completions_);
}

}  // namespace

bool packs_weights(std::size_t sequences) {
  return sequences > 8;  // up to there a step is bound by reading the weights, not by products
}

std::vector<Completion> generate(Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
                                 const GenerationOptions& options) {
  check(decoder.config(), prompts, options);
  return Generation(decoder, prompts, options).run();
}

}  // namespace pbb
