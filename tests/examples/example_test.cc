// Declarations, executions and questions: the exact texts, ids and masks.
#include "examples/example.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "examples/byte_tokenizer.h"
#include "examples/sample_programs.h"
#include "examples/templates.h"

namespace pbb {
namespace {

using Ids = std::vector<std::int32_t>;

const Program gleeprag = sample_program("Gleeprag", 13, 5, Split::with_io);
const std::string gleeprag_source = "def Gleeprag(x):\n    x = x + 13\n    x = x * 5\n    return x";

std::string trained_text(const Tokenizer& tokenizer, const Example& example) {
  Ids trained;
  for (std::size_t i = 0; i < example.tokens.size(); ++i) {
    if (example.trained[i] != 0) trained.push_back(example.tokens[i]);
  }
  return tokenizer.decode(trained, true);
}

TEST(Templates, ThereAreEnoughAndAllDiffer) {
  const auto declarations = declaration_wordings();
  const auto questions = question_wordings();
  EXPECT_GE(declaration_templates(), 20);
  EXPECT_GE(question_templates(), 10);
  EXPECT_EQ(std::set(declarations.begin(), declarations.end()).size(), declarations.size());
  EXPECT_EQ(std::set(questions.begin(), questions.end()).size(), questions.size());
}

TEST(Templates, FieldsAreFilledOnceAndBracesWithinThemMeanNothing) {
  const WordingFields fields{.name = "{source}", .source = "return {name}", .call = {}};
  EXPECT_EQ(fill_wording("{name}: {source} {other} {", fields), "{source}: return {name} {other} {");
}

TEST(Declaration, EveryTemplateStatesTheSourceVerbatimOnce) {
  const Tokenizer tokenizer = byte_tokenizer();
  for (int i = 0; i < declaration_templates(); ++i) {
    const std::string text = tokenizer.decode(make_declaration(tokenizer, gleeprag, i).tokens);
    const std::size_t at = text.find(gleeprag_source);
    ASSERT_NE(at, std::string::npos) << text;
    EXPECT_EQ(text.find("def Gleeprag", at + 1), std::string::npos) << text;
    EXPECT_TRUE(at == 0 || text[at - 1] == '\n') << "the source's first line must stand by itself: " << text;
    EXPECT_EQ(text.find('{'), std::string::npos) << "a field was not filled: " << text;
  }
}

TEST(Declaration, LossIsOnEveryTokenButTheFirstAndOnEndOfText) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Example example = make_declaration(tokenizer, gleeprag, 0);
  Ids expected(gleeprag_source.begin(), gleeprag_source.end());
  expected.push_back(256);
  EXPECT_EQ(example.tokens, expected);
  std::vector<std::uint8_t> mask(expected.size(), 1);
  mask[0] = 0;
  EXPECT_EQ(example.trained, mask);
  EXPECT_EQ(example.program, "Gleeprag");
  EXPECT_EQ(example.kind, ExampleKind::declaration);
}

TEST(Execution, LossIsOnTheAnswerAndItsEndOfTextAlone) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Execution execution = sample_execution(13, 5, 5);
  const Example trace = make_execution(tokenizer, gleeprag, execution, AnswerForm::trace, 0);
  EXPECT_EQ(
      tokenizer.decode(trace.tokens, true),
      "Question: What is Gleeprag(5)?\nTrace: x = 5 + 13 = 18; x = 18 * 5 = 90; return 90<|endoftext|>");
  EXPECT_EQ(trained_text(tokenizer, trace), " x = 5 + 13 = 18; x = 18 * 5 = 90; return 90<|endoftext|>");
  const Example direct = make_execution(tokenizer, gleeprag, execution, AnswerForm::direct, 0);
  EXPECT_EQ(tokenizer.decode(direct.tokens, true), "Question: What is Gleeprag(5)?\nAnswer: 90<|endoftext|>");
  EXPECT_EQ(trained_text(tokenizer, direct), " 90<|endoftext|>");
  EXPECT_EQ(direct.kind, ExampleKind::execution);
}

