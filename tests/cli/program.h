// The program itself, run as its user runs it, on a model of a few thousand weights.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "examples/byte_tokenizer.h"
#include "model/byte_decoder.h"
#include "model/load.h"

namespace pbb {

namespace fs = std::filesystem;

struct Outcome {
  int status = 0;  // as waitpid gives it
  std::string out, err;
  int code() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
};

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    const Decoder decoder = byte_decoder(512, 1);
    save_model(path("model"), decoder, byte_tokenizer());
    const std::string before =
        fmt::format("title = \"tiny\"\nmodel = \"{}\"\ncompute = \"f32\"\n", path("model").string());
    write_file(path("tiny.toml"),
               before + read_file(fs::path(PBB_GOLDEN).parent_path() / "faults/tiny.toml"));
  }

  fs::path path(const std::string& name) const { return folder_.path() / name; }

  // Standard output goes to `output`; empty: where finish() reads it.
  pid_t start(const std::vector<std::string>& arguments, const std::string& output = "") const {
    std::vector<char*> argv{const_cast<char*>(PBB_BINARY)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    std::vector<std::string> variables;
    for (char** variable = environ; *variable; ++variable) variables.push_back(*variable);
    variables.push_back("OMP_NUM_THREADS=1");
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::string out = output.empty() ? path("stdout").string() : output, err = path("stderr").string();
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t child = -1;
    EXPECT_EQ(posix_spawn(&child, PBB_BINARY, &actions, nullptr, argv.data(), environment.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
  }
  Outcome finish(pid_t child) const {
    Outcome outcome;
    waitpid(child, &outcome.status, 0);
    if (fs::exists(path("stdout"))) outcome.out = read_file(path("stdout"));
    outcome.err = read_file(path("stderr"));
    return outcome;
  }
  Outcome run(const std::vector<std::string>& arguments) const { return finish(start(arguments)); }
  std::vector<std::string> run_arguments(const std::string& out, bool resume = false) const {
    std::vector<std::string> arguments{"run", path("tiny.toml").string(), "--out", path(out).string()};
    if (resume) arguments.push_back("--resume");
    return arguments;
  }
  // Long enough that a signal meets it in its first stage on any machine.
  std::vector<std::string> long_run_arguments(const std::string& out, bool resume = false) const {
    std::vector<std::string> arguments = run_arguments(out, resume);
    arguments.push_back("stage.1.epochs=15");
    return arguments;
  }
  std::string weights(const std::string& out) const {
    return read_file(path(out) / "stages/2/checkpoint/weights.f32");
  }

  TemporaryFolder folder_;
};

// Waits until a run has written something, so that it is met in the middle of its work; false when it ended
// first.
inline bool wait_for(const fs::path& file, pid_t child) {
  while (!fs::exists(file)) {
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT);
    if (info.si_pid != 0) return fs::exists(file);
    sched_yield();
  }
  return true;
}

}  // namespace pbb
