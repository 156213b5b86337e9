// pbb serve as a process: signals and kills.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/child_process.h"
#include "decisions/decision_log.h"
#include "server/served.h"

namespace pbb {
namespace {

class Process : public Served {
 protected:
  // pbb serve on a free port, once it listens; its exit status where it ends before that.
  // terminal: what it is started from; empty: none.
  int begin(const std::vector<std::string>& more = {}, const std::string& terminal = "") {
    std::vector<std::string> words{PBB_BINARY, "serve",  options_.model, "--port", "0",
                                   "--form",   "recite", "--context",    "1024"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    output_ = FileDescriptor(ends[0]);
    FileDescriptor input(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.get(), 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    if (!terminal.empty()) posix_spawn_file_actions_addopen(&actions, 0, terminal.c_str(), O_RDWR, 0);
    EXPECT_EQ(posix_spawn(&process_, PBB_BINARY, &actions, &attributes, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    input.reset();
    const std::string line = read_line();
    if (!line.starts_with("listening on ")) return end();
    address_ = line.substr(13);
    return 0;
  }
  std::string read_line() {
    std::string line;
    for (char byte = 0; ::read(output_.get(), &byte, 1) == 1 && byte != '\n';) line += byte;
    return line;
  }
  int end() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    return status;
  }

  FileDescriptor output_;
  pid_t process_ = -1;
};

TEST_F(Process, EndsInPeaceAtASignal) {
  for (const int number : {SIGTERM, SIGINT}) {
    ASSERT_EQ(begin(), 0);
    EXPECT_EQ(get("/health").status, 200);
    EXPECT_EQ(post("/v1/rules/fee/ask", {{"arguments", {{"x", 11}}}}).body.at("answer").at("value"), 5);
    ::kill(process_, number);
    EXPECT_EQ(read_line(), "stopped");
    EXPECT_TRUE(exited_with(end(), 0)) << number;
  }
}

TEST_F(Process, LooksAgainAtWhatItServesAndEndsItsLogAtTheSignalsOfOtherServers) {
  const std::string log = (folder_ / "log.jsonl").string();
  ASSERT_EQ(begin({"--audit", log}), 0);
  const RuleEntry changed[] = {served_rule("fee", "x, extra=0", "    return 70\n", {"x", "extra"}, 1)};
  Registry(folder_ / "m", Database::Mode::write).add(changed);
  EXPECT_EQ(post("/v1/rules/fee/ask", {{"arguments", {{"x", 11}}}}).body.at("answer").at("value"), 5);
  ::kill(process_, SIGHUP);
  for (int i = 0; i < 1000 && metric("pbb_reloads_total{result=\"switched\"}") == 0; ++i) ::usleep(10000);
  const Answer after = post("/v1/rules/fee/ask", {{"arguments", {{"x", 11}}}});
  EXPECT_EQ(after.body.at("answer").at("value"), 70);
  EXPECT_EQ(after.body.at("rule").at("version"), 2);
  ::kill(process_, SIGUSR1);
  for (int i = 0; i < 1000 && newest_log_part(log) == 0; ++i) ::usleep(10000);
  EXPECT_EQ(verify_log(log).files, 2);
  ::kill(process_, SIGTERM);
  EXPECT_TRUE(exited_with(end(), 0));
  EXPECT_EQ(verify_log(log).broken_line, 0);
}

TEST_F(Process, EndsWithTheTerminalThatItWasStartedFromButNotAtAHangupFromElsewhere) {
  FileDescriptor terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_EQ(::grantpt(terminal.get()), 0);
  ASSERT_EQ(::unlockpt(terminal.get()), 0);
  ASSERT_EQ(begin({}, ::ptsname(terminal.get())), 0);
  ::kill(process_, SIGHUP);
  for (int i = 0; i < 1000 && metric("pbb_reloads_total{result=\"switched\"}") == 0; ++i) ::usleep(10000);
  EXPECT_EQ(metric("pbb_reloads_total{result=\"switched\"}"), 1);
  terminal.reset();
  EXPECT_EQ(read_line(), "stopped");
  EXPECT_TRUE(exited_with(end(), 0));
}

TEST_F(Process, WhatCannotBeServedEndsWithTwo) {
  EXPECT_TRUE(exited_with(begin({"--host", "0.0.0.0"}), 2));
  EXPECT_TRUE(exited_with(begin({"--form", "direct"}), 2));
  EXPECT_TRUE(exited_with(begin({"--api-key-file", "absent"}), 2));
  EXPECT_TRUE(exited_with(begin({"--parallel", "0"}), 2));
}

TEST_F(Process, KillsLeaveTheLogWholeWithEveryAnswerThatLeft) {
  const std::string log = (folder_ / "log.jsonl").string();
  std::vector<std::string> given;
  for (int kill_number = 0; kill_number < 6; ++kill_number) {
    ASSERT_EQ(begin({"--audit", log}), 0);
    std::vector<std::future<std::vector<std::string>>> clients;
    for (int c = 0; c < 3; ++c) {
      clients.push_back(std::async(std::launch::async, [&, c] {
        std::vector<std::string> ids;
        for (int x = 0;; ++x) {
          const Answer answer = post("/v1/rules/fee/ask", {{"arguments", {{"x", 10 * c + x}}}});
          if (answer.status != 200) return ids;
          ids.push_back(answer.body.at("decision_id"));
          if (c == 0 && x == kill_number) ::kill(process_, SIGKILL);
        }
      }));
    }
    for (auto& one : clients) {
      for (std::string& id : one.get()) given.push_back(std::move(id));
    }
    EXPECT_TRUE(killed_by(end(), SIGKILL));
    const LogCheck check = verify_log(log);
    EXPECT_EQ(check.broken_line, 0) << check.what;
  }
  const std::string text = read_file(log);
  EXPECT_GE(given.size(), 21U);
  for (const std::string& id : given) EXPECT_NE(text.find(id), std::string::npos) << id;
}

}  // namespace
}  // namespace pbb
