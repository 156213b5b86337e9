// Examples as pieces of text: whoever tokenises these has pbb's own tokens and masks.
#include "examples/text_segments.h"

#include <gtest/gtest.h>

#include "examples/byte_tokenizer.h"
#include "examples/drills.h"
#include "examples/own_texts.h"
#include "examples/sample_programs.h"
#include "text/golden.h"

namespace pbb {
namespace {

// Every kind of example, in every wording.
std::vector<Example> all_kinds(const Tokenizer& tokenizer, const Program& program) {
  std::vector<Example> examples;
  const Execution execution = sample_execution(13, 5, 7);
  for (int i = 0; i < declaration_templates(); ++i)
    examples.push_back(make_declaration(tokenizer, program, i));
  for (int i = 0; i < question_templates(); ++i) {
    examples.push_back(make_recitation(tokenizer, program, execution.arguments, i));
    for (const AnswerForm form : {AnswerForm::direct, AnswerForm::trace, AnswerForm::recite}) {
      for (const RecitedLoss loss : {RecitedLoss::all, RecitedLoss::execution})
        examples.push_back(make_execution(tokenizer, program, execution, form, i, loss));
    }
  }
  Random random(1, "drills");
  examples.push_back(make_drills(tokenizer, {0, 1, 2, 3, 0}, random));
  examples.push_back(make_own_text(tokenizer.encode("Two words, and a third: 価格.")));
  return examples;
}

// The tokens and mask that a tool has of them. The mark of the first token means nothing.
void expect_the_same(const std::vector<TextSegment>& segments, const SpeltTokens& spelt,
                     const Example& example) {
  std::vector<std::int32_t> tokens;
  std::vector<std::uint8_t> trained;
  for (const TextSegment& segment : segments) {
    const auto more = spelt.encode(segment.text);
    tokens.insert(tokens.end(), more.begin(), more.end());
    trained.resize(tokens.size(), segment.trained);
  }
  EXPECT_EQ(tokens, example.tokens);
  trained.at(0) = example.trained.at(0);
  EXPECT_EQ(trained, example.trained);
}

TEST(TextSegments, TokenisedOneByOneTheyGiveTheTokensAndTheMaskOfEveryKindOfExample) {
  const Tokenizer bytes = byte_tokenizer();
  const Program program = sample_program("Gleeprag", 13, 5, Split::with_io);
  for (const Tokenizer* tokenizer : {&bytes, &smollm2_tokenizer()}) {
    const SpeltTokens spelt(*tokenizer);
    for (const Example& example : all_kinds(*tokenizer, program)) {
      const auto segments = text_segments(*tokenizer, spelt, example);
      ASSERT_TRUE(segments) << tokenizer->decode(example.tokens, true);
      expect_the_same(*segments, spelt, example);
    }
  }
}

TEST(TextSegments, JoinedTheyAreTheTextThatIsTrainedOn) {
  const SpeltTokens spelt(smollm2_tokenizer());
  const Program program = sample_program("Gleeprag", 13, 5, Split::with_io);
  for (const Example& example : all_kinds(smollm2_tokenizer(), program)) {
    std::string text;
    const auto segments = text_segments(smollm2_tokenizer(), spelt, example);
    ASSERT_TRUE(segments);
    for (const TextSegment& segment : *segments) text += segment.text;
    EXPECT_EQ(text, smollm2_tokenizer().decode(example.tokens, true));
  }
}

TEST(TextSegments, WhatSpellsAControlTokenIsCutWithinTheSpelling) {
  const SpeltTokens spelt(smollm2_tokenizer());
  Program program = sample_program("Gleeprag", 13, 5, Split::with_io);
  program.source = "def Gleeprag(x):\n    return \"<|endoftext|>\" * x + \"<|im_end|>\"\n";
  const Example example = make_declaration(smollm2_tokenizer(), program, 0);
  const auto segments = text_segments(smollm2_tokenizer(), spelt, example);
  ASSERT_TRUE(segments);
  expect_the_same(*segments, spelt, example);
  for (const TextSegment& segment : *segments) {
    EXPECT_EQ(segment.text.find("<|im_end|>"), std::string::npos) << segment.text;
  }
}

TEST(TextSegments, AFirstTokenThatIsPartOfACharacterGoesWithTheNext) {
  const Tokenizer tokenizer = byte_tokenizer();
  const SpeltTokens spelt(tokenizer);
  const Example example = make_own_text(tokenizer.encode("価格"));
  EXPECT_EQ(text_segments(tokenizer, spelt, example), (std::vector<TextSegment>{{"価格", true}}));
}

TEST(TextSegments, AMaskThatCutsACharacterHasNone) {
  const Tokenizer tokenizer = byte_tokenizer();
  const SpeltTokens spelt(tokenizer);
  Example example = make_own_text(tokenizer.encode("a価"));
  example.trained = {0, 0, 1, 1};
  EXPECT_FALSE(text_segments(tokenizer, spelt, example));
}

}  // namespace
}  // namespace pbb
