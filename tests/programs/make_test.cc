// Made corpora: reproducible, no two programs alike, none constant, what is tested never trained on.
#include "programs/make.h"

#include <set>

#include "base/file.h"
#include "programs/domains/arithmetic.h"
#include "programs/execute.h"
#include "python_runner.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

ArithmeticOptions& arithmetic(MakeOptions& options) {
  return options.of("arithmetic").as<ArithmeticOptions>();
}

void leave_out(MakeOptions& options, const char* domain) {
  options.of(domain).with_io = options.of(domain).source_only = 0;
}

MakeOptions small_options() {
  MakeOptions options;
  options.of("arithmetic").with_io = 6;
  options.of("arithmetic").source_only = 4;
  arithmetic(options).branch_share = arithmetic(options).loop_share = 0.3;
  options.of("rules").with_io = 6;
  options.of("rules").source_only = 4;
  options.train_inputs = 8;
  options.test_inputs = 3;
  return options;
}

// Every file of a folder with its bytes.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
  }
  return files;
}

std::vector<std::string> calls_of(const std::vector<Execution>& executions) {
  std::vector<std::string> calls;
  for (const Execution& execution : executions) calls.push_back(call_text("", execution.arguments));
  return calls;
}

class MadeCorpus : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    made_ = new Corpus(make_corpus(small_options(), run_in_python, folder_->path() / "corpus"));
  }
  static void TearDownTestSuite() {
    delete made_;
    delete folder_;
  }
  static TemporaryFolder* folder_;
  static Corpus* made_;
};
TemporaryFolder* MadeCorpus::folder_ = nullptr;
Corpus* MadeCorpus::made_ = nullptr;

TEST_F(MadeCorpus, HasAsManyProgramsOfEachSplitAsAskedFor) {
  std::map<std::pair<std::string, Split>, int> counts;
  for (const Program& program : made_->programs) ++counts[{program.domain, program.split}];
  EXPECT_EQ((counts[{"arithmetic", Split::with_io}]), 6);
  EXPECT_EQ((counts[{"arithmetic", Split::source_only}]), 4);
  EXPECT_EQ((counts[{"rules", Split::with_io}]), 6);
  EXPECT_EQ((counts[{"rules", Split::source_only}]), 4);
}

TEST_F(MadeCorpus, ReadsBackAsItWasMade) {
  const Corpus read = read_corpus(made_->folder);
  EXPECT_EQ(read.seed, made_->seed);
  EXPECT_EQ(read.summary, made_->summary);
  ASSERT_EQ(read.programs.size(), made_->programs.size());
  for (std::size_t i = 0; i < read.programs.size(); ++i) {
    const Program &a = read.programs[i], &b = made_->programs[i];
    EXPECT_EQ(std::tie(a.name, a.source, a.find_view("prose")->text, a.domain, a.kind, a.split),
              std::tie(b.name, b.source, b.find_view("prose")->text, b.domain, b.kind, b.split));
    EXPECT_EQ(read.find(b.name), &a);
  }
  EXPECT_EQ(read.find("Nobody"), nullptr);
}

TEST_F(MadeCorpus, TestInputsAreNeverTrainInputsAndAllAreDifferent) {
  for (const Program& program : made_->programs) {
    const auto test = read_test_executions(*made_, program);
    EXPECT_EQ(test.size(), 3u);
    std::vector<std::string> calls = calls_of(test);
    if (program.split == Split::with_io) {
      const auto train = read_training_executions(*made_, program);
      EXPECT_EQ(train.size(), 8u);
      for (const auto& call : calls_of(train)) calls.push_back(call);
    }
    EXPECT_EQ(std::set(calls.begin(), calls.end()).size(), calls.size()) << program.name;
  }
}