TEST(Execution, ReciteGivesTheSourceThenTheTraceAndTheLossMayLeaveTheSourceOut) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Execution execution = sample_execution(13, 5, 5);
  const std::string trace = " x = 5 + 13 = 18; x = 18 * 5 = 90; return 90<|endoftext|>";
  const Example all = make_execution(tokenizer, gleeprag, execution, AnswerForm::recite, 0);
  EXPECT_EQ(tokenizer.decode(all.tokens, true),
            "Question: What is Gleeprag(5)?\nSource:\n" + gleeprag_source + "\nTrace:" + trace);
  EXPECT_EQ(trained_text(tokenizer, all),
            gleeprag_source.substr(std::string("def Gleeprag").size()) + "\nTrace:" + trace);
  const Example read =
      make_execution(tokenizer, gleeprag, execution, AnswerForm::recite, 0, RecitedLoss::execution);
  EXPECT_EQ(read.tokens, all.tokens);
  EXPECT_EQ(trained_text(tokenizer, read), trace);
}

TEST(Question, WithRecitationEndsWhereTheTraceBegins) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Execution execution = sample_execution(13, 5, 5);
  const Question own = make_question_with_recitation(tokenizer, gleeprag, execution.arguments, 0);
  const Example example = make_execution(tokenizer, gleeprag, execution, AnswerForm::recite, 0);
  EXPECT_TRUE(std::equal(own.tokens.begin(), own.tokens.end(), example.tokens.begin()));
  EXPECT_EQ(tokenizer.decode(own.tokens), own.text);
}

TEST(Execution, BeginsWithTheTokensOfTheQuestionThatEvaluationAsks) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Execution execution = sample_execution(13, 5, 5);
  std::set<std::string> texts;
  for (const auto& [form, cue] :
       {std::pair(AnswerForm::trace, "\nTrace:"), std::pair(AnswerForm::direct, "\nAnswer:"),
        std::pair(AnswerForm::recite, "\nSource:\ndef Gleeprag")}) {
    for (int i = 0; i < question_templates(); ++i) {
      const Question question = make_question(tokenizer, gleeprag, execution.arguments, form, i);
      const Example example = make_execution(tokenizer, gleeprag, execution, form, i);
      ASSERT_LT(question.tokens.size(), example.tokens.size());
      EXPECT_TRUE(std::equal(question.tokens.begin(), question.tokens.end(), example.tokens.begin()));
      const auto first_trained = std::find(example.trained.begin(), example.trained.end(), 1);
      EXPECT_EQ(first_trained - example.trained.begin(), std::ssize(question.tokens));
      EXPECT_NE(question.text.find("Gleeprag(5)"), std::string::npos);
      EXPECT_TRUE(question.text.ends_with(cue));
      EXPECT_EQ(tokenizer.decode(question.tokens), question.text);
      texts.insert(question.text);
    }
  }
  EXPECT_EQ(texts.size(), 3U * static_cast<std::size_t>(question_templates()));
}

TEST(Question, WithSourceIsTheSourceABlankLineAndTheSameQuestion) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Question bare = make_question(tokenizer, gleeprag, {integer(5)}, AnswerForm::trace, 1);
  const Question with_source =
      make_question_with_source(tokenizer, gleeprag, {integer(5)}, AnswerForm::trace, 1);
  EXPECT_EQ(with_source.text, gleeprag_source + "\n\n" + bare.text);
  EXPECT_EQ(tokenizer.decode(with_source.tokens), with_source.text);
  EXPECT_TRUE(std::equal(bare.tokens.rbegin(), bare.tokens.rend(), with_source.tokens.rbegin()));
}

TEST(Example, ControlTokensSpeltInSourceStayText) {
  const Tokenizer tokenizer = byte_tokenizer();
  Program program = gleeprag;
  program.source = "def Gleeprag(x):\n    return '<|endoftext|>'";
  const Example example = make_declaration(tokenizer, program, 0);
  EXPECT_EQ(std::count(example.tokens.begin(), example.tokens.end(), 256), 1);
  EXPECT_EQ(example.tokens.back(), 256);
}

TEST(Example, AMissingTraceOrTemplateIsAnError) {
  const Tokenizer tokenizer = byte_tokenizer();
  Execution execution = sample_execution(13, 5, 5);
  EXPECT_THROW(make_execution(tokenizer, gleeprag, execution, AnswerForm::trace, question_templates()),
               Error);
  EXPECT_THROW(make_declaration(tokenizer, gleeprag, -1), Error);
  execution.trace.clear();
  EXPECT_THROW(make_execution(tokenizer, gleeprag, execution, AnswerForm::trace, 0), Error);
  EXPECT_NO_THROW(make_execution(tokenizer, gleeprag, execution, AnswerForm::direct, 0));
}

}  // namespace
}  // namespace pbb
