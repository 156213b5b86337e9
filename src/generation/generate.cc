#include "generation/generate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/cancellation.h"
#include "base/error.h"

namespace pbb {
namespace {

Request request_for(std::size_t p, const std::vector<std::int32_t>& prompt, const GenerationOptions& options,
                    std::function<void(Completion)> on_finished) {
  Request request;
  request.prompt = prompt;
  request.max_new_tokens = options.max_new_tokens;
  request.temperature = options.temperature;
  request.top_p = options.top_p;
  request.seed = Random(options.seed, fmt::format("prompt:{}", p)).next();
  request.stop_tokens = options.stop_tokens;
  if (options.is_stop) {
    request.is_stop = [&options, p](std::span<const std::int32_t> completion, std::int32_t token) {
      return options.is_stop(p, completion, token);
    };
  }
  if (options.on_token) {
    request.on_token = [&options, p](const TokenChoice& choice) { options.on_token(p, choice.token); };
  }
  if (options.continue_with) {
    request.continue_with = [&options, p](std::span<const std::int32_t> completion) {
      return options.continue_with(p, completion);
    };
  }
  request.on_finished = std::move(on_finished);
  return request;
}

}  // namespace

EngineOptions engine_options(const DecoderConfig& config, std::span<const std::vector<std::int32_t>> prompts,
                             const GenerationOptions& options) {
  if (options.max_new_tokens < 1 || options.batch_size < 1) {
    throw InputError(fmt::format("generation with max_new_tokens {}, batch_size {}", options.max_new_tokens,
                                 options.batch_size),
                     "both must be at least 1");
  }
  std::size_t longest = 0;
  for (const auto& prompt : prompts) longest = std::max(longest, prompt.size());
  return {.sequences = std::min(static_cast<std::size_t>(options.batch_size), prompts.size()),
          .cached_tokens = std::min(static_cast<std::size_t>(config.context),
                                    longest + static_cast<std::size_t>(options.max_new_tokens))};
}

std::vector<Completion> generate(Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
                                 const GenerationOptions& options) {
  const EngineOptions sizes = engine_options(decoder.config(), prompts, options);
  std::vector<Completion> completions(prompts.size());
  if (prompts.empty()) return completions;
  Engine engine(decoder, sizes);
  engine.set_on_call(options.on_call);
  std::size_t finished = 0;
  for (std::size_t p = 0; p < prompts.size(); ++p) {
    engine.submit(request_for(p, prompts[p], options, [&, p](Completion completion) {
      completions[p] = std::move(completion);
      ++finished;
      if (options.on_progress) options.on_progress(finished, completions.size());
    }));
  }
  do {
    throw_if_cancelled();
  } while (engine.step());
  return completions;
}

std::vector<CallSize> planned_calls(const DecoderConfig& config,
                                    std::span<const std::vector<std::int32_t>> prompts,
                                    std::span<const std::int64_t> answers, const GenerationOptions& options) {
  constexpr std::int32_t no_token = -1;  // what an answer says is not known; no prompt begins like it
  const EngineOptions sizes = engine_options(config, prompts, options);
  Schedule schedule(sizes.sequences, sizes.cached_tokens);
  std::vector<std::int64_t> left;
  for (std::size_t p = 0; p < prompts.size(); ++p) {
    schedule.submit(p, prompts[p]);
    left.push_back(std::min<std::int64_t>(answers[p], options.max_new_tokens));
  }
  std::vector<CallSize> calls;
  while (!schedule.done()) {
    const DecodeRows rows = schedule.next([](std::size_t, std::size_t, std::size_t) {});
    calls.push_back(rows.size());
    for (const std::size_t slot : rows.logits_slots) {
      schedule.append(slot, no_token);
      if (--left[schedule.request_in(slot)] <= 0 || schedule.is_full(slot)) schedule.leave(slot);
    }
  }
  return calls;
}

}  // namespace pbb
