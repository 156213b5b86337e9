// pbb serve as a process: signals and kills.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/child_process.h"
#include "decisions/decision_log.h"
#include "server/served.h"

namespace pbb {
namespace {

class Process : public Served {
 protected:
  // pbb serve on a free port, once it listens; its exit status where it ends before that.
  int begin(const std::vector<std::string>& more = {}) {
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
    EXPECT_EQ(posix_spawn(&process_, PBB_BINARY, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
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
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    ASSERT_EQ(begin(), 0);
    EXPECT_EQ(get("/health").status, 200);
    EXPECT_EQ(post("/v1/rules/fee/ask", {{"arguments", {{"x", 11}}}}).body.at("answer").at("value"), 5);
    ::kill(process_, number);
    EXPECT_EQ(read_line(), "stopped");
    EXPECT_TRUE(exited_with(end(), 0)) << number;
  }
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