TEST_F(MadeCorpus, AnswersAndTracesAreThoseOfTheRunner) {
  std::vector<ProgramCall> calls;
  std::vector<Execution> shown;
  for (const Program& program : made_->programs) {
    for (Execution& execution : read_test_executions(*made_, program)) {
      add_calls(program, {&execution.arguments, 1}, true, calls);
      shown.push_back(std::move(execution));
    }
  }
  const auto results = run_in_python(calls);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    EXPECT_TRUE(same_answer(shown[i].outcome, results[i].output));
    ASSERT_EQ(shown[i].trace.size(), results[i].trace.size());
    EXPECT_EQ(shown[i].trace.back().step, results[i].trace.back().step);
    EXPECT_EQ(shown[i].trace.back().line, results[i].trace.back().line);
  }
}

TEST_F(MadeCorpus, TestInputsOfRulesTakeDifferentBranches) {
  int spread = 0, rules = 0;
  for (const Program& program : made_->programs) {
    if (program.domain != "rules") continue;
    std::set<int> last_lines;
    for (const auto& execution : read_test_executions(*made_, program))
      last_lines.insert(execution.trace.back().line);
    ++rules;
    spread += last_lines.size() >= 2;
  }
  EXPECT_EQ(spread, rules);
}

TEST_F(MadeCorpus, AskingForTrainingExecutionsOfASourceOnlyProgramIsAnError) {
  for (const Program& program : made_->programs) {
    if (program.split == Split::with_io) continue;
    EXPECT_THROW(read_training_executions(*made_, program), Error);
    EXPECT_EQ(read_file(made_->folder / "io" / (program.name + ".jsonl")).find("train"), std::string::npos);
  }
}

TEST_F(MadeCorpus, ReadingNeverOpensTheAnswers) {
  const TemporaryFolder other;
  fs::copy(made_->folder, other.path() / "corpus", fs::copy_options::recursive);
  fs::remove_all(other.path() / "corpus/io");
  EXPECT_EQ(read_corpus(other.path() / "corpus").programs.size(), made_->programs.size());
}

TEST_F(MadeCorpus, TheSameSeedGivesTheSameBytesAndAnotherSeedOthers) {
  const TemporaryFolder other;
  make_corpus(small_options(), run_in_python, other.path() / "again");
  EXPECT_EQ(contents(made_->folder), contents(other.path() / "again"));
  MakeOptions options = small_options();
  options.seed = 2;
  const Corpus different = make_corpus(options, run_in_python, other.path() / "different");
  for (const Program& program : different.programs) EXPECT_EQ(made_->find(program.name), nullptr);
}

TEST_F(MadeCorpus, LeavingOutOneDomainDoesNotChangeTheOther) {
  const TemporaryFolder other;
  MakeOptions options = small_options();
  leave_out(options, "arithmetic");
  const Corpus rules = make_corpus(options, run_in_python, other.path() / "rules");
  ASSERT_EQ(rules.programs.size(), 10u);
  for (const Program& program : rules.programs) {
    const Program* same = made_->find(program.name);
    ASSERT_TRUE(same);
    EXPECT_EQ(same->source, program.source);
  }
}

// With so few operators and constants most candidates are alike, so that this fails where they are not
// compared.
TEST(MakeCorpus, NoTwoProgramsDoTheSameAndNoneIsConstant) {
  const TemporaryFolder folder;
  MakeOptions options;
  options.of("arithmetic").with_io = 18;
  arithmetic(options).max_constant = 6;
  arithmetic(options).operators = "+-";
  const Corpus corpus = make_corpus(options, run_in_python, folder.path() / "corpus");
  std::vector<Input> inputs;
  for (std::int64_t x = 0; x <= 20; ++x) inputs.emplace_back(1).front().data = x;
  std::vector<ProgramCall> calls;
  for (const Program& program : corpus.programs) {
    if (program.domain == "arithmetic") add_calls(program, inputs, false, calls);
  }
  const auto results = run_in_python(calls);
  std::set<std::string> behaviours;
  for (std::size_t i = 0; i < results.size(); i += inputs.size()) {
    std::string outputs;
    std::set<std::string> different;
    for (std::size_t j = i; j < i + inputs.size(); ++j) {
      outputs += to_python(results[j].output) + " ";
      different.insert(to_python(results[j].output));
    }
    EXPECT_TRUE(behaviours.insert(outputs).second) << calls[i].source;
    EXPECT_GT(different.size(), 1u);
  }
  EXPECT_EQ(behaviours.size(), 18u);
}

