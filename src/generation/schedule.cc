#include "generation/schedule.h"

#include <algorithm>
#include <iterator>
#include <span>

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

void Schedule::submit(RequestId id, std::vector<std::int32_t> prompt, std::vector<std::int32_t> draft) {
  submitted_.push_back({id, std::move(prompt), std::move(draft)});
}

bool Schedule::is_newest(const DecodeRows& rows, std::size_t logits_row) const {
  const auto row = static_cast<std::size_t>(rows.logits_rows[logits_row]);
  const Slot& slot = slots_[rows.logits_slots[logits_row]];
  const auto length = static_cast<std::size_t>(rows.positions[row]) + 1;
  return slot.running && slot.running->tokens.size() == length &&
         std::ranges::equal(slot.running->tokens, std::span(slot.cached).first(length));
}

void Schedule::append(std::size_t slot, std::int32_t token) {
  Running& running = *slots_[slot].running;
  const std::size_t place = running.tokens.size() - running.prompt;
  running.tokens.push_back(token);
  if (place >= running.draft.size() || running.draft[place] != token) running.draft.clear();
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
    running.draft = std::move(first.draft);
    waiting_.pop_front();
  }
}

// `token` comes next in the cache of `slot`.
void Schedule::feed_one(std::size_t slot, std::int32_t token, bool asks, DecodeRows& rows) {
  auto& cached = slots_[slot].cached;
  rows.tokens.push_back(token);
  rows.slots.push_back(static_cast<std::int32_t>(slot));
  rows.positions.push_back(static_cast<std::int32_t>(cached.size()));
  cached.push_back(token);
  if (!asks) return;
  rows.logits_rows.push_back(static_cast<std::int32_t>(rows.tokens.size()) - 1);
  rows.logits_slots.push_back(slot);
}

// The tokens of the sequence in `slot` that are not in the cache, as far as the room goes; the last of them
// asks for logits, and so does each token of its draft that is fed behind it.
void Schedule::feed(std::size_t slot, std::size_t room, std::size_t drafted, DecodeRows& rows) {
  auto& cached = slots_[slot].cached;
  const Running& running = *slots_[slot].running;
  const auto& tokens = running.tokens;
  while (cached.size() < tokens.size() && rows.tokens.size() < room)
    feed_one(slot, tokens[cached.size()], cached.size() + 1 == tokens.size(), rows);
  if (cached.size() < tokens.size()) return;
  const std::size_t end = std::min(capacity_, running.prompt + running.draft.size());
  for (; drafted > 0 && cached.size() < end; --drafted)
    feed_one(slot, running.draft[cached.size() - running.prompt], true, rows);
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
  for (Slot& slot : slots_) {  // what was drafted and did not come true is written over
    if (!slot.running || !slot.running->started) continue;
    const auto [end, ignored] = std::ranges::mismatch(slot.cached, slot.running->tokens);
    slot.cached.erase(end, slot.cached.end());
  }
  admit();
  DecodeRows rows;
  std::size_t drafts = 0;
  for (Slot& slot : slots_) {
    slot.ready = slot.cached.size();
    drafts += slot.running && !slot.running->draft.empty();
  }
  const std::size_t room = std::max(static_cast<std::size_t>(most_decoded_rows), slots_.size());
  const std::size_t drafted = most_drafted_rows / std::max<std::size_t>(drafts, 1);
  std::vector<std::size_t> prompts;
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    if (slots_[s].answers()) {
      feed(s, room, drafted, rows);
    } else if (slots_[s].running) {
      prompts.push_back(s);
    }
  }
  for (const std::size_t s : prompts) {
    if (rows.tokens.size() >= room) break;
    if (slots_[s].running->started || start(s, copy_prefix)) feed(s, room, drafted, rows);
  }
  return rows;
}

}  // namespace pbb
