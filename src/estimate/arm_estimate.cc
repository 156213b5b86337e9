#include "estimate/arm_estimate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "base/stopwatch.h"
#include "evaluation/evaluate.h"

namespace pbb {
namespace {

// An answer that has not ended by then will not end before the limit: those of SmolLM2 as it is were either
// shorter than 32 tokens (358 of 408) or cut (46).
constexpr int ends_soon = 32;

using Prompts = std::vector<std::vector<std::int32_t>>;

// What asking takes, with or without the source in the prompt.
struct Asking {
  CallCosts costs;
  AnswerSample answers;
  double cache = 0;  // seconds of making one
};

GenerationOptions generation_options(const EvaluationRecipe& evaluation) {
  GenerationOptions options;
  options.batch_size = evaluation.batch_size;
  options.max_new_tokens = evaluation.max_new_tokens;
  return options;
}

std::size_t slots_of(const Prompts& prompts, const EvaluationRecipe& evaluation) {
  return std::min(static_cast<std::size_t>(evaluation.batch_size), prompts.size());
}

struct Sample {
  Prompts prompts;
  std::vector<AskedForm> asked;
};

// A batch of them, evenly spread, or fewer where they are long.
Sample sample_of(const ArmWork& work, std::size_t most) {
  constexpr std::size_t tokens_of_a_batch = 1500;
  const Prompts& prompts = work.prompts;
  const std::size_t mean = static_cast<std::size_t>(work.prompt_tokens()) / prompts.size() + 1;
  const std::size_t count = std::min(most, std::max<std::size_t>(2, tokens_of_a_batch / mean));
  Sample sample;
  for (const std::size_t i : evenly_spread(prompts.size(), count)) {
    sample.prompts.push_back(prompts[i]);
    sample.asked.push_back(work.asked[i]);
  }
  return sample;
}

// Calls that decode one token of 1, 8, 16, 32 … sequences at a place in the middle of the cache.
std::vector<CallCosts::Decoding> measure_decoding(Decoder& decoder, std::size_t slots, std::size_t capacity) {
  DecoderCache cache(decoder.config(), static_cast<int>(slots), static_cast<int>(capacity),
                     decoder.compute());
  const auto call = [&](std::size_t sequences) {
    const std::vector<std::int32_t> tokens(sequences, 1),
        positions(sequences, static_cast<std::int32_t>(capacity / 2));
    std::vector<std::int32_t> numbers(sequences);
    for (std::size_t s = 0; s < sequences; ++s) numbers[s] = static_cast<std::int32_t>(s);
    Tensor logits({static_cast<std::int64_t>(sequences), decoder.config().vocabulary}, DataType::f32);
    return seconds_of([&] { decoder.decode(tokens, numbers, positions, numbers, cache, logits); });
  };
  call(slots);  // warms up
  std::vector<CallCosts::Decoding> measured;
  const auto measure = [&](std::size_t sequences) {
    measured.push_back({sequences, (call(sequences) + call(sequences)) / 2});
  };
  measure(1);  // up to eight take about as long as one: the weights are read
  for (std::size_t sequences = 8; sequences < slots; sequences *= 2) measure(sequences);
  if (slots > 1) measure(slots);
  return measured;
}

// Completes a sample of the prompts: what reading a prompt takes, and which answers end.
void ask_sample(LoadedModel& model, const Sample& sample, GenerationOptions options, Asking& asking) {
  std::vector<CallSize> calls;
  std::vector<double> seconds;
  std::optional<Stopwatch> call;
  const auto call_ends = [&] {
    if (call) seconds.push_back(call->seconds());
  };
  options.max_new_tokens = std::min(options.max_new_tokens, ends_soon);
  const AnswerEnd end(model.tokenizer);
  hook_answers(options, model.tokenizer, end, sample.asked);
  options.on_call = [&](const CallSize& size) {
    call_ends();
    calls.push_back(size);
    call.emplace();
  };
  for (const Completion& answer : generate(model.decoder, sample.prompts, options)) {
    if (answer.stopped) {
      asking.answers.ended.push_back(static_cast<std::int64_t>(answer.tokens.size()) + 1);
    } else {
      ++asking.answers.running;
    }
  }
  call_ends();
  double reading = 0;
  std::size_t prompt_tokens = 0;
  for (std::size_t c = 0; c < calls.size(); ++c) {
    if (calls[c].rows == calls[c].logits) continue;
    reading += seconds[c] - asking.costs.seconds({calls[c].logits, calls[c].logits});
    prompt_tokens += calls[c].rows - calls[c].logits;
  }
  if (prompt_tokens > 0) {
    asking.costs.prompt_token = std::max(0.0, reading) / static_cast<double>(prompt_tokens);
  }
}

Asking measure_asking(LoadedModel& model, const ArmWork& work, const EvaluationRecipe& evaluation) {
  const GenerationOptions options = generation_options(evaluation);
  const std::size_t slots = slots_of(work.prompts, evaluation);
  const std::size_t capacity = engine_options(model.decoder.config(), work.prompts, options).cached_tokens;
  Asking asking;
  asking.cache = seconds_of([&] {
    DecoderCache(model.decoder.config(), static_cast<int>(slots), static_cast<int>(capacity),
                 model.decoder.compute());
  });
  asking.costs.decoding = measure_decoding(model.decoder, slots, capacity);
  ask_sample(model, sample_of(work, slots), options, asking);
  return asking;
}

double asking_seconds(const ArmWork& work, const Asking& asking, const DecoderConfig& config,
                      const EvaluationRecipe& evaluation) {
  const auto answers = work.arm.stage.empty()
                           ? expected_answers(asking.answers, work.prompts.size(), evaluation.max_new_tokens)
                           : work.answers;
  double seconds = asking.cache;
  for (const CallSize& call : planned_calls(config, work.prompts, answers, generation_options(evaluation))) {
    seconds += asking.costs.seconds(call);
  }
  return seconds;
}

}  // namespace

double CallCosts::seconds(const CallSize& call) const {
  const double prompts = prompt_token * static_cast<double>(call.rows - call.logits);
  const auto next = std::ranges::lower_bound(decoding, call.logits, {}, &Decoding::sequences);
  if (next == decoding.end()) return prompts + (decoding.empty() ? 0 : decoding.back().seconds);
  if (next == decoding.begin()) return prompts + next->seconds;
  const Decoding& before = *std::prev(next);
  const double share = static_cast<double>(call.logits - before.sequences) /
                       static_cast<double>(next->sequences - before.sequences);
  return prompts + before.seconds + share * (next->seconds - before.seconds);
}

std::vector<std::int64_t> expected_answers(const AnswerSample& sample, std::size_t count,
                                           std::int64_t limit) {
  const auto running = static_cast<double>(sample.running);
  const auto asked = static_cast<double>(sample.ended.size()) + running;
  const double others = std::max(0.0, static_cast<double>(count) - asked);
  const std::size_t cut =
      sample.ended.empty()
          ? count
          : static_cast<std::size_t>(std::lround(running + others * (running + 1) / (asked + 2)));
  std::vector<std::int64_t> answers(count, 0);
  for (const std::size_t i : evenly_spread(count, cut)) answers[i] = limit;
  std::size_t next = 0;
  for (std::int64_t& answer : answers) {
    if (answer == 0) answer = std::min(limit, sample.ended[next++ % sample.ended.size()]);
  }
  return answers;
}

std::vector<double> arm_seconds(const Workload& workload, const EvaluationRecipe& evaluation,
                                LoadedModel& model, const LoadingSeconds& loading) {
  // What one arm shows before its questions takes as long for another that shows the same.
  std::map<std::tuple<ShownSource, int, bool>, Asking> askings;
  std::optional<double> packing;  // of the weights, which is done anew when they have changed
  std::vector<double> seconds;
  for (std::size_t a = 0; a < workload.arms.size(); ++a) {
    const ArmWork& work = workload.arms[a];
    const bool trained = !work.arm.stage.empty(), first = a == 0;
    double& arm = seconds.emplace_back((first ? loading.model : 0) + (trained ? loading.weights : 0));
    if (work.prompts.empty()) continue;
    if (packs_weights(slots_of(work.prompts, evaluation))) {
      if (!packing) packing = seconds_of([&] { model.decoder.pack_for_decoding(); });
      if (first || trained) arm += *packing;
    }
    const std::tuple way(work.arm.source, work.arm.shots, work.arm.chat);
    if (!askings.contains(way)) askings.emplace(way, measure_asking(model, work, evaluation));
    arm += asking_seconds(work, askings.at(way), model.decoder.config(), evaluation);
  }
  return seconds;
}

}  // namespace pbb
