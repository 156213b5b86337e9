// What an arm is asked through: something that completes prompts. Our engine is one (engine_answering.h), a model on
// somebody else's server another (the room `endpoint`). Questions, verdicts and statistics are the same for all.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluation/evaluate.h"

namespace pbb {

struct AskedPrompt {
  Question question;
  AskedForm asked;
};

struct PromptAnswer {
  std::string text = {};  // up to where the answer ends: what the question gives of it already is not in it
  bool cut = false;       // the length cap ended it
  std::string failure =
      {};  // why there is no answer, which is nobody's fault who was asked; empty: there is one
};

class Answering {
 public:
  virtual ~Answering() = default;
  // One answer a prompt, in their order; greedy.
  virtual std::vector<PromptAnswer> answers(std::span<const AskedPrompt> prompts) = 0;
};

// One result an item, in order. A question without an answer gets the verdict `error`.
std::vector<ItemResult> run_arm(Answering& answering, const Tokenizer& tokenizer,
                                const std::vector<Item>& items, ShownSource source, bool chat);

// Where an answer ends that goes on as `text`, by the rule of AnswerEnd: at the line break after its line, or, in the
// assisted form, behind what the program returned. npos: not in it.
std::size_t answer_end(const AskedForm& asked, std::string_view text);

}  // namespace pbb