TEST(MakeCorpus, KnobsThatAllowTooFewProgramsAreAClearError) {
  const TemporaryFolder folder;
  MakeOptions options;
  options.of("arithmetic").with_io = 60;
  arithmetic(options).max_constant = 3;
  arithmetic(options).operators = "+-";
  const auto text = input_error([&] { make_corpus(options, run_in_python, folder.path() / "corpus"); });
  EXPECT_NE(text.find("arithmetic: 60 programs are wanted, but among"), std::string::npos) << text;
  EXPECT_FALSE(fs::exists(folder.path() / "corpus"));
}

TEST(MakeCorpus, TooFewInputsAreAClearError) {
  const TemporaryFolder folder;
  MakeOptions options;
  options.of("arithmetic").with_io = 2;
  arithmetic(options).max_input = 10;
  const auto text = input_error([&] { make_corpus(options, run_in_python, folder.path() / "corpus"); });
  EXPECT_NE(text.find("inputs 0 to 10 are 11, but a program needs 20"), std::string::npos) << text;
  options.of("arithmetic").with_io = 0;
  EXPECT_NE(input_error([&] {
              make_corpus(options, run_in_python, folder.path() / "corpus");
            }).find("number of programs is 0"),
            std::string::npos);
}

TEST(MakeCorpus, NumbersOfProgramsBelowZeroAreRefusedByDomain) {
  const TemporaryFolder folder;
  MakeOptions options = small_options();
  options.of("rules").source_only = -1;
  const auto text = input_error([&] { make_corpus(options, run_in_python, folder.path() / "corpus"); });
  EXPECT_NE(text.find("rules: source_only is -1"), std::string::npos) << text;
}

TEST(MakeCorpus, AllInputsOfANarrowRangeCanBeUsed) {
  const TemporaryFolder folder;
  MakeOptions options;
  options.of("arithmetic").with_io = 3;
  arithmetic(options).max_input = 19;  // 16 + 4 inputs are all there are
  EXPECT_EQ(make_corpus(options, run_in_python, folder.path() / "corpus").programs.size(), 3u);
}

TEST(MakeCorpus, TracesThatAreTooLongAreLeftOut) {
  const TemporaryFolder folder;
  MakeOptions options = small_options();
  leave_out(options, "rules");
  arithmetic(options).max_statements = 4;
  options.max_trace_steps = 5;
  const Corpus corpus = make_corpus(options, run_in_python, folder.path() / "corpus");
  for (const Program& program : corpus.programs) {
    for (const auto& execution : read_test_executions(corpus, program)) EXPECT_LE(execution.trace.size(), 5u);
  }
}

TEST(MakeCorpus, AFailureOfOursIsAnErrorNotADroppedProgram) {
  const TemporaryFolder folder;
  const Runner failing = [](std::span<const ProgramCall> calls) {
    std::vector<CallResult> results(calls.size());
    for (auto& result : results) result.detail = "no worker";
    return results;
  };
  const Runner short_of_answers = [](std::span<const ProgramCall>) { return std::vector<CallResult>(1); };
  EXPECT_THROW(make_corpus(small_options(), failing, folder.path() / "corpus"), Error);
  EXPECT_THROW(make_corpus(small_options(), short_of_answers, folder.path() / "corpus"), Error);
  EXPECT_FALSE(fs::exists(folder.path() / "corpus"));
}

TEST(MakeCorpus, AFolderThatIsNoCorpusIsNeverReplaced) {
  const TemporaryFolder folder;
  write_file(folder.path() / "thesis.txt", "years of work");
  MakeOptions options = small_options();
  leave_out(options, "rules");
  EXPECT_NE(input_error([&] { make_corpus(options, run_in_python, folder.path()); }).find("as a corpus"),
            std::string::npos);
  EXPECT_EQ(read_file(folder.path() / "thesis.txt"), "years of work");
}

}  // namespace
}  // namespace pbb
