#include "generation/schedule.h"

#include <algorithm>
#include <iterator>

namespace pbb {
namespace {

// A prompt waits for a call when it can then copy at least this many tokens' keys and values instead of
// computing them.
constexpr std::size_t worth_waiting = 16;

}  // namespace

bool Schedule::done() const {
  return submitted_.empty() && waiting_.empty() &&
         std::ranges::none_of(slots_, [](const Slot& slot) { return slot.running.has_value(); });
}

void Schedule::submit(RequestId id, std::vector<std::int32_t> prompt) {
  submitted_.push_back({id, std::move(prompt)});
}

void Schedule::remove(RequestId id) {
  const auto is_it = [&](const Waiting& one) { return one.id == id; };
  std::erase_if(submitted_, is_it);
  std::erase_if(waiting_, is_it);
  for (Slot& slot : slots_) {
    if (slot.running && slot.running->id == id) slot.running.reset();
  }
}

// Waiting prompts take the free slots.
void Schedule::admit() {
  std::ranges::stable_sort(submitted_, {}, &Waiting::prompt);
  std::ranges::move(submitted_, std::back_inserter(waiting_));
  submitted_.clear();
  for (Slot& slot : slots_) {
    if (slot.running || waiting_.empty()) continue;
    Waiting& first = waiting_.front();
    Running& running = slot.running.emplace();
    running.id = first.id;
    running.prompt = first.prompt.size();
    running.tokens = std::move(first.prompt);
    waiting_.pop_front();
  }
}

// The tokens of the sequence in `slot` that are not in the cache, as far as the room goes; the last of them
// asks for logits.
void Schedule::feed(std::size_t slot, std::size_t room, DecodeRows& rows) {
  auto& cached = slots_[slot].cached;
  const auto& tokens = slots_[slot].running->tokens;
  while (cached.size() < tokens.size() && rows.tokens.size() < room) {
    rows.tokens.push_back(tokens[cached.size()]);
    rows.slots.push_back(static_cast<std::int32_t>(slot));
    rows.positions.push_back(static_cast<std::int32_t>(cached.size()));
    cached.push_back(tokens[cached.size()]);
    if (cached.size() < tokens.size()) continue;
    rows.logits_rows.push_back(static_cast<std::int32_t>(rows.tokens.size()) - 1);
    rows.logits_slots.push_back(slot);
  }
}

// The prompt in `slot` takes over what another slot (or its own, from before) holds of its beginning. False
// when it had better wait for one that goes into the cache with this call.
bool Schedule::start(std::size_t slot, const CopyPrefix& copy_prefix) {
  Running& running = *slots_[slot].running;
  const std::vector<std::int32_t>& prompt = running.tokens;
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
  if (promised >= shared + worth_waiting) return false;
  if (donor != slot) copy_prefix(donor, slot, shared);
  slots_[slot].cached.assign(prompt.begin(), prompt.begin() + static_cast<std::ptrdiff_t>(shared));
  slots_[slot].ready = shared;
  running.started = true;
  running.shared = shared;
  return true;
}

// First the newest tokens of each sequence that has some, then prompts, as far as the room goes.
DecodeRows Schedule::next(const CopyPrefix& copy_prefix) {
  admit();
  DecodeRows rows;
  for (Slot& slot : slots_) slot.ready = slot.cached.size();
  const std::size_t room = std::max(static_cast<std::size_t>(most_decoded_rows), slots_.size());
  std::vector<std::size_t> prompts;
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    if (slots_[s].answers()) {
      feed(s, room, rows);
    } else if (slots_[s].running) {
      prompts.push_back(s);
    }
  }
  for (const std::size_t s : prompts) {
    if (rows.tokens.size() >= room) break;
    if (slots_[s].running->started || start(s, copy_prefix)) feed(s, room, rows);
  }
  return rows;
}

}  // namespace pbb
