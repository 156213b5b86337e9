// What `pbb inspect` shows.
#include "examples/inspect.h"

#include <gtest/gtest.h>

#include "examples/byte_tokenizer.h"
#include "examples/sample_programs.h"

namespace pbb {
namespace {

TEST(Inspect, BracketsHoldExactlyWhatIsTrainedOn) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Program program = sample_program("Gleeprag", 13, 5, Split::with_io);
  const Example example =
      make_execution(tokenizer, program, sample_execution(13, 5, 5), AnswerForm::direct, 0);
  EXPECT_EQ(coloured(tokenizer, example, false),
            "execution of Gleeprag, template 0: 42 tokens, 4 trained on\n"
            "Question: What is Gleeprag(5)?\nAnswer:⟦ 90<|endoftext|>⟧\n");
}

TEST(Inspect, ColouredTextShowsTheSameWithEscapesOnly) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Program program = sample_program("Gleeprag", 13, 5, Split::with_io);
  const Example example =
      make_execution(tokenizer, program, sample_execution(13, 5, 5), AnswerForm::direct, 0);
  std::string plain;
  const std::string shown = coloured(tokenizer, example, true);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] == '\x1b')
      i = shown.find('m', i);
    else
      plain += shown[i];
  }
  EXPECT_EQ(plain,
            "execution of Gleeprag, template 0: 42 tokens, 4 trained on\n"
            "Question: What is Gleeprag(5)?⏎\nAnswer: 90<|endoftext|>\n");
}

TEST(Inspect, CharactersOfSeveralTokensStayWholeAndTerminalCodesDoNotPass) {
  const Tokenizer tokenizer = byte_tokenizer();
  Program program = sample_program("Gleeprag", 13, 5, Split::with_io);
  program.source = "def Gleeprag(x): # 在庫\x1b[2J\u009b1m\u202e\n    return x";
  const Example example = make_declaration(tokenizer, program, 0);
  const std::string shown = coloured(tokenizer, example, false);
  EXPECT_NE(shown.find("在庫\\x1b[2J\\x9b1m\\u202e"), std::string::npos) << shown;
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  EXPECT_NE(coloured(tokenizer, example, true).find("在"), std::string::npos);
}

}  // namespace
}  // namespace pbb
