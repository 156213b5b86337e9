#include "evaluation/engine_answering.h"

#include <fmt/format.h>

#include "evaluation/handover.h"

namespace pbb {
namespace {

GenerationOptions generation_of(const Tokenizer& tokenizer, const AnswerEnd& end, const ArmOptions& options,
                                std::vector<AskedForm> asked) {
  GenerationOptions generation;
  generation.max_new_tokens = options.max_new_tokens;
  generation.batch_size = options.batch_size;
  generation.on_progress = options.on_progress;
  hook_answers(generation, tokenizer, end, std::move(asked));
  return generation;
}

}  // namespace

std::vector<Completion> EngineAnswering::complete(std::span<const std::vector<std::int32_t>> prompts,
                                                  std::vector<AskedForm> asked) {
  const AnswerEnd end(tokenizer_);
  const GenerationOptions whole = generation_of(tokenizer_, end, options_, asked);
  if (options_.executor == Executor::itself) return generate(decoder_, prompts, whole);
  for (AskedForm& one : asked) one.source_given = true;
  GenerationOptions recited = whole;
  recited.on_progress = nullptr;
  recited.continue_with = nullptr;
  return generate_with_handover(decoder_, prompts, recited, generation_of(tokenizer_, end, options_, asked),
                                after_recitation(tokenizer_));
}

std::vector<PromptAnswer> EngineAnswering::answers(std::span<const AskedPrompt> prompts) {
  const auto context = static_cast<std::size_t>(decoder_.config().context);
  const auto fits = [&](const AskedPrompt& prompt) { return prompt.question.tokens.size() < context; };
  std::vector<std::vector<std::int32_t>> asked_prompts;  // that fit
  std::vector<AskedForm> asked_forms;
  for (const AskedPrompt& prompt : prompts) {
    if (!fits(prompt)) continue;
    asked_prompts.push_back(prompt.question.tokens);
    asked_forms.push_back(prompt.asked);
  }
  const std::vector<Completion> completions = complete(asked_prompts, std::move(asked_forms));

  std::vector<PromptAnswer> answers;
  std::size_t next = 0;
  for (const AskedPrompt& prompt : prompts) {
    PromptAnswer& answer = answers.emplace_back();
    const std::string room =
        fmt::format("a prompt of {} tokens in a context of {}", prompt.question.tokens.size(), context);
    if (!fits(prompt)) {
      answer.failure = room;
      continue;
    }
    const Completion& completion = completions.at(next++);
    const bool out_of_context =
        !completion.stopped && completion.tokens.size() < static_cast<std::size_t>(options_.max_new_tokens);
    if (out_of_context) {
      answer.failure = "no room for the answer: " + room;
    } else {
      answer.text = tokenizer_.decode(completion.tokens);
      answer.cut = !completion.stopped;
    }
  }
  return answers;
}

}  // namespace pbb
