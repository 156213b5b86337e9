#include "generation/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace pbb {
namespace {

void check(const Request& request, RequestId id, std::size_t longest) {
  if (request.max_new_tokens < 1 || !(request.temperature >= 0) || !std::isfinite(request.temperature) ||
      !(request.top_p > 0 && request.top_p <= 1)) {
    throw InputError(fmt::format("generation with max_new_tokens {}, temperature {}, top_p {}",
                                 request.max_new_tokens, request.temperature, request.top_p),
                     "the first must be at least 1, the temperature at least 0, top_p above 0 and at most 1");
  }
  if (request.prompt.empty())
    throw InputError(fmt::format("prompt {} is empty", id), "give a token at least");
  if (request.prompt.size() > longest) {
    throw InputError(
        fmt::format("prompt {} has {} tokens; there is room for {}", id, request.prompt.size(), longest),
        "shorten the prompt, or take a model with a longer context");
  }
}

std::size_t cached_tokens(const DecoderConfig& config, const EngineOptions& options) {
  const auto context = static_cast<std::size_t>(config.context);
  return options.cached_tokens == 0 ? context : std::min(context, options.cached_tokens);
}

std::size_t sequences(const EngineOptions& options) {
  if (options.sequences == 0) throw InputError("an engine of no sequences", "let it decode one at least");
  return options.sequences;
}

}  // namespace

bool packs_weights(std::size_t sequences) {
  return sequences > 8;  // up to there a step is bound by reading the weights, not by products
}

Engine::Engine(Decoder& decoder, const EngineOptions& options)
    : decoder_(decoder),
      schedule_(sequences(options), cached_tokens(decoder.config(), options)),
      cache_(decoder.config(), static_cast<int>(schedule_.slots()), static_cast<int>(schedule_.capacity()),
             decoder.compute()),
      logits_({static_cast<std::int64_t>(schedule_.slots()), decoder.config().vocabulary}, DataType::f32) {
  if (packs_weights(options.sequences)) decoder_.pack_for_decoding();
}

RequestId Engine::submit(Request request) {
  check(request, next_id_, schedule_.capacity());
  const RequestId id = next_id_++;
  schedule_.submit(id, request.prompt, request.temperature > 0 ? std::vector<std::int32_t>() : request.draft);
  const std::uint64_t seed = request.seed;
  active_.emplace(id, Active{std::move(request), Random(seed, "request"), {}});
  return id;
}

// It is removed between steps: the request may be calling this from one of its own hooks.
void Engine::cancel(RequestId id) {
  if (const auto found = active_.find(id); found != active_.end()) found->second.cancelled = true;
}

void Engine::remove_cancelled() {
  for (auto one = active_.begin(); one != active_.end();) {
    if (one->second.cancelled) {
      schedule_.remove(one->first);
      one = active_.erase(one);
    } else {
      ++one;
    }
  }
}

bool Engine::step() {
  remove_cancelled();
  if (active_.empty()) return false;
  const auto copy_prefix = [&](std::size_t from, std::size_t to, std::size_t length) {
    cache_.copy_prefix(static_cast<int>(from), static_cast<int>(to), length);
  };
  const DecodeRows rows = schedule_.next(copy_prefix);
  if (on_call_) on_call_(rows.size());
  const auto asked = static_cast<std::int64_t>(rows.logits_rows.size());
  if (asked > logits_.rows())
    logits_ = Tensor({asked, decoder_.config().vocabulary}, DataType::f32);  // of drafts
  Tensor logits = logits_.row_range(0, asked);
  decoder_.decode(rows.tokens, rows.slots, rows.positions, rows.logits_rows, cache_, logits);
  const std::vector<TokenChoice> choices = choose(rows, logits);
  for (std::size_t r = 0; r < choices.size(); ++r) {
    if (schedule_.is_newest(rows, r)) take(rows.logits_slots[r], choices[r]);
  }
  return true;
}

// What each of the rows says that its sequence's next token is.
std::vector<TokenChoice> Engine::choose(const DecodeRows& rows, const Tensor& logits) {
  std::vector<LogitsSummary> summaries(rows.logits_rows.size());
  summarize_logits(logits, summaries);
  std::vector<Active*> asking;
  for (const std::size_t slot : rows.logits_slots) asking.push_back(&active_.at(schedule_.request_in(slot)));
  std::vector<TokenChoice> choices(asking.size());
#pragma omp parallel for schedule(static)
  for (std::size_t r = 0; r < choices.size(); ++r) {
    const auto row = static_cast<std::int64_t>(r);
    const auto of_row = logits.row_range(row, row + 1).span<float>();
    const Sampling sampling{asking[r]->request.temperature, asking[r]->request.top_p};
    choices[r] = choose_token(of_row, summaries[r], sampling, asking[r]->random);
    if (const int count = asking[r]->request.likeliest; count > 0 && !std::isnan(choices[r].log_probability))
      choices[r].likeliest = likeliest_tokens(of_row, summaries[r], static_cast<std::size_t>(count));
  }
  return choices;
}

// The sequence in `slot` goes on with `choice` and what its request appends, or ends.
void Engine::take(std::size_t slot, const TokenChoice& choice) {
  const RequestId id = schedule_.request_in(slot);
  Active& active = active_.at(id);
  if (active.cancelled) return;
  if (std::isnan(choice.log_probability)) {
    throw Error(fmt::format("prompt {}: the model's logits are not finite after {} new tokens", id,
                            active.completion.tokens.size()),
                "the weights have diverged; take an earlier checkpoint or a lower learning rate");
  }
  bool goes_on = append(active, choice, slot);
  if (goes_on && !active.cancelled && active.request.continue_with) {
    for (const std::int32_t token : active.request.continue_with(active.completion.tokens)) {
      goes_on =
          append(active, {.token = token, .log_probability = std::numeric_limits<float>::quiet_NaN()}, slot);
      if (!goes_on || active.cancelled) break;
    }
  }
  if (!goes_on && !active.cancelled) finish(slot, id);
}

// Whether the sequence goes on after it.
bool Engine::append(Active& active, const TokenChoice& choice, std::size_t slot) {
  const std::int32_t token = choice.token;
  Completion& completion = active.completion;
  const auto& stops = active.request.stop_tokens;
  completion.stopped = std::ranges::find(stops, token) != stops.end() ||
                       (active.request.is_stop && active.request.is_stop(completion.tokens, token));
  if (completion.stopped) return false;
  completion.tokens.push_back(token);
  completion.log_probabilities.push_back(choice.log_probability);
  schedule_.append(slot, token);
  if (active.request.on_token) active.request.on_token(choice);
  return completion.tokens.size() < static_cast<std::size_t>(active.request.max_new_tokens) &&
         !schedule_.is_full(slot);
}

void Engine::finish(std::size_t slot, RequestId id) {
  auto node = active_.extract(id);
  Active& active = node.mapped();
  active.completion.shared_tokens = schedule_.shared_tokens(slot);
  schedule_.leave(slot);
  if (active.request.on_finished) active.request.on_finished(std::move(active.completion));
}

}  // namespace pbb
