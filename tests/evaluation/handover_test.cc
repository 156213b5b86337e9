// An answer that a trained model begins and its base ends.
#include "evaluation/handover.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/tiny.h"

namespace pbb {
namespace {

using Tokens = std::vector<std::int32_t>;

const std::vector<Tokens> prompts = {{5, 9, 2, 14}, {3, 3, 7}, {11, 4, 6, 8, 10}};

GenerationOptions of_tokens(int count) {
  GenerationOptions options;
  options.max_new_tokens = count;
  return options;
}

TEST(Handover, TheTrainedModelWritesTheBeginningAndItsBaseTheRest) {
  Decoder decoder = tiny_decoder("llama"), base = tiny_decoder("llama");
  decoder.add_adapter({.rank = 4, .alpha = 64}, 3);
  Random random(4, "test");
  for (float& value : decoder.trained().flat.span<float>())
    value += static_cast<float>(random.uniform()) - 0.5F;
  decoder.refresh_trained();
  const auto begun = generate(decoder, prompts, of_tokens(3));
  std::vector<Tokens> continued;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    continued.push_back(prompts[i]);
    continued.back().insert(continued.back().end(), begun[i].tokens.begin(), begun[i].tokens.end());
  }
  const auto ended = generate(base, continued, of_tokens(6));

  // Of the middle one it is never due.
  const auto is_due = [&](std::span<const std::int32_t> completion) {
    return completion.size() == 3 && !std::ranges::equal(completion, begun[1].tokens);
  };
  const auto answers = generate_with_handover(decoder, prompts, of_tokens(9), of_tokens(6), is_due);
  const auto alone = generate(decoder, prompts, of_tokens(9));
  EXPECT_EQ(answers[1].tokens, alone[1].tokens);
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
    Tokens expected = begun[i].tokens;
    expected.insert(expected.end(), ended[i].tokens.begin(), ended[i].tokens.end());
    EXPECT_EQ(answers[i].tokens, expected);
    EXPECT_NE(answers[i].tokens, alone[i].tokens) << "the adapter changes nothing here";
    EXPECT_EQ(answers[i].log_probabilities.size(), expected.size());
  }
  EXPECT_EQ(generate(decoder, prompts, of_tokens(9))[0].tokens, alone[0].tokens) << "the adapter is back";
}

TEST(Handover, PromptsThatAreTheSameAreBegunOnceAndEndedEachByItsOwnHooks) {
  Decoder decoder = tiny_decoder("llama");
  decoder.add_adapter({.rank = 4, .alpha = 64}, 3);
  const std::vector<Tokens> twice = {prompts[0], prompts[1], prompts[0]};
  const auto is_due = [](std::span<const std::int32_t> completion) { return completion.size() == 3; };
  std::vector<int> begun(3), ended(3);
  GenerationOptions first = of_tokens(3), rest = of_tokens(4);
  first.on_token = [&](std::size_t prompt, std::int32_t) { ++begun[prompt]; };
  rest.on_token = [&](std::size_t prompt, std::int32_t) { ++ended[prompt]; };
  rest.is_stop = [](std::size_t prompt, std::span<const std::int32_t> completion, std::int32_t) {
    return prompt == 2 && completion.size() == 1;
  };
  const auto answers = generate_with_handover(decoder, twice, first, rest, is_due);
  EXPECT_EQ(begun, (std::vector<int>{3, 3, 0}));
  EXPECT_EQ(ended, (std::vector<int>{4, 4, 1}));
  EXPECT_EQ(answers[0].tokens.size(), 7U);
  EXPECT_EQ(answers[2].tokens.size(), 4U);
  EXPECT_TRUE(std::equal(answers[2].tokens.begin(), answers[2].tokens.end(), answers[0].tokens.begin()));
}

TEST(Handover, AModelWithoutAnAdapterHasNoBaseToHandOverTo) {
  Decoder decoder = tiny_decoder("llama");
  const auto is_due = [](std::span<const std::int32_t> completion) { return completion.size() == 1; };
  EXPECT_THROW(generate_with_handover(decoder, prompts, of_tokens(2), of_tokens(2), is_due), Error);
}

}  // namespace
}  // namespace pbb
