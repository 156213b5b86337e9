// One arm: every item asked, greedily completed, judged.
#include <fmt/format.h>

#include "evaluation/evaluate.h"

namespace pbb {
namespace {

ItemResult refused(const Item& item, const Question& question, std::string why) {
  ItemResult result = judge(item, question, "", true);
  result.verdict = Verdict::error;
  result.error = std::move(why);
  return result;
}

}  // namespace

std::vector<std::int32_t> answer_stop_tokens(const Tokenizer& tokenizer) {
  std::vector<std::int32_t> stops = {tokenizer.end_of_text()};
  for (const auto name : {"<|im_end|>", "<|endoftext|>"}) {
    if (const auto id = tokenizer.find_control(name)) stops.push_back(*id);
  }
  for (std::int32_t id = 0; id < tokenizer.vocabulary_size(); ++id) {
    const std::int32_t ids[] = {id};
    if (!tokenizer.is_control(id) && tokenizer.decode(ids).starts_with('\n')) stops.push_back(id);
  }
  return stops;
}

std::vector<ItemResult> run_arm(Decoder& decoder, const Tokenizer& tokenizer, const std::vector<Item>& items,
                                const ArmOptions& options) {
  const auto context = static_cast<std::size_t>(decoder.config().context);
  std::vector<Question> questions;
  std::vector<std::vector<std::int32_t>> prompts;  // of the questions that fit
  const auto fits = [&](const Question& question) { return question.tokens.size() < context; };
  for (const Item& item : items) {
    questions.push_back(make_question(tokenizer, item, options.source, options.chat));
    if (fits(questions.back())) prompts.push_back(questions.back().tokens);
  }

  GenerationOptions generation;
  generation.max_new_tokens = options.max_new_tokens;
  generation.batch_size = options.batch_size;
  generation.stop_tokens = answer_stop_tokens(tokenizer);
  generation.on_progress = options.on_progress;
  const std::vector<Completion> completions = generate(decoder, prompts, generation);

  std::vector<ItemResult> results;
  std::size_t asked = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string room =
        fmt::format("a prompt of {} tokens in a context of {}", questions[i].tokens.size(), context);
    if (!fits(questions[i])) {
      results.push_back(refused(items[i], questions[i], room));
      continue;
    }
    const Completion& completion = completions.at(asked++);
    const bool out_of_context =
        !completion.stopped && completion.tokens.size() < static_cast<std::size_t>(options.max_new_tokens);
    results.push_back(
        out_of_context ? refused(items[i], questions[i], "no room for the answer: " + room)
                       : judge(items[i], questions[i],
                               given_answer(items[i], options.source) + tokenizer.decode(completion.tokens),
                               !completion.stopped));
  }
  return results;
}

}  // namespace pbb
