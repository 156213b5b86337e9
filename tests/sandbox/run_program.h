// What the sandbox's tests share: running one program, and finding the processes that our workers are made
// of.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"

namespace pbb::testing_sandbox {

// For programs that are not to meet it: far above what they take, on a loaded machine too.
inline SandboxOptions patient(int workers = 1) {
  SandboxOptions options;
  options.seconds_per_call = 20;
  options.workers = workers;
  return options;
}

inline Value literal(const std::string& text) {
  return parse_value(text).value();
}

inline ProgramCall make_call(const std::string& source, const std::vector<std::string>& arguments = {},
                             bool traced = false) {
  ProgramCall call{source, "f", {}, traced};
  for (const auto& argument : arguments) call.arguments.push_back(literal(argument));
  return call;
}

inline CallResult run_one(Sandbox& sandbox, const std::string& source,
                          const std::vector<std::string>& arguments = {}, bool traced = false) {
  const ProgramCall call = make_call(source, arguments, traced);
  return sandbox.run({&call, 1}).at(0);
}

inline const char* name(CallStatus status) {
  constexpr const char* names[] = {"returned",        "raised", "timed_out",   "out_of_memory",
                                   "too_much_output", "killed", "not_a_value", "failed"};
  return names[static_cast<int>(status)];
}

// "returned 5", "raised ValueError: no (line 2)": a result in one line.
inline std::string told(const CallResult& result) {
  return std::string(name(result.status)) + " " +
         (result.status == CallStatus::returned ? to_python(result.output) : result.detail);
}

// Processes whose command line bears the mark of a worker of this very process.
inline int worker_processes() {
  const std::string mark = "pbb-worker-" + std::to_string(::getpid()) + "-";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    const std::string line((std::istreambuf_iterator<char>(file)), {});
    if (line.find(mark) != std::string::npos) ++count;
  }
  return count;
}

// bubblewrap outside, bubblewrap as the namespace's first process, Python.
constexpr int kProcessesOfAWorker = 3;

}  // namespace pbb::testing_sandbox
