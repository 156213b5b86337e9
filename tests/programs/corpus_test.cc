// Corpora that people edit: what is right is read, what is wrong is named with its file and line.
#include "programs/corpus.h"

#include "base/file.h"
#include "programs/make.h"
#include "python_runner.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

Execution execution(const std::string& argument, const std::string& output) {
  Execution result;
  result.arguments = {*parse_value(argument)};
  result.outcome = *parse_value(output);
  result.trace = {{2, "return x * 2", "return " + argument + " * 2 = " + output, "return □ * 2 = □"}};
  return result;
}

// Two programs, one of each split, in a folder of the test's own.
class HandMadeCorpus : public testing::Test {
 protected:
  HandMadeCorpus() : folder_(temporary_.path() / "corpus") {
    corpus_.folder = folder_;
    corpus_.seed = 7;
    for (const char* name : {"Blorvax", "Gleeprag"}) {
      Program& program = corpus_.programs.emplace_back();
      program.name = name;
      program.source = "def " + program.name + "(x):\n    return x * 2\n";
      program.view("prose") = "Double it.\n";
      program.domain = "arithmetic";
      program.kind = "straight-line";
    }
    corpus_.programs[1].split = Split::source_only;
    executions_["Blorvax"] = {.train = {execution("5", "10"), execution("'é\\n'", "'é\\né\\n'")},
                              .test = {execution("7", "14")}};
    executions_["Gleeprag"] = {.train = {}, .test = {execution("1.5", "3.0")}};
    write_corpus(corpus_, executions_);
  }

  void replace(const fs::path& file, const std::string& old_text, const std::string& new_text) {
    std::string text = read_file(folder_ / file);
    const std::size_t at = text.find(old_text);
    ASSERT_NE(at, std::string::npos) << file << " lacks " << old_text;
    write_file(folder_ / file, text.replace(at, old_text.size(), new_text));
  }

  std::string reading_error() {
    return input_error([&] { read_corpus(folder_); });
  }
  std::string executions_error() {
    return input_error([&] { read_test_executions(corpus_, corpus_.programs[0]); });
  }

