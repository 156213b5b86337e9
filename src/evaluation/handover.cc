#include "evaluation/handover.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "examples/templates.h"

namespace pbb {
namespace {

// Hooks that speak of prompt i, for a generation whose prompt i is the one that `places` says.
void speak_of(GenerationOptions& options, const std::vector<std::size_t>& places) {
  if (options.is_stop) {
    options.is_stop = [places, asked = options.is_stop](std::size_t i, auto completion, std::int32_t token) {
      return asked(places[i], completion, token);
    };
  }
  if (options.continue_with) {
    options.continue_with = [places, asked = options.continue_with](std::size_t i, auto completion) {
      return asked(places[i], completion);
    };
  }
  if (options.on_token) {
    options.on_token = [places, told = options.on_token](std::size_t i, std::int32_t token) {
      told(places[i], token);
    };
  }
}

// Of prompts that may be the same.
struct Distinct {
  std::vector<std::vector<std::int32_t>> prompts;
  std::vector<std::size_t> first;   // of each distinct prompt, its first place
  std::vector<std::size_t> number;  // of each prompt, which of the distinct ones it is
};

Distinct distinct(std::span<const std::vector<std::int32_t>> prompts) {
  Distinct all;
  std::map<std::span<const std::int32_t>, std::size_t,
           decltype([](auto a, auto b) { return std::ranges::lexicographical_compare(a, b); })>
      numbers;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto [known, is_new] = numbers.try_emplace(prompts[i], all.prompts.size());
    all.number.push_back(known->second);
    if (!is_new) continue;
    all.prompts.push_back(prompts[i]);
    all.first.push_back(i);
  }
  return all;
}

}  // namespace

HandoverDue after_recitation(const Tokenizer& tokenizer) {
  return [&tokenizer](std::span<const std::int32_t> completion) {
    constexpr std::size_t enough = 8;  // tokens that hold the cue
    return tokenizer.decode(completion.last(std::min(enough, completion.size()))).ends_with(trace_cue());
  };
}

WithoutAdapter::WithoutAdapter(Decoder& decoder) : decoder_(decoder), adapter_(decoder.remove_adapter()) {
  if (!adapter_) throw Error("an answer is to be handed over to a model's base, but it has no adapter");
}

WithoutAdapter::~WithoutAdapter() {
  decoder_.set_adapter(std::move(*adapter_));
}

Completion joined(Completion begun, const Completion& rest) {
  begun.tokens.insert(begun.tokens.end(), rest.tokens.begin(), rest.tokens.end());
  begun.log_probabilities.insert(begun.log_probabilities.end(), rest.log_probabilities.begin(),
                                 rest.log_probabilities.end());
  begun.stopped = rest.stopped;
  return begun;
}

std::vector<Completion> generate_with_handover(Decoder& decoder,
                                               std::span<const std::vector<std::int32_t>> prompts,
                                               GenerationOptions first, GenerationOptions rest,
                                               const HandoverDue& is_due) {
  first.is_stop = [&is_due, ends = first.is_stop](std::size_t prompt, auto completion, std::int32_t token) {
    return is_due(completion) || (ends && ends(prompt, completion, token));
  };
  const Distinct begun = distinct(prompts);
  speak_of(first, begun.first);
  const std::vector<Completion> beginnings = generate(decoder, begun.prompts, first);
  std::vector<Completion> completions;
  for (const std::size_t number : begun.number) completions.push_back(beginnings[number]);
  std::vector<std::size_t> places;
  std::vector<std::vector<std::int32_t>> continued;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto& written = completions[i].tokens;
    if (!is_due(written)) continue;
    auto& prompt = continued.emplace_back(prompts[i]);
    prompt.insert(prompt.end(), written.begin(), written.end());
    completions[i].stopped = false;
    if (prompt.size() < static_cast<std::size_t>(decoder.config().context)) {
      places.push_back(i);
    } else {
      continued.pop_back();
    }
  }
  const WithoutAdapter base(decoder);
  speak_of(rest, places);
  const auto ends = generate(decoder, continued, rest);
  for (std::size_t i = 0; i < places.size(); ++i) {
    Completion& completion = completions[places[i]];
    completion = joined(std::move(completion), ends[i]);
  }
  return completions;
}

}  // namespace pbb
