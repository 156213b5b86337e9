// Continuous batching: every step decodes one token of each running sequence, and with them as many tokens of
// waiting prompts as there is room for.
#include "generation/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/cancellation.h"
#include "base/error.h"
#include "generation/sample.h"

namespace pbb {
namespace {

// A prompt waits for a call when it can then copy at least this many tokens' keys and values instead of
// computing them.
constexpr std::size_t kWorthWaiting = 16;

// A prompt that occupies a slot of the cache.
struct Running {
  std::size_t prompt = 0;
  bool started = false;  // some of its tokens are in the cache, or will be with the next call
  Random random;
};

struct Slot {
  std::optional<Running> running;
  std::vector<std::int32_t>
      cached;             // the tokens in the cache: still those of the last to run once it has left
  std::size_t ready = 0;  // how many of them were there before the call that is being put together
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
  Rows next_rows(DecoderCache& cache);
  bool start(std::size_t slot, DecoderCache& cache);
  void feed(std::size_t slot, std::int32_t token, Rows& rows);
  void take(std::size_t slot, const Choice& choice);

  Decoder& decoder_;
  std::span<const std::vector<std::int32_t>> prompts_;
  const GenerationOptions& options_;
  std::size_t capacity_ = 0;  // tokens a slot can hold
  std::vector<Slot> slots_;
  std::vector<std::size_t> order_;  // of the prompts
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
  order_.resize(prompts.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::stable_sort(order_, [&](std::size_t a, std::size_t b) { return prompts[a] < prompts[b]; });
}

// Waiting prompts take the free slots, those that begin alike one after the other.
void Generation::admit() {
  for (Slot& slot : slots_) {
    if (slot.running || admitted_ == prompts_.size()) continue;
    const std::size_t prompt = order_[admitted_++];
    slot.running = Running{prompt, false, Random(options_.seed, fmt::format("prompt:{}", prompt))};
  }
}

void Generation::feed(std::size_t slot, std::int32_t token, Rows& rows) {
  rows.add(token, slot, slots_[slot].cached.size());
  slots_[slot].cached.push_back(token);
}

// The prompt in `slot` takes over what another slot (or its own, from before) holds of its beginning. False
// when it had better wait for one that goes into the cache with this call.
bool Generation::start(std::size_t slot, DecoderCache& cache) {
  const std::vector<std::int32_t>& prompt = prompts_[slots_[slot].running->prompt];
  std::size_t donor = slot, shared = 0, promised = 0;
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    const auto [end, ignored] =
        std::mismatch(prompt.begin(), prompt.end() - 1, slots_[s].cached.begin(), slots_[s].cached.end());
    const auto alike = static_cast<std::size_t>(end - prompt.begin());  // the last token gives the logits
    promised = std::max(promised, alike);
    if (std::min(alike, slots_[s].ready) > shared) {
      shared = std::min(alike, slots_[s].ready);
      donor = s;
    }
  }
  if (promised >= shared + kWorthWaiting) return false;
  if (donor != slot) cache.copy_prefix(static_cast<int>(donor), static_cast<int>(slot), shared);
  slots_[slot].cached.assign(prompt.begin(), prompt.begin() + static_cast<std::ptrdiff_t>(shared));
  slots_[slot].ready = shared;
  slots_[slot].running->started = true;
  completions_[slots_[slot].running->prompt].shared_tokens = shared;
  return true;
}

// First the newest token of each sequence that has one, then prompts, as far as the room goes.
Rows Generation::next_rows(DecoderCache& cache) {
  Rows rows;
  const auto prompt_of = [&](std::size_t s) -> const auto& {
    return prompts_[slots_[s].running->prompt];
  };
  for (Slot& slot : slots_) slot.ready = slot.cached.size();
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    if (!slots_[s].running || !slots_[s].running->started || slots_[s].ready < prompt_of(s).size()) continue;
    feed(s, completions_[slots_[s].running->prompt].tokens.back(), rows);
    rows.want_logits(s);
  }
  const std::size_t room = std::max(static_cast<std::size_t>(most_decoded_rows), slots_.size());
  for (std::size_t s = 0; s < slots_.size() && rows.tokens.size() < room; ++s) {
    Slot& slot = slots_[s];
    if (!slot.running || (slot.running->started && slot.ready >= prompt_of(s).size())) continue;
    if (!slot.running->started && !start(s, cache)) continue;
    const std::vector<std::int32_t>& prompt = prompt_of(s);
    while (slot.cached.size() < prompt.size() && rows.tokens.size() < room) {
      feed(s, prompt[slot.cached.size()], rows);
    }
    if (slot.cached.size() == prompt.size()) rows.want_logits(s);
  }
  return rows;
}

// The sequence in `slot` goes on with `choice`, or ends and leaves the slot.
void Generation::take(std::size_t slot, const Choice& choice) {
  const Running& running = *slots_[slot].running;
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
                    slots_[slot].cached.size() == capacity_;
  if (!completion.stopped && !full) return;
  slots_[slot].running.reset();
  ++finished_;
  if (options_.on_progress) options_.on_progress(finished_, prompts_.size());
}

std::vector<Completion> Generation::run() {
  if (prompts_.empty()) return {};
  if (packs_weights(slots_.size())) decoder_.pack_for_decoding();
  const std::int64_t vocabulary = decoder_.config().vocabulary;
  DecoderCache cache(decoder_.config(), static_cast<int>(slots_.size()), static_cast<int>(capacity_),
                     decoder_.compute());
  Tensor all_logits({static_cast<std::int64_t>(slots_.size()), vocabulary}, DataType::f32);
  while (finished_ < prompts_.size()) {
    throw_if_cancelled();
    admit();
    const Rows rows = next_rows(cache);
    const auto count = static_cast<std::int64_t>(rows.logits_rows.size());
    Tensor logits = all_logits.row_range(0, count);
    decoder_.decode(rows.tokens, rows.slots, rows.positions, rows.logits_rows, cache, logits);

    std::vector<LogitsSummary> summaries(rows.logits_rows.size());
    summarize_logits(logits, summaries);
    std::vector<Choice> choices(rows.logits_rows.size());
#pragma omp parallel for schedule(static)
    for (std::int64_t r = 0; r < count; ++r) {
      const auto row = static_cast<std::size_t>(r);
      Random& random = slots_[rows.logits_slots[row]].running->random;
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
  return Generation(decoder, prompts, options).run();
}

}  // namespace pbb
