// Examples in the tokens of the default model.
#include <gtest/gtest.h>

#include "examples/example.h"
#include "examples/sample_programs.h"
#include "examples/templates.h"
#include "text/golden.h"

namespace pbb {
namespace {

const Program sample = sample_program("Gleeprag", 13, 5, Split::with_io);

TEST(RealTokenizer, WordingsAreShort) {
  const Tokenizer& tokenizer = smollm2_tokenizer();
  const std::size_t source = tokenizer.encode(sample.source).size();
  std::size_t declarations = 0;
  for (int i = 0; i < declaration_templates(); ++i) {
    declarations += make_declaration(tokenizer, sample, i).tokens.size() - source;
  }
  EXPECT_LE(declarations, 12U * static_cast<std::size_t>(declaration_templates()));
  std::size_t questions = 0;
  for (int i = 0; i < question_templates(); ++i) {
    questions += make_question(tokenizer, sample, {integer(5)}, AnswerForm::trace, i).tokens.size();
  }
  EXPECT_LE(questions, 14U * static_cast<std::size_t>(question_templates()));
}

TEST(RealTokenizer, JoinedIdsAreThoseOfTheWholeTextSoThatBoundariesAreNaturalToTheModel) {
  const Tokenizer& tokenizer = smollm2_tokenizer();
  const Execution execution = sample_execution(13, 5, 5);
  for (const AnswerForm form : {AnswerForm::trace, AnswerForm::direct, AnswerForm::recite}) {
    for (int i = 0; i < question_templates(); ++i) {
      const Question question = make_question(tokenizer, sample, execution.arguments, form, i);
      std::vector<std::int32_t> whole =
          tokenizer.encode(question.text + answer_text(sample, execution, form));
      whole.push_back(tokenizer.end_of_text());
      EXPECT_EQ(make_execution(tokenizer, sample, execution, form, i).tokens, whole) << question.text;
      const Question with_source = make_question_with_source(tokenizer, sample, execution.arguments, form, i);
      EXPECT_EQ(with_source.tokens, tokenizer.encode(with_source.text)) << with_source.text;
    }
  }
  const Question recited = make_question_with_recitation(tokenizer, sample, execution.arguments, 0);
  EXPECT_EQ(recited.tokens, tokenizer.encode(recited.text)) << recited.text;
}

}  // namespace
}  // namespace pbb
