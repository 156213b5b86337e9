// Which tokens each decode call holds: continuous batching, without the model. Finished sequences leave their
// slot of the cache and waiting prompts take it; what prompts have in common at their beginning is computed
// once.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace pbb {

using RequestId = std::uint64_t;

// Of one decode call: tokens that go through the model, and how many of them ask for the next one's logits.
struct CallSize {
  std::size_t rows = 0, logits = 0;
};

// Rows of one decode call at most: of prompts, or one of each sequence where there are more of these.
inline constexpr std::int64_t most_decoded_rows = 1024;
// And of drafts, besides: so many take little longer than one, while weights are read once for all.
inline constexpr std::size_t most_drafted_rows = 64;

// The rows of one decode call, as Decoder::decode takes them.
struct DecodeRows {
  std::vector<std::int32_t> tokens, slots, positions;
  std::vector<std::int32_t> logits_rows;
  std::vector<std::size_t>
      logits_slots;  // whose next token each of logits_rows gives, if what it stands on is true

  CallSize size() const { return {tokens.size(), logits_rows.size()}; }
};

// Every call decodes what each running sequence has newly got, and with it as many tokens of waiting prompts
// as there is room for. For each of its logits_slots the caller then says how that sequence goes on.
//
// A sequence may have a draft: what its completion could turn out to be. As long as the draft is right, its next tokens
// are decoded beside the newest one, and the logits of each come with the same call (speculative decoding, Leviathan et
// al., 2023, with greedy choices); those of a row count only where it is the sequence's newest token by then.
class Schedule {
 public:
  // `slots` sequences at once, each of `capacity` tokens at most.
  Schedule(std::size_t slots, std::size_t capacity) : capacity_(capacity), slots_(slots) {}

  std::size_t slots() const { return slots_.size(); }
  std::size_t capacity() const { return capacity_; }
  bool done() const;  // nothing runs or waits

  // Prompts are taken in the order they come in; of those submitted between the same two calls, such as begin
  // alike one after the other. A prompt holds 1 to `capacity` tokens.
  void submit(RequestId id, std::vector<std::int32_t> prompt, std::vector<std::int32_t> draft = {});
  void remove(RequestId id);  // whether it waits or runs

  // The first `length` tokens in the cache of slot `from` are wanted in slot `to`.
  using CopyPrefix = std::function<void(std::size_t from, std::size_t to, std::size_t length)>;
  DecodeRows next(const CopyPrefix& copy_prefix);

  RequestId request_in(std::size_t slot) const { return slots_[slot].running->id; }
  // Of the prompt in `slot`: tokens that were taken over from another, not computed again.
  std::size_t shared_tokens(std::size_t slot) const { return slots_[slot].running->shared; }
  // Whether that row of the last call is the newest token of its sequence, which may have been appended since, and all
  // before it are the sequence's too.
  bool is_newest(const DecodeRows& rows, std::size_t logits_row) const;
  void append(std::size_t slot, std::int32_t token);
  // Its newest token has no room in the cache any more, so that nothing can come after it.
  bool is_full(std::size_t slot) const { return slots_[slot].running->tokens.size() > capacity_; }
  void leave(std::size_t slot) { slots_[slot].running.reset(); }

 private:
  struct Waiting {
    RequestId id = 0;
    std::vector<std::int32_t> prompt, draft;
  };
  // A sequence that occupies a slot of the cache.
  struct Running {
    RequestId id = 0;
    std::vector<std::int32_t> tokens;  // the prompt and what came after it
    std::size_t prompt = 0;            // how many of them are the prompt
    bool started = false;              // some of its tokens are in the cache, or will be with the next call
    std::size_t shared = 0;
    std::vector<std::int32_t> draft;  // empty where the completion went another way
  };
  struct Slot {
    std::optional<Running> running;
    // The tokens in the cache, drafted ones too: still those of the last to run once it has left.
    std::vector<std::int32_t> cached;
    std::size_t ready = 0;  // how many of them were there before the call that is being put together

    bool answers() const { return running && running->started && ready >= running->prompt; }
  };

  void admit();
  bool start(std::size_t slot, const CopyPrefix& copy_prefix);
  void feed(std::size_t slot, std::size_t room, std::size_t drafted, DecodeRows& rows);
  void feed_one(std::size_t slot, std::int32_t token, bool asks, DecodeRows& rows);

  std::size_t capacity_ = 0;
  std::vector<Slot> slots_;
  std::vector<Waiting> submitted_;  // since the last call
  std::deque<Waiting> waiting_;
};

}  // namespace pbb
