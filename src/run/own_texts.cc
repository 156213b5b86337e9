#include "run/own_texts.h"

#include <algorithm>
#include <string>

#include "base/random.h"
#include "generation/generate.h"
#include "text/chat.h"

namespace pbb {
namespace {

constexpr std::size_t fewest_tokens = 16;
constexpr int most_question_tokens = 64;

using Prompts = std::vector<std::vector<std::int32_t>>;

// What the model goes on with, in at most `most_tokens` with the longest prompt.
std::vector<Completion> go_on(Decoder& decoder, const Tokenizer& tokenizer, const Prompts& prompts,
                              int most_tokens, std::uint64_t seed) {
  std::size_t longest = 0;
  for (const auto& prompt : prompts) longest = std::max(longest, prompt.size());
  GenerationOptions generation;
  generation.max_new_tokens = std::max(1, most_tokens - static_cast<int>(longest));
  generation.temperature = 1;
  generation.top_p = 0.95F;
  generation.seed = seed;
  generation.stop_tokens = tokenizer.end_tokens();
  return generate(decoder, prompts, generation);
}

void add_plain_texts(Decoder& decoder, const Tokenizer& tokenizer, Prompts prompts,
                     const OwnTextOptions& options, std::vector<OwnText>& texts) {
  const auto completions = go_on(decoder, tokenizer, prompts, options.most_tokens, options.seed);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto& more = completions[i].tokens;
    prompts[i].insert(prompts[i].end(), more.begin(), more.end());
    if (prompts[i].size() < fewest_tokens) continue;
    texts.push_back({.user = {}, .text = tokenizer.decode(prompts[i])});
  }
}

void add_answers(Decoder& decoder, const Tokenizer& tokenizer, int count, const OwnTextOptions& options,
                 std::vector<OwnText>& texts) {
  const Prompts openings(static_cast<std::size_t>(count), chat_opening(tokenizer));
  const int opening_tokens = static_cast<int>(openings.front().size());
  std::vector<OwnText> answers;
  Prompts prompts;
  for (const Completion& question :
       go_on(decoder, tokenizer, openings, opening_tokens + most_question_tokens, options.seed)) {
    std::string words = tokenizer.decode(question.tokens);
    if (!question.stopped || words.empty()) continue;
    const ChatMessage message{"user", words};
    prompts.push_back(chat_prompt(tokenizer, {&message, 1}));
    answers.push_back({.user = std::move(words), .text = {}});
  }
  const auto completions = go_on(decoder, tokenizer, prompts, options.most_tokens, options.seed);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    answers[i].text = tokenizer.decode(completions[i].tokens);
    if (!answers[i].text.empty()) texts.push_back(std::move(answers[i]));
  }
}

}  // namespace

std::vector<OwnText> draw_own_texts(Decoder& decoder, const Tokenizer& tokenizer,
                                    const OwnTextOptions& options) {
  const auto count_of = [&](double share) { return static_cast<int>(share * options.texts); };
  const int answers = has_known_chat_template(tokenizer) ? count_of(options.chat_share) : 0;
  const int problems = count_of(options.problems_share);
  Random openings(options.seed, "own texts");
  Prompts plain, solved;
  for (int i = answers + problems; i < options.texts; ++i)
    plain.push_back(opening_of_text(tokenizer, openings));
  for (int i = 0; i < problems; ++i) solved.push_back(opening_of_problems(tokenizer, openings));
  std::vector<OwnText> texts;
  add_plain_texts(decoder, tokenizer, std::move(plain), options, texts);
  // The opening is as long as what the model goes on with.
  OwnTextOptions long_texts = options;
  long_texts.most_tokens *= 2;
  add_plain_texts(decoder, tokenizer, std::move(solved), long_texts, texts);
  if (answers > 0) add_answers(decoder, tokenizer, answers, options, texts);
  // Shown in turn: of both kinds wherever one begins.
  Random random(options.seed, "order of own texts");
  random.shuffle(std::span(texts));
  return texts;
}

}  // namespace pbb
