// One arm: every item asked, greedily completed, judged.
#include <algorithm>
#include <span>

#include "evaluation/answering.h"
#include "evaluation/assisted.h"
#include "evaluation/engine_answering.h"
#include "examples/templates.h"

namespace pbb {
namespace {

ItemResult refused(const Item& item, const Question& question, std::string why) {
  ItemResult result = judge(item, question, "", true);
  result.verdict = Verdict::error;
  result.error = std::move(why);
  return result;
}

}  // namespace

AskedForm asked_form(const Item& item, ShownSource source) {
  return {item.form, source == ShownSource::given || source == ShownSource::shuffled};
}

bool ends_answer(const AskedForm& asked, const Tokenizer& tokenizer, const AnswerEnd& end,
                 std::span<const std::int32_t> completion, std::int32_t token) {
  return end(asked.form, asked.source_given, completion, token) ||
         (asked.form == AnswerForm::assisted && assisted_ends(tokenizer, completion, asked.source_given));
}

void hook_answers(GenerationOptions& options, const Tokenizer& tokenizer, const AnswerEnd& end,
                  std::vector<AskedForm> asked) {
  options.stop_tokens = end.stop_tokens();
  options.is_stop = [&tokenizer, &end, asked](std::size_t prompt, std::span<const std::int32_t> completion,
                                              std::int32_t token) {
    return ends_answer(asked[prompt], tokenizer, end, completion, token);
  };
  const auto is_assisted = [](const AskedForm& one) { return one.form == AnswerForm::assisted; };
  if (std::ranges::none_of(asked, is_assisted)) return;
  options.continue_with = [&tokenizer, asked, is_assisted](std::size_t prompt,
                                                           std::span<const std::int32_t> completion) {
    return is_assisted(asked[prompt]) ? assisted_tokens(tokenizer, completion, asked[prompt].source_given)
                                      : std::vector<std::int32_t>{};
  };
}

std::vector<ItemResult> run_arm(Answering& answering, const Tokenizer& tokenizer,
                                const std::vector<Item>& items, ShownSource source, bool chat) {
  std::vector<AskedPrompt> prompts;
  for (const Item& item : items)
    prompts.push_back({make_question(tokenizer, item, source, chat), asked_form(item, source)});
  const std::vector<PromptAnswer> answers = answering.answers(prompts);
  std::vector<ItemResult> results;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const PromptAnswer& answer = answers.at(i);
    const Question& question = prompts[i].question;
    results.push_back(answer.failure.empty() ? judge(items[i], question,
                                                     given_answer(items[i], source) + answer.text, answer.cut)
                                             : refused(items[i], question, answer.failure));
  }
  return results;
}

std::vector<ItemResult> run_arm(Decoder& decoder, const Tokenizer& tokenizer, const std::vector<Item>& items,
                                const ArmOptions& options) {
  EngineAnswering engine(decoder, tokenizer, options);
  return run_arm(engine, tokenizer, items, options.source, options.chat);
}

std::size_t answer_end(const AskedForm& asked, std::string_view text) {
  if (asked.form == AnswerForm::assisted) {
    if (const auto end = assisted_end(text, asked.source_given)) return *end;
  }
  std::size_t line = 0;
  if (recites(asked.form) && !asked.source_given) {
    const std::size_t cue = text.find(trace_cue());
    if (cue == std::string_view::npos) return cue;
    line = cue + trace_cue().size();
  }
  const std::size_t begin = text.find_first_not_of(" \t\r\v\f\n", line);
  return begin == std::string_view::npos ? begin : text.find('\n', begin);
}

}  // namespace pbb
