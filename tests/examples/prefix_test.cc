// A tokeniser that puts a token before every text: examples begin with it, once.
#include <gtest/gtest.h>

#include <algorithm>

#include "examples/byte_tokenizer.h"
#include "examples/drills.h"
#include "examples/example.h"
#include "examples/sample_programs.h"

namespace pbb {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr std::int32_t begin = 257;

Tokenizer beginning_tokenizer() {
  TokenizerData data = byte_tokenizer().data();
  data.tokens.push_back("<|begin|>");
  data.control.push_back(begin);
  data.prefix = {begin};
  return Tokenizer(std::move(data));
}

// As `plain`, with the token before it, which nothing predicts.
void expect_begun(const Example& example, const Example& plain) {
  Ids tokens = {begin};
  tokens.insert(tokens.end(), plain.tokens.begin(), plain.tokens.end());
  EXPECT_EQ(example.tokens, tokens);
  ASSERT_EQ(example.trained.size(), tokens.size());
  EXPECT_EQ(example.trained.front(), 0);
  // A declaration's first token of text has something before it now.
  EXPECT_TRUE(std::equal(plain.trained.begin() + 1, plain.trained.end(), example.trained.begin() + 2));
  if (plain.source.end > 0) {
    EXPECT_EQ(example.source.begin, plain.source.begin + 1);
    EXPECT_EQ(example.source.end, plain.source.end + 1);
  }
}

TEST(Prefix, StandsOnceBeforeEveryKindOfExampleAndIsNeverPredicted) {
  const Tokenizer tokenizer = beginning_tokenizer(), plain = byte_tokenizer();
  const Program program = sample_program("Gleeprag", 13, 5, Split::with_io);
  const Execution execution = sample_execution(13, 5, 5);
  expect_begun(make_declaration(tokenizer, program, 2), make_declaration(plain, program, 2));
  EXPECT_EQ(make_declaration(tokenizer, program, 0).trained[1], 1);
  expect_begun(make_recitation(tokenizer, program, {integer(5)}, 1),
               make_recitation(plain, program, {integer(5)}, 1));
  for (const AnswerForm form : {AnswerForm::direct, AnswerForm::trace, AnswerForm::recite}) {
    expect_begun(make_execution(tokenizer, program, execution, form, 1),
                 make_execution(plain, program, execution, form, 1));
  }
  Random random(1, "drills"), same(1, "drills");
  expect_begun(make_drills(tokenizer, {0, 1}, random), make_drills(plain, {0, 1}, same));
}

}  // namespace
}  // namespace pbb
