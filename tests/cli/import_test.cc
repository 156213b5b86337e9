// pbb make import as its user meets it, and corpora whose sources were edited after they were made.
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "cli/program.h"

namespace pbb {
namespace {

class ImportCommand : public ProgramTest {
 protected:
  void rule(const std::string& name, const std::string& body) const {
    write_file(path("rules") / (name + ".py"), "def " + name + "(x):\n" + body);
    write_file(path("rules") / (name + ".inputs.jsonl"), "[1]\n[2]\n[3]\n[4]\n[5]\n[6]\n");
  }
  Outcome import() const {
    return run({"make", "import", path("rules").string(), "--out", path("c").string()});
  }
  Outcome check(bool renew = false) const {
    std::vector<std::string> arguments{"check", path("c").string()};
    if (renew) arguments.push_back("--renew");
    return run(arguments);
  }
  void edit(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = read_file(path(file));
    ASSERT_NE(text.find(from), std::string::npos) << text;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
    write_file(path(file), text);
  }
  std::vector<std::string> run_of_corpus(const std::string& command) const {
    write_file(path("r.toml"), fmt::format("model = \"{}\"\ncompute = \"f32\"\n[corpus]\nfolder = "
                                           "\"{}\"\n[[stage]]\nname = \"1\"\narm = \"trained\"\n"
                                           "with_io_declarations = 2\n[evaluation]\nmax_new_tokens = 4\n",
                                           path("model").string(), path("c").string()));
    std::vector<std::string> arguments{command, path("r.toml").string()};
    if (command == "run") arguments.insert(arguments.end(), {"--out", path("o").string()});
    return arguments;
  }
  static void expect(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks " << part;
  }
};

TEST_F(ImportCommand, OneGoodFileIsEnoughAndNoneIsAnErrorWithTheTable) {
  write_file(path("rules/bad.py"), "def bad(x:\n");
  write_file(path("rules/test_bad.py"), "def test_bad():\n    pass\n");
  const Outcome none = import();
  EXPECT_EQ(none.code(), 2);
  expect(none.out, "bad.py       refused   bad.py:1: Python cannot read it");
  expect(none.out, "test_bad.py  left out  a test");
  expect(none.err, "none of its files can be a program");
  EXPECT_FALSE(fs::exists(path("c")));
  rule("good", "    return x + 1\n");
  const Outcome some = import();
  EXPECT_EQ(some.code(), 0) << some.err;
  expect(some.out, "good.py      accepted  good: ");
  expect(some.out, "bad.py       refused");
  expect(some.out, ": 1 program,");
}

TEST_F(ImportCommand, ARunSaysWhatItDidNotTake) {
  rule("good", "    return x + 1\n");
  rule("better", "    return x + 2\n");
  write_file(path("rules/bad.py"), "def bad(x:\n");
  write_file(
      path("r.toml"),
      fmt::format(
          "model = \"{}\"\n[corpus]\npython_folder = \"{}\"\n[[stage]]\nname = \"1\"\narm = \"trained\"\n"
          "with_io_declarations = 2\n",
          path("model").string(), path("rules").string()));
  const Outcome outcome = run({"estimate", path("r.toml").string(), "--no-time"});
  EXPECT_EQ(outcome.code(), 0) << outcome.err;
  expect(outcome.err, "bad.py  refused   bad.py:1: Python cannot read it");
  EXPECT_EQ(outcome.err.find("good.py"), std::string::npos) << outcome.err;
}

TEST_F(ImportCommand, CheckComparesValuesAndTraces) {
  rule("fee", "    y = x + 4\n    return y\n");
  ASSERT_EQ(import().code(), 0);
  EXPECT_EQ(check().code(), 0);
  edit("c/source/fee.py", "y", "total");  // the same values, told in other words
  const Outcome renamed = check();
  EXPECT_EQ(renamed.code(), 2);
  expect(renamed.out, "fee.jsonl: fee(");
  expect(renamed.out, "step 2 is 'total = ");
  expect(renamed.out, "stored is 'y = ");
  edit("c/source/fee.py", "+ 4", "+ 5");
  const Outcome changed = check();
  EXPECT_EQ(changed.code(), 2);
  expect(changed.out, " gives ");
  expect(changed.out, ", stored is ");
  EXPECT_EQ(changed.out.find(" 0 differ"), std::string::npos) << changed.out;
  expect(changed.err, "--renew");
}

TEST_F(ImportCommand, CheckRenewsAnswersAndTracesAllOrNone) {
  rule("fee", "    y = x + 4\n    return y\n");
  rule("rate", "    return x * 3\n");
  ASSERT_EQ(import().code(), 0);
  edit("c/source/fee.py", "+ 4", "+ 5");
  const std::string before = read_file(path("c/io/fee.jsonl"));
  edit("c/source/rate.py", "return x", "while True: x = x\n    return x");
  const Outcome endless = check(true);
  EXPECT_EQ(endless.code(), 2);
  expect(endless.err, "nothing was written");
  EXPECT_EQ(read_file(path("c/io/fee.jsonl")), before);
  edit("c/source/rate.py", "while True: x = x\n    return x", "return x");
  const Outcome renewed = check(true);
  EXPECT_EQ(renewed.code(), 0) << renewed.err;
  expect(renewed.out, fmt::format(", {} differed", std::ranges::count(before, '\n')));
  EXPECT_EQ(check().code(), 0);
  const std::string after = read_file(path("c/io/fee.jsonl"));
  expect(after, "+ 5 = ");
  EXPECT_EQ(std::ranges::count(after, '\n'), std::ranges::count(before, '\n'));
  EXPECT_EQ(run({"check", path("rules/fee.py").string(), "--renew"}).code(), 2);
}

TEST_F(ImportCommand, ACorpusThatIsNoLongerTrueIsNotTrainedOn) {
  rule("fee", "    y = x + 4\n    return y\n");
  rule("rate", "    return x * 3\n");
  ASSERT_EQ(import().code(), 0);
  edit("c/source/fee.py", "+ 4", "+ 5");
  for (const char* command : {"run", "estimate", "inspect"}) {
    const Outcome outcome = run(run_of_corpus(command));
    EXPECT_EQ(outcome.code(), 2) << command << outcome.out;
    expect(outcome.err, "fee.jsonl: fee(");
    expect(outcome.err, " gives ");
    expect(outcome.err, "stored is ");
    expect(outcome.err, "--renew");
    EXPECT_FALSE(fs::exists(path("o"))) << command;
  }
  ASSERT_EQ(check(true).code(), 0);
  EXPECT_EQ(run(run_of_corpus("run")).code(), 0);
}

TEST_F(ImportCommand, AHeldOutCallThatASourceTellsIsFound) {
  rule("fee", "    return x + 4\n");
  rule("rate", "    return x * 3\n");
  ASSERT_EQ(import().code(), 0);
  const fs::path io = path("c/io/fee.jsonl");
  const std::string lines = read_file(io);
  const auto held_out = nlohmann::json::parse(lines.substr(lines.rfind('\n', lines.size() - 2) + 1));
  const std::string call = fmt::format("fee({})", held_out.at("input")[0].get<std::string>());
  write_file(path("c/source/rate.py"),
             read_file(path("c/source/rate.py")) + "# " + call + " is the highest\n");
  const Outcome checked = check();
  EXPECT_EQ(checked.code(), 2);
  expect(checked.out, "rate.py:3: tells " + call + ", which is held out");
  const Outcome trained = run(run_of_corpus("run"));
  EXPECT_EQ(trained.code(), 2);
  expect(trained.err, "tells " + call);
}

// A comparison that binary floats decide otherwise than it reads is told of wherever a program is looked at.
TEST_F(ImportCommand, AFloatTrapIsWarnedOfByCheckAndByImport) {
  fs::remove_all(path("rules"));
  fs::create_directory(path("rules"));
  write_file(path("rules/judge.py"), "def judge(size):\n    return abs(size - 25.0) <= 0.05\n");
  write_file(path("rules/judge.inputs.jsonl"), "[25.05]\n[25.0]\n");
  const std::string told = "judge.py:2: judge(25.05): abs(25.05 - 25.0) <= 0.05 is False";
  const Outcome file = run({"check", path("rules/judge.py").string(), "--input", "25.05"});
  EXPECT_EQ(file.code(), 0) << file.err;
  EXPECT_NE(file.err.find(told), std::string::npos) << file.err;
  EXPECT_NE(file.out.find("judge(25.05) = False"), std::string::npos) << file.out;
  const Outcome imported = run({"make", "import", path("rules").string(), "--out", path("traps").string()});
  EXPECT_NE(imported.out.find(told), std::string::npos) << imported.out << imported.err;
  const Outcome corpus = run({"check", path("traps").string()});
  EXPECT_EQ(corpus.code(), 0) << corpus.err;
  EXPECT_NE(corpus.err.find(told), std::string::npos) << corpus.err;
}

}  // namespace
}  // namespace pbb