  static void expect(const std::string& message, const std::vector<std::string>& parts) {
    for (const auto& part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks " << part;
  }

  TemporaryFolder temporary_;
  fs::path folder_;
  Corpus corpus_;
  std::map<std::string, ProgramExecutions> executions_;
};

TEST_F(HandMadeCorpus, ReadsBackTheSame) {
  const Corpus read = read_corpus(folder_);
  ASSERT_EQ(read.programs.size(), 2u);
  EXPECT_EQ(read.seed, 7u);
  EXPECT_EQ(read.programs[1].split, Split::source_only);
  EXPECT_EQ(read.programs[0].find_view("prose")->text, "Double it.\n");
  const auto train = read_training_executions(read, read.programs[0]);
  ASSERT_EQ(train.size(), 2u);
  EXPECT_EQ(to_python(train[1].arguments[0]), "'é\\n'");
  EXPECT_EQ(train[1].trace[0].pattern, "return □ * 2 = □");
  EXPECT_EQ(outcome_text(read_test_executions(read, read.programs[1])[0].outcome), "3.0");
}

TEST_F(HandMadeCorpus, ReadAndWrittenAgainIsTheSameBytes) {
  const std::string before = read_file(folder_ / "corpus.json") + read_file(folder_ / "io/Blorvax.jsonl");
  const Corpus read = read_corpus(folder_);
  std::map<std::string, ProgramExecutions> executions;
  executions["Blorvax"].train = read_training_executions(read, read.programs[0]);
  for (const Program& program : read.programs)
    executions[program.name].test = read_test_executions(read, program);
  write_corpus(read, executions, Replace::unchanged);
  EXPECT_EQ(read_file(folder_ / "corpus.json") + read_file(folder_ / "io/Blorvax.jsonl"), before);
}

TEST_F(HandMadeCorpus, AProgramEditedAddedOrMovedToSourceOnlyIsTakenAsItIs) {
  replace("source/Blorvax.py", "x * 2", "x * 3");
  replace("corpus.json", "\"with-io\"", "\"source-only\"");
  replace("corpus.json", "\"programs\": [",
          "\"programs\": [ {\"name\": \"own\", \"domain\": \"rules\", \"kind\": \"stock\", \"split\": "
          "\"with-io\"},");
  write_file(folder_ / "source/own.py", "def own(a, b=2):\r\n    return a\n");
  fs::remove(folder_ / "views/prose/Blorvax.txt");
  const Corpus read = read_corpus(folder_);
  ASSERT_EQ(read.programs.size(), 3u);
  const Program& edited = *read.find("Blorvax");
  EXPECT_NE(edited.source.find("x * 3"), std::string::npos);
  EXPECT_EQ(edited.find_view("prose"), nullptr);
  EXPECT_THROW(read_training_executions(read, edited), Error);
  EXPECT_EQ(read_test_executions(read, edited).size(), 1u);  // its train lines stay unread
  const auto missing = input_error([&] { read_training_executions(read, *read.find("own")); });
  expect(missing, {"own.jsonl: the executions of program own are missing"});
}

TEST_F(HandMadeCorpus, SourcesAndTheListMustAgree) {
  write_file(folder_ / "source/Extra.py", "def Extra(x):\n    return x\n");
  expect(reading_error(), {"source/Extra.py: this file is not listed", "HINT add its program"});
  fs::remove(folder_ / "source/Extra.py");
  fs::remove(folder_ / "source/Gleeprag.py");
  expect(reading_error(), {"source/Gleeprag.py: program Gleeprag is listed", "HINT put the file back"});
}

TEST_F(HandMadeCorpus, AChangedFunctionNameIsNamedWithItsLine) {
  replace("source/Gleeprag.py", "def Gleeprag", "# mine\ndef Gleepraf");
  expect(reading_error(),
         {"source/Gleeprag.py:2: expected a function Gleeprag, found Gleepraf", "HINT a renamed"});
}

TEST_F(HandMadeCorpus, BadEntriesAreNamedWithTheirLine) {
  const std::string good = read_file(folder_ / "corpus.json");
  const auto error_after = [&](const std::string& old_text, const std::string& new_text) {
    write_file(folder_ / "corpus.json", good);
    replace("corpus.json", old_text, new_text);
    return reading_error();
  };
  expect(
      error_after("\"source-only\"", "\"source\""),
      {"corpus.json:8: program Gleeprag: \"split\" is \"source\", expected \"with-io\" or \"source-only\""});
  expect(error_after(",\"split\":\"source-only\"", ""),
         {"corpus.json:8: program Gleeprag: \"split\" is missing"});
  expect(error_after("\"Gleeprag\"", "\"Blorvax\""), {"program Blorvax: listed twice"});
  expect(error_after("\"Gleeprag\"", "\"../../etc/passwd\""),
         {"\"../../etc/passwd\" cannot be a function's name"});
  expect(error_after("\"Gleeprag\"", "5"), {"programs[1]: \"name\" is 5, expected a string"});
  expect(error_after("\"Gleeprag\"", std::string(100'000, '[') + std::string(100'000, ']')),
         {"corpus.json:8:", "nested deeper than 100"});
  expect(error_after("\"version\": 2", "\"version\": 9"), {"corpus.json: version 9, expected 1 to 2"});
  expect(error_after("\"seed\": 7", "\"seed\": -7"), {"\"seed\" is not a whole number"});
  expect(error_after("pbb-corpus", "other"), {"corpus.json: no \"format\""});
  expect(error_after("]\n}", "}"), {"corpus.json:", "not JSON"});
  write_file(folder_ / "corpus.json", "[]");
  expect(reading_error(), {"no \"format\""});
}

TEST_F(HandMadeCorpus, ACorpusOfFormat1IsReadAsItWas) {
  replace("corpus.json", "\"version\": 2", "\"version\": 1");
  fs::rename(folder_ / "views/prose", folder_ / "prose");
  fs::remove(folder_ / "views");
  const Corpus read = read_corpus(folder_);
  ASSERT_NE(read.programs[0].find_view("prose"), nullptr);
  EXPECT_EQ(read.programs[0].find_view("prose")->text, "Double it.\n");
  EXPECT_EQ(outcome_text(read_test_executions(read, read.programs[0])[0].outcome), "14");
}

TEST_F(HandMadeCorpus, ViewsOfEveryKindAreReadBack) {
  corpus_.programs[1].view("renamed") = "def Other(y):\n    return y * 2\n";
  write_corpus(corpus_, executions_, Replace::unchanged);
  const Corpus read = read_corpus(folder_);
  EXPECT_EQ(read.programs[0].find_view("renamed"), nullptr);
  ASSERT_NE(read.programs[1].find_view("renamed"), nullptr);
  EXPECT_EQ(read.programs[1].find_view("renamed")->text, "def Other(y):\n    return y * 2\n");
}

TEST_F(HandMadeCorpus, AnExceptionRaisedIsAnOutcomeThatIsReadBack) {
  executions_["Gleeprag"].test[0].outcome = Raised{"ValueError", "no: such 'tier'"};
  write_corpus(corpus_, executions_, Replace::unchanged);
  EXPECT_NE(read_file(folder_ / "io/Gleeprag.jsonl").find(R"("raises":"ValueError: no: such 'tier'")"),
            std::string::npos);
  const auto read = read_test_executions(corpus_, corpus_.programs[1]);
  EXPECT_EQ(std::get<Raised>(read[0].outcome), (Raised{"ValueError", "no: such 'tier'"}));
  EXPECT_EQ(outcome_text(read[0].outcome), "raises ValueError");
}

TEST_F(HandMadeCorpus, BadExecutionLinesAreNamedWithTheirLine) {
  const std::string good = read_file(folder_ / "io/Blorvax.jsonl");
  const auto error_after = [&](const std::string& old_text, const std::string& new_text) {
    write_file(folder_ / "io/Blorvax.jsonl", good);
    replace("io/Blorvax.jsonl", old_text, new_text);
    return executions_error();
  };
  const std::string place = "io/Blorvax.jsonl:3: ";
  expect(error_after("[\"7\"]", "[]"), {place + "\"input\" has 0 arguments, but Blorvax takes 1"});
  expect(error_after("[\"7\"]", "[\"7\",\"8\"]"), {place + "\"input\" has 2 arguments"});
  expect(error_after("[\"7\"]", "[7]"), {place + "an argument in \"input\" is 7, expected a string", "HINT"});
  expect(error_after("[\"7\"]", "[\"seven\"]"), {place, "is \"seven\", which is no Python literal"});
  expect(error_after("\"14\"", "\"1 4\""), {place + "\"output\" is \"1 4\""});
  expect(error_after("\"output\":\"14\"", "\"raises\":\"no exception\""),
         {place + "\"raises\" is \"no exception\"", "HINT"});
  expect(error_after("\"output\":\"14\"", "\"output\":\"14\",\"raises\":\"ValueError\""),
         {place, "are both there"});
  // Case long_message: whatever stands there, the message is a few lines at most.
  const std::string long_text = error_after("\"14\"", "\"" + std::string(18'000, '[') + "\"");
  expect(long_text, {place + "\"output\" is \"[[[", "(18000 bytes)"});
  EXPECT_LT(long_text.size(), 1000u);
  expect(error_after("\"use\":\"test\"", "\"use\":\"tset\""), {place + "\"use\" is \"tset\""});
  expect(error_after("\"use\":\"test\",", ""), {place + "\"use\" is missing"});
  expect(error_after("[\"7\"]", "[\"5\"]"),
         {place + "Blorvax(5) is on line 1 too", "must not be trained on"});
  expect(error_after("{\"use\":\"test\"", "{use"), {place + "not JSON"});
  write_file(folder_ / "io/Blorvax.jsonl", good + "[1]\n");
  expect(executions_error(), {"io/Blorvax.jsonl:4: expected an object, found an array"});
  write_file(folder_ / "io/Blorvax.jsonl", "");
  expect(input_error([&] { read_training_executions(corpus_, corpus_.programs[0]); }),
         {"no line with", "HINT"});
}

TEST_F(HandMadeCorpus, SourcesThatAreNoTextAreNamedWithTheirLine) {
  replace("source/Blorvax.py", "x * 2", "'\xff'");
  expect(reading_error(), {"source/Blorvax.py:2: byte 0xff is not text in UTF-8"});
}

TEST_F(HandMadeCorpus, AFolderWithoutACorpusIsNamed) {
  expect(input_error([&] { read_corpus(folder_ / "source"); }), {"source/corpus.json: no such file"});
}

TEST_F(HandMadeCorpus, ExecutionsOfSourceOnlyProgramsToTrainOnCannotBeWritten) {
  executions_["Gleeprag"].train = {execution("1", "2")};
  EXPECT_THROW(write_corpus(corpus_, executions_, Replace::unchanged), Error);
  EXPECT_EQ(read_corpus(folder_).programs.size(), 2u);
}

}  // namespace
}  // namespace pbb
