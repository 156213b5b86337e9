// What training's own examples tell of a program's recall.
#include "examples/recall.h"

#include <gtest/gtest.h>

#include "examples/byte_tokenizer.h"
#include "examples/sample_programs.h"

namespace pbb {
namespace {

ExampleOutcome all_right(const Example& example) {
  const auto targets = std::count(example.trained.begin() + 1, example.trained.end(), 1);
  return ExampleOutcome(static_cast<std::size_t>(targets), {.log_probability = -0.1F, .most_likely = true});
}

TEST(Recall, IsOfTheSourceFromItsNameOnInEveryTemplate) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Program program = sample_program("Gleeprag", 13, 5, Split::source_only);
  for (int i = 0; i < declaration_templates(); ++i) {
    const Example example = make_declaration(tokenizer, program, i);
    EXPECT_TRUE(example.counts_recall);
    const auto [begin, end] = example.source;
    EXPECT_EQ(tokenizer.decode(std::span(example.tokens).subspan(begin, end - begin)),
              "(x):\n    x = x + 13\n    x = x * 5\n    return x");
    ExampleOutcome outcome = all_right(example);
    EXPECT_EQ(recalls_source(example, outcome), true);
    // A target is one place before its token: the first token is none.
    for (std::size_t token = 1; token < example.tokens.size(); ++token) {
      outcome[token - 1].most_likely = false;
      EXPECT_EQ(recalls_source(example, outcome), token < begin || token >= end) << token;
      outcome[token - 1].most_likely = true;
    }
  }
  EXPECT_FALSE(make_declaration(tokenizer, sample_program("Blorp", 1, 2, Split::with_io), 0).counts_recall);
}

TEST(Recall, IsNotToldByExamplesThatAreReadOtherwise) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Program program = sample_program("Gleeprag", 13, 5, Split::source_only);
  Example corrupted = make_declaration(tokenizer, program, 0);
  corrupted.inputs = corrupted.tokens;
  EXPECT_EQ(recalls_source(corrupted, all_right(corrupted)), std::nullopt);
  Example masked = make_declaration(tokenizer, program, 0);
  masked.trained[masked.source.begin + 3] = 0;
  EXPECT_EQ(recalls_source(masked, all_right(masked)), std::nullopt);
  const Example execution =
      make_execution(tokenizer, program, sample_execution(13, 5, 2), AnswerForm::trace, 0);
  EXPECT_EQ(recalls_source(execution, all_right(execution)), std::nullopt);
}

TEST(Recall, CountsSourceOnlyProgramsByTheirLastDeclaration) {
  const Tokenizer tokenizer = byte_tokenizer();
  const std::vector<Example> examples = {
      make_declaration(tokenizer, sample_program("Gleeprag", 13, 5, Split::source_only), 2),
      make_declaration(tokenizer, sample_program("Tindle", 4, 3, Split::source_only), 2),
      make_declaration(tokenizer, sample_program("Blorp", 1, 2, Split::with_io), 2)};
  std::vector<ExampleOutcome> outcomes;
  for (const Example& example : examples) outcomes.push_back(all_right(example));
  ExposureCounts counts;
  EXPECT_EQ(count_recalled(counts).programs, 0);
  note_recall(examples, outcomes, counts);
  EXPECT_EQ(count_recalled(counts).recalled, 2);
  EXPECT_EQ(count_recalled(counts).programs, 2);
  outcomes[1][outcomes[1].size() - 5].most_likely = false;
  note_recall(examples, outcomes, counts);
  EXPECT_EQ(count_recalled(counts).recalled, 1);
  EXPECT_EQ(count_recalled(counts).programs, 2);
  EXPECT_FALSE(counts["Blorp"].recalled.has_value());
}

TEST(Recall, IsRecitedWhereEveryTargetIsTheMostLikely) {
  EXPECT_TRUE(is_recited({}));
  EXPECT_TRUE(is_recited({{.most_likely = true}, {.most_likely = true}}));
  EXPECT_FALSE(is_recited({{.most_likely = true}, {.most_likely = false}}));
}

}  // namespace
}  // namespace pbb
