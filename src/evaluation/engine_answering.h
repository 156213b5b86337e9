// Answers of our own engine.
#pragma once

#include "evaluation/answering.h"

namespace pbb {

// All three must outlive it. A question that the model's context has no room for fails.
class EngineAnswering final : public Answering {
 public:
  EngineAnswering(Decoder& decoder, const Tokenizer& tokenizer, const ArmOptions& options)
      : decoder_(decoder), tokenizer_(tokenizer), options_(options) {}
  std::vector<PromptAnswer> answers(std::span<const AskedPrompt> prompts) override;

 private:
  std::vector<Completion> complete(std::span<const std::vector<std::int32_t>> prompts,
                                   std::vector<AskedForm> asked);

  Decoder& decoder_;
  const Tokenizer& tokenizer_;
  const ArmOptions& options_;
};

}  // namespace pbb
