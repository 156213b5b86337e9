// Continuous batching: every step decodes one token of each running sequence, and with them as many tokens of
// waiting prompts as there is room for.
#include "generation/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/cancellation.h"
#include "base/error.h"
#include "generation/sample.h"

namespace pbb {
namespace {

constexpr std::size_t kMostRows = 1024;  // of one decode call

// A prompt that occupies a slot of the cache.
struct Running {
  std::size_t prompt = 0;
  std::size_t fed = 0;  // tokens of prompt and completion that are in the cache
  Random random;
};

// The rows of one decode call.
struct Rows {
  std::vector<std::int32_t> tokens, slots, positions;
  std::vector<std::int32_t> logits_rows;
  std::vector<std::size_t> logits_slots;  // whose next token each of logits_rows gives

  void add(std::int32_t token, std::size_t slot, std::size_t position) {
    tokens.push_back(token);
    slots.push_back(static_cast<std::int32_t>(slot));
    positions.push_back(static_cast<std::int32_t>(position));
  }
  void want_logits(std::size_t slot) {
    logits_rows.push_back(static_cast<std::int32_t>(tokens.size()) - 1);
    logits_slots.push_back(slot);
  }
};

class Generation {
 public:
  Generation(Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
             const GenerationOptions& options);
  std::vector<Completion> run();

 private:
  void admit();
  Rows next_rows();
  void take(std::size_t slot, const Choice& choice);

  Decoder& decoder_;
  std::span<const std::vector<std::int32_t>> prompts_;
  const GenerationOptions& options_;
  std::size_t capacity_ = 0;  // tokens a slot can hold
  std::vector<std::optional<Running>> slots_;
  std::vector<Completion> completions_;
  std::size_t admitted_ = 0, finished_ = 0;
};

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

Generation::Generation(Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
                       const GenerationOptions& options)
    : decoder_(decoder), prompts_(prompts), options_(options), completions_(prompts.size()) {
  check(decoder.config(), prompts, options);
  std::size_t longest = 0;
  for (const auto& prompt : prompts) longest = std::max(longest, prompt.size());
  capacity_ = std::min(static_cast<std::size_t>(decoder.config().context),
                       longest + static_cast<std::size_t>(options.max_new_tokens));
  slots_.resize(std::min(static_cast<std::size_t>(options.batch_size), prompts.size()));
}

// Waiting prompts take the free slots, in order.
void Generation::admit() {
  for (std::optional<Running>& slot : slots_) {
    if (slot || admitted_ == prompts_.size()) continue;
    slot = Running{admitted_, 0, Random(options_.seed, fmt::format("prompt:{}", admitted_))};
    ++admitted_;
  }
}

// First the newest token of each sequence that has one, then prompts, as far as the room goes.
Rows Generation::next_rows() {
  Rows rows;
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    if (!slots_[s] || slots_[s]->fed < prompts_[slots_[s]->prompt].size()) continue;
    rows.add(completions_[slots_[s]->prompt].tokens.back(), s, slots_[s]->fed++);
    rows.want_logits(s);
  }
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    if (!slots_[s]) continue;
    const std::vector<std::int32_t>& prompt = prompts_[slots_[s]->prompt];
    if (slots_[s]->fed >= prompt.size()) continue;
    while (slots_[s]->fed < prompt.size() && rows.tokens.size() < std::max(kMostRows, slots_.size())) {
      rows.add(prompt[slots_[s]->fed], s, slots_[s]->fed);
      ++slots_[s]->fed;
    }
    if (slots_[s]->fed == prompt.size()) rows.want_logits(s);
  }
  return rows;
}

// The sequence in `slot` goes on with `choice`, or ends and leaves the slot.
void Generation::take(std::size_t slot, const Choice& choice) {
  Running& running = *slots_[slot];
  Completion& completion = completions_[running.prompt];
  if (std::isnan(choice.log_probability)) {
    throw Error(fmt::format("prompt {}: the model's logits are not finite after {} new tokens",
                            running.prompt, completion.tokens.size()),
                "the weights have diverged; take an earlier checkpoint or a lower learning rate");
  }
  completion.stopped = std::ranges::find(options_.stop_tokens, choice.token) != options_.stop_tokens.end();
  if (!completion.stopped) {
    completion.tokens.push_back(choice.token);
    completion.log_probabilities.push_back(choice.log_probability);
    if (options_.on_token) options_.on_token(running.prompt, choice.token);
  }
  const bool full = completion.tokens.size() == static_cast<std::size_t>(options_.max_new_tokens) ||
                    running.fed == capacity_;
  if (!completion.stopped && !full) return;
  slots_[slot].reset();
  ++finished_;
  if (options_.on_progress) options_.on_progress(finished_, prompts_.size());
}

std::vector<Completion> Generation::run() {
  if (prompts_.empty()) return {};
  const std::int64_t vocabulary = decoder_.config().vocabulary;
  DecoderCache cache(decoder_.config(), static_cast<int>(slots_.size()), static_cast<int>(capacity_),
                     decoder_.compute());
  Tensor all_logits({static_cast<std::int64_t>(slots_.size()), vocabulary}, DataType::f32);
  while (finished_ < prompts_.size()) {
    throw_if_cancelled();
    admit();
    const Rows rows = next_rows();
    const auto count = static_cast<std::int64_t>(rows.logits_rows.size());
    Tensor logits = all_logits.row_range(0, count);
    decoder_.decode(rows.tokens, rows.slots, rows.positions, rows.logits_rows, cache, logits);

    std::vector<Choice> choices(rows.logits_rows.size());
#pragma omp parallel for schedule(static)
    for (std::int64_t r = 0; r < count; ++r) {
      const auto row = static_cast<std::size_t>(r);
      Random& random = slots_[rows.logits_slots[row]]->random;
      choices[row] = choose_token(logits.row_range(r, r + 1).span<float>(), options_.temperature, random);
    }
    for (std::size_t r = 0; r < choices.size(); ++r) take(rows.logits_slots[r], choices[r]);
  }
  return std::move(completions_);
}

}  // namespace

std::vector<Completion> generate(Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
                                 const GenerationOptions& options) {
  return Generation(decoder, prompts, options).run();
}

}  // namespace pbb
