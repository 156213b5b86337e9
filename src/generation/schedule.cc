#include "generation/schedule.h"

#include <algorithm>
#include <numeric>

namespace pbb {
namespace {

// A prompt waits for a call when it can then copy at least this many tokens' keys and values instead of
// computing them.
constexpr std::size_t kWorthWaiting = 16;

void want_logits(std::size_t slot, DecodeRows& rows) {
  rows.logits_rows.push_back(static_cast<std::int32_t>(rows.tokens.size()) - 1);
  rows.logits_slots.push_back(slot);
}

}  // namespace

Schedule::Schedule(const DecoderConfig& config, std::span<const std::vector<std::int32_t>> prompts,
                   const GenerationOptions& options)
    : prompts_(prompts) {
  std::size_t longest = 0;
  for (const auto& prompt : prompts) longest = std::max(longest, prompt.size());
  capacity_ = std::min(static_cast<std::size_t>(config.context),
                       longest + static_cast<std::size_t>(options.max_new_tokens));
  slots_.resize(std::min(static_cast<std::size_t>(options.batch_size), prompts.size()));
  order_.resize(prompts.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::stable_sort(order_, [&](std::size_t a, std::size_t b) { return prompts[a] < prompts[b]; });
}

// Waiting prompts take the free slots, those that begin alike one after the other.
void Schedule::admit() {
  for (Slot& slot : slots_) {
    if (slot.running || admitted_ == prompts_.size()) continue;
    slot.running.emplace().prompt = order_[admitted_++];
  }
}

void Schedule::feed(std::size_t slot, std::int32_t token, DecodeRows& rows) {
  rows.tokens.push_back(token);
  rows.slots.push_back(static_cast<std::int32_t>(slot));
  rows.positions.push_back(static_cast<std::int32_t>(slots_[slot].cached.size()));
  slots_[slot].cached.push_back(token);
}

// The prompt in `slot` takes over what another slot (or its own, from before) holds of its beginning. False
// when it had better wait for one that goes into the cache with this call.
bool Schedule::start(std::size_t slot, const CopyPrefix& copy_prefix) {
  Running& running = *slots_[slot].running;
  const std::vector<std::int32_t>& prompt = prompts_[running.prompt];
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
  if (donor != slot) copy_prefix(donor, slot, shared);
  slots_[slot].cached.assign(prompt.begin(), prompt.begin() + static_cast<std::ptrdiff_t>(shared));
  slots_[slot].ready = shared;
  running.started = true;
  running.shared = shared;
  return true;
}

// First the newest token of each sequence that has one, then prompts, as far as the room goes.
DecodeRows Schedule::next(const CopyPrefix& copy_prefix) {
  admit();
  DecodeRows rows;
  const auto prompt_of = [&](std::size_t s) -> const auto& {
    return prompts_[prompt_in(s)];
  };
  for (Slot& slot : slots_) slot.ready = slot.cached.size();
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    const auto& running = slots_[s].running;
    if (!running || !running->started || slots_[s].ready < prompt_of(s).size()) continue;
    feed(s, running->newest, rows);
    want_logits(s, rows);
  }
  const std::size_t room = std::max(static_cast<std::size_t>(most_decoded_rows), slots_.size());
  for (std::size_t s = 0; s < slots_.size() && rows.tokens.size() < room; ++s) {
    Slot& slot = slots_[s];
    if (!slot.running || (slot.running->started && slot.ready >= prompt_of(s).size())) continue;
    if (!slot.running->started && !start(s, copy_prefix)) continue;
    const std::vector<std::int32_t>& prompt = prompt_of(s);
    while (slot.cached.size() < prompt.size() && rows.tokens.size() < room) {
      feed(s, prompt[slot.cached.size()], rows);
    }
    if (slot.cached.size() == prompt.size()) want_logits(s, rows);
  }
  return rows;
}

void Schedule::leave(std::size_t slot) {
  slots_[slot].running.reset();
  ++finished_;
}

std::vector<CallSize> planned_calls(const DecoderConfig& config,
                                    std::span<const std::vector<std::int32_t>> prompts,
                                    std::span<const std::int64_t> answers, const GenerationOptions& options) {
  constexpr std::int32_t no_token = -1;  // what an answer says is not known; no prompt begins like it
  Schedule schedule(config, prompts, options);
  std::vector<std::int64_t> left;
  for (const std::int64_t answer : answers) {
    left.push_back(std::min<std::int64_t>(answer, options.max_new_tokens));
  }
  std::vector<CallSize> calls;
  while (!schedule.done()) {
    const DecodeRows rows = schedule.next([](std::size_t, std::size_t, std::size_t) {});
    calls.push_back(rows.size());
    for (const std::size_t slot : rows.logits_slots) {
      if (--left[schedule.prompt_in(slot)] <= 0 || schedule.is_full(slot)) {
        schedule.leave(slot);
      } else {
        schedule.go_on(slot, no_token);
      }
    }
  }
  return calls;
}

}  // namespace pbb
