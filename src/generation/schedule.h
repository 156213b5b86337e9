// Which tokens each decode call holds: continuous batching, without the model.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "generation/generate.h"
#include "model/config.h"

namespace pbb {

// The rows of one decode call, as Decoder::decode takes them.
struct DecodeRows {
  std::vector<std::int32_t> tokens, slots, positions;
  std::vector<std::int32_t> logits_rows;
  std::vector<std::size_t> logits_slots;  // whose next token each of logits_rows gives

  CallSize size() const { return {tokens.size(), logits_rows.size()}; }
};

// Every call decodes one token of each running sequence, and with them as many tokens of waiting prompts as
// there is room for. For each of its logits_slots the caller then says how that sequence goes on.
class Schedule {
 public:
  // `prompts` must outlive it. Takes batch_size and max_new_tokens of the options.
  Schedule(const DecoderConfig& config, std::span<const std::vector<std::int32_t>> prompts,
           const GenerationOptions& options);

  std::size_t slots() const { return slots_.size(); }
  std::size_t capacity() const { return capacity_; }  // tokens a slot can hold
  bool done() const { return finished_ == prompts_.size(); }
  std::size_t finished() const { return finished_; }

  // The first `length` tokens in the cache of slot `from` are wanted in slot `to`.
  using CopyPrefix = std::function<void(std::size_t from, std::size_t to, std::size_t length)>;
  DecodeRows next(const CopyPrefix& copy_prefix);

  std::size_t prompt_in(std::size_t slot) const { return slots_[slot].running->prompt; }
  // Of the prompt in `slot`: tokens that were taken over from another, not computed again.
  std::size_t shared_tokens(std::size_t slot) const { return slots_[slot].running->shared; }
  bool is_full(std::size_t slot) const { return slots_[slot].cached.size() == capacity_; }
  void go_on(std::size_t slot, std::int32_t token) { slots_[slot].running->newest = token; }
  void leave(std::size_t slot);

 private:
  // A prompt that occupies a slot of the cache.
  struct Running {
    std::size_t prompt = 0;
    bool started = false;  // some of its tokens are in the cache, or will be with the next call
    std::size_t shared = 0;
    std::int32_t newest = 0;  // token, not yet in the cache, once the whole prompt is
  };
  struct Slot {
    std::optional<Running> running;
    std::vector<std::int32_t>
        cached;             // the tokens in the cache: still those of the last to run once it has left
    std::size_t ready = 0;  // how many of them were there before the call that is being put together
  };

  void admit();
  bool start(std::size_t slot, const CopyPrefix& copy_prefix);
  void feed(std::size_t slot, std::int32_t token, DecodeRows& rows);

  std::span<const std::vector<std::int32_t>> prompts_;
  std::size_t capacity_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::size_t> order_;  // of the prompts
  std::size_t admitted_ = 0, finished_ = 0;
};

// The calls that `generate` would make if each prompt's answer took so many tokens, with the one that ends
// it.
std::vector<CallSize> planned_calls(const DecoderConfig& config,
                                    std::span<const std::vector<std::int32_t>> prompts,
                                    std::span<const std::int64_t> answers, const GenerationOptions& options);

}  // namespace pbb
