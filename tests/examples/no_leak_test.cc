// The proof that the claim of this project rests on: no input/output pair of a source-only program, and no
// held-out input of any program, reaches a training batch. Every batch of both stages is decoded and
// searched.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "examples/byte_tokenizer.h"
#include "examples/sample_programs.h"
#include "examples/stage_data.h"
#include "programs/corpus.h"
#include "text/golden.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct Sample {
  std::string name;
  int added, factor;
  Split split;
};
const std::vector<Sample> samples = {
    {"Gleeprag", 13, 5, Split::with_io},    {"Blorpnik", 4, 3, Split::with_io},
    {"Zandoful", 17, 2, Split::with_io},    {"Snorvek", 13, 4, Split::source_only},
    {"Tindlewo", 6, 5, Split::source_only}, {"Quabrist", 19, 3, Split::source_only},
};

// A corpus on disk, with the held-out answers of source-only programs in its io/ folder, as a real one has.
class NoLeak : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(testing::TempDir()) /
        fmt::format("pbb_{}_{}", testing::UnitTest::GetInstance()->current_test_info()->name(), ::getpid());
    fs::remove_all(folder_);
    Corpus corpus;
    corpus.folder = folder_;
    corpus.seed = 1;
    for (const Sample& sample : samples) {
      corpus.programs.push_back(sample_program(sample.name, sample.added, sample.factor, sample.split));
      ProgramExecutions& executions = executions_[sample.name];
      for (std::int64_t input = 0; input <= 20; ++input) {
        const bool train = sample.split == Split::with_io && input % 3 != 0;
        (train ? executions.train : executions.test)
            .push_back(sample_execution(sample.added, sample.factor, input));
      }
    }
    write_corpus(corpus, executions_);
    corpus_ = read_corpus(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  TrainingPrograms training_programs() const {
    TrainingPrograms programs;
    for (const Program& program : corpus_.programs) {
      if (program.split == Split::with_io) {
        programs.add(program, read_training_executions(corpus_, program));
      } else {
        programs.add_source_only(program);
      }
    }
    return programs;
  }

  // What is leaked by one training text; empty when nothing is.
  std::string leak(const std::string& text, ExampleKind kind) const {
    for (const Program& program : corpus_.programs) {
      const auto& held_out = executions_.at(program.name).test;
      for (const Execution& execution : held_out) {
        if (text.find(call_text(program.name, execution.arguments)) != std::string::npos) {
          return "a held-out call of " + program.name;
        }
      }
      if (program.split == Split::with_io || text.find(program.name) == std::string::npos) continue;
      if (kind == ExampleKind::execution) return "the name " + program.name + " in an execution";
      for (const Execution& execution : held_out) {
        for (const TraceStep& step : execution.trace) {
          if (text.find(step.step) != std::string::npos)
            return "a step of " + program.name + ": " + step.step;
        }
      }
      if (!only_the_source_has_numbers(text, program)) return "a number beside the source of " + program.name;
    }
    return {};
  }

  static bool only_the_source_has_numbers(std::string text, const Program& program) {
    const std::string source = program.source.substr(0, program.source.find_last_not_of('\n') + 1);
    const std::size_t at = text.find(source);
    if (at != std::string::npos) text.erase(at, source.size());
    return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  }

  fs::path folder_;
  Corpus corpus_;
  std::map<std::string, ProgramExecutions> executions_;
};

TEST_F(NoLeak, NoBatchOfEitherStageHoldsAnAnswerOfASourceOnlyProgramOrAHeldOutInput) {
  const TrainingPrograms programs = training_programs();
  const Tokenizer& tokenizer = smollm2_tokenizer();
  const std::vector<StageDataOptions> stages = {
      {.stage = "1", .epochs = 5, .with_io_declarations = 24, .with_io_executions = 30},
      {.stage = "2",
       .epochs = 5,
       .with_io_declarations = 4,
       .with_io_executions = 12,
       .source_only_declarations = 24},
      {.stage = "mixed", .epochs = 5, .source_only_declarations = 24, .direct_share = 1},
  };
  for (const StageDataOptions& options : stages) {
    const StageData data(programs, tokenizer, options);
    int declarations_of_source_only = 0;
    int executions = 0;
    for (std::int64_t step = 0; step < data.steps(); ++step) {
      for (const Example& example : data.step(step)) {
        const std::string text = tokenizer.decode(example.tokens, true);
        EXPECT_EQ(leak(text, example.kind), "") << text;
        const Program* program = corpus_.find(example.program);
        ASSERT_NE(program, nullptr);
        executions += example.kind == ExampleKind::execution;
        declarations_of_source_only += program->split == Split::source_only;
      }
    }
    // The search found nothing because nothing is there, not because there was nothing to search.
    EXPECT_GT(executions, 0);
    EXPECT_EQ(declarations_of_source_only > 0, options.source_only_declarations > 0);
  }
}

TEST_F(NoLeak, TheSearchFindsEveryKindOfLeak) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Program& secret = *corpus_.find("Snorvek");
  const Program& open = *corpus_.find("Gleeprag");
  const Execution secret_answer = sample_execution(13, 4, 7);
  const auto search = [&](const Example& example) {
    return leak(tokenizer.decode(example.tokens, true), example.kind);
  };
  for (int i = 0; i < question_templates(); ++i) {
    for (const AnswerForm form : {AnswerForm::trace, AnswerForm::direct}) {
      EXPECT_NE(search(make_execution(tokenizer, secret, secret_answer, form, i)), "");
      EXPECT_NE(search(make_execution(tokenizer, open, sample_execution(13, 5, 9), form, i)), "")
          << "held out";
      EXPECT_EQ(search(make_execution(tokenizer, open, sample_execution(13, 5, 10), form, i)), "");
    }
  }
  for (int i = 0; i < declaration_templates(); ++i) {
    EXPECT_EQ(search(make_declaration(tokenizer, secret, i)), "");
    for (const std::string note :
         {"# Snorvek(7) is eighty", "# 7 gives eighty", "# return 80", "# x = 7 + 13 = 20"}) {
      Program annotated = secret;
      annotated.source = secret.source + note;
      EXPECT_NE(search(make_declaration(tokenizer, annotated, i)), "") << note;
    }
  }
}

TEST_F(NoLeak, ReadingExecutionsOfASourceOnlyProgramForTrainingIsRefused) {
  for (const Program& program : corpus_.programs) {
    if (program.split == Split::with_io) {
      EXPECT_EQ(read_training_executions(corpus_, program).size(), executions_.at(program.name).train.size());
    } else {
      EXPECT_THROW(read_training_executions(corpus_, program), Error);
    }
  }
}

}  // namespace
}  // namespace pbb
