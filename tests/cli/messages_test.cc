// What the program says, where it can be said, and signals that come while it works.
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_lines.h"
#include "cli/program.h"

namespace pbb {
namespace {

TEST_F(ProgramTest, AnInterruptedRunWritesACheckpointAndSaysHowToGoOn) {
  const pid_t child = start(long_run_arguments("run"));
  ASSERT_TRUE(wait_for(path("run") / "stages/1/metrics.jsonl", child));
  kill(child, SIGINT);
  const Outcome outcome = finish(child);
  EXPECT_EQ(outcome.code(), 130) << outcome.err;
  EXPECT_NE(outcome.err.find("--resume"), std::string::npos) << outcome.err;
  const Outcome resumed = run(long_run_arguments("run", true));
  EXPECT_EQ(resumed.code(), 0) << resumed.err;
}

// Case stdout_full.
TEST_F(ProgramTest, OutputThatDoesNotArriveIsAnError) {
  write_file(path("text"), "ab c");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"info", path("model").string()},
           {"tokenize", path("model").string(), path("text").string(), "--json"},
           {"--help"},
           {"--version"}}) {
    const Outcome outcome = finish(start(arguments, "/dev/full"));
    EXPECT_EQ(outcome.code(), 1) << arguments[0];
    EXPECT_NE(outcome.err.find("No space left on device"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
  }
}

// The log of a run may lie on a disk that is full, and a terminal, or who reads the log, may be gone.
TEST_F(ProgramTest, AMessageThatDoesNotArriveCostsNothingElse) {
  const auto shell = [&](const std::vector<std::string>& arguments, const std::string& redirection) {
    std::string command = PBB_BINARY;
    for (const std::string& argument : arguments) command += " '" + argument + "'";
    write_file(path("command.sh"), command + " " + redirection + "\nexit ${PIPESTATUS[0]}\n");
    const int status = std::system(("bash " + path("command.sh").string()).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  ASSERT_EQ(run(run_arguments("whole")).code(), 0);
  EXPECT_EQ(shell(run_arguments("full"), "> /dev/null 2> /dev/full"), 0);
  EXPECT_EQ(shell(run_arguments("unread"), "2>&1 > /dev/null | true"), 0);
  EXPECT_EQ(shell(run_arguments("closed"), "< /dev/null > /dev/null 2>&-"), 0);
  EXPECT_EQ(shell({"info", path("absent").string()}, "> /dev/null 2> /dev/full"), 2);
  // No file is taken for a stream that is closed: what is printed would stand in it.
  EXPECT_EQ(shell(run_arguments("mute"), "<&- >&- 2>&-"), 1);
  for (const char* out : {"full", "unread", "closed", "mute"}) {
    EXPECT_EQ(weights(out), weights("whole")) << out;
    for (const char* file : {"eval/trained.jsonl", "summary.json"})
      EXPECT_EQ(read_file(path(out) / file), read_file(path("whole") / file)) << out << " " << file;
    for (const char* file : {"stages/1/metrics.jsonl", "stages/2/metrics.jsonl"})
      EXPECT_NO_THROW(read_json_lines(path(out) / file, [](const nlohmann::json&, int) {})) << out << file;
    EXPECT_EQ(run({"report", path(out).string()}).code(), 0) << out;
  }
}

// Case folder_permission; root may read everything, so the folder is one that nobody can have.
TEST_F(ProgramTest, WhatTheSystemRefusesIsNoBugOfOurs) {
  const std::string longest(300, 'a');
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"run", path("tiny.toml").string(), "--out", path(longest).string()},
           {"make", "import", path(longest).string(), "--out", path("c").string()},
           {"make", "arithmetic", "--out", path(longest).string()},
           {"export", path("model").string(), "--to", path(longest).string()},
           {"check", path(longest).string()},
           {"report", path(longest).string()}}) {
    const Outcome outcome = run(arguments);
    EXPECT_TRUE(outcome.code() == 1 || outcome.code() == 2) << arguments[0] << outcome.code();
    EXPECT_EQ(outcome.err.find("internal error"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
  }
  const Outcome outcome = run({"run", path("tiny.toml").string(), "--out", path(longest).string()});
  EXPECT_EQ(outcome.code(), 1);
  EXPECT_NE(outcome.err.find("File name too long"), std::string::npos) << outcome.err;
}

// Case long_message.
TEST_F(ProgramTest, AMessageIsAtMostAScreenOfWhatCanBeSeen) {
  const std::string line = "\"\x1b]0;title\a" + std::string(18'000, 'x') + "\"";
  const Outcome outcome = run({"ask", path("model").string(), line});
  EXPECT_EQ(outcome.code(), 2);
  EXPECT_LT(outcome.err.size(), 2000U);
  EXPECT_NE(outcome.err.find("is not a call"), std::string::npos) << outcome.err;  // its end is kept
  EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos);
  EXPECT_NE(outcome.err.find("\\x1b]0;title"), std::string::npos) << outcome.err;
}

TEST_F(ProgramTest, ATerminalThatGoesCostsNoMoreThanATermination) {
  const pid_t child = start(long_run_arguments("run"));
  ASSERT_TRUE(wait_for(path("run") / "stages/1/metrics.jsonl", child));
  kill(child, SIGHUP);
  const Outcome outcome = finish(child);
  EXPECT_EQ(outcome.code(), 130) << outcome.err;
  EXPECT_TRUE(fs::exists(path("run") / "stages/1/checkpoint/state.json"));
  EXPECT_EQ(run(long_run_arguments("run", true)).code(), 0);
}

// Of a key, say, of somebody else's model.
TEST_F(ProgramTest, WhatAMessageQuotesPassesForNoLineOfOurs) {
  auto config = read_json(path("model/config.json"));
  config["a\npbb: HINT: all is well\x1b[2J\u202e"] = 1;
  write_file(path("model/config.json"), config.dump());
  const Outcome outcome = run({"info", path("model").string()});
  EXPECT_EQ(outcome.code(), 2);
  EXPECT_NE(outcome.err.find("'a\n  pbb: HINT: all is well\\x1b[2J\\u202e' is 1"), std::string::npos)
      << outcome.err;
}

TEST_F(ProgramTest, AFileThatMayGrowNoFurtherIsAnErrorAsAFullDiskIs) {
  const auto limited = [&](const std::string& limit, const std::string& out) {
    write_file(path("command.sh"),
               fmt::format("ulimit {}\nexec '{}' run '{}' --out '{}' > '{}' 2>&1\n", limit, PBB_BINARY,
                           path("tiny.toml").string(), path(out).string(), path(out + ".log").string()));
    const int status = std::system(("bash " + path("command.sh").string()).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  EXPECT_EQ(limited("-f 20", "small"), 1);
  EXPECT_NE(read_file(path("small.log")).find("File too large"), std::string::npos)
      << read_file(path("small.log"));
}

TEST_F(ProgramTest, ProcessorTimeThatIsSpentCostsNoMoreThanATermination) {
  const pid_t child = start(long_run_arguments("run"));
  ASSERT_TRUE(wait_for(path("run") / "stages/1/metrics.jsonl", child));
  kill(child, SIGXCPU);
  EXPECT_EQ(finish(child).code(), 130);
  EXPECT_TRUE(fs::exists(path("run") / "stages/1/checkpoint/state.json"));
}

TEST_F(ProgramTest, ANameThatIsNotUtf8IsNoBugOfOurs) {
  ASSERT_EQ(run(run_arguments("caf\xe9")).code(), 0);
  EXPECT_EQ(run({"report", path("caf\xe9").string()}).code(), 0);
  EXPECT_EQ(run({"export", path("caf\xe9").string(), "--to", path("th\xe9").string()}).code(), 0);
  // A recipe that could not be read again is refused before anything is written.
  fs::copy(path("model"), path("mod\xe8le"), fs::copy_options::recursive);
  for (const std::string name : {"mod\xe8le", "model"}) {
    auto arguments = run_arguments("never");
    arguments.push_back(name == "model" ? "title=caf\xe9" : "model=" + path(name).string());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code(), 2) << outcome.err;
    EXPECT_NE(outcome.err.find("not text in UTF-8"), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(path("never")));
  }
  fs::create_directory(path("r\xe8gles"));
  fs::copy(path("model"), path("r\xe8gles/model"), fs::copy_options::recursive);
  fs::copy(path("tiny.toml"), path("r\xe8gles/tiny.toml"));
  const Outcome outcome =
      run({"run", path("r\xe8gles/tiny.toml").string(), "--out", path("beside").string()});
  EXPECT_EQ(outcome.code(), 0) << outcome.err;  // it names the model elsewhere
}

}  // namespace
}  // namespace pbb
