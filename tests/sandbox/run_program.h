// What the sandbox's tests share: running one program, and finding the processes that our workers are made
// of.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
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

// What the open file holds from where it stands; as far as it can be read. Of a process that has ended, what
// /proc holds cannot be: a stream would throw.
inline std::string rest_of(int file) {
  std::string text;
  char part[4096];
  for (ssize_t size = 0; (size = ::read(file, part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(size));
  return text;
}

// /proc/NUMBER/cmdline; empty where the process has ended, which it may do between any two steps of this.
inline std::string command_line_of(const std::filesystem::path& process) {
  const int file = ::open((process / "cmdline").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::string line = rest_of(file);
  ::close(file);
  return line;
}

// Processes whose command line bears the mark of a worker of this very process.
inline int worker_processes() {
  const std::string mark = "pbb-worker-" + std::to_string(::getpid()) + "-";
  int count = 0;
  std::error_code ended;
  for (std::filesystem::directory_iterator entry("/proc", ended), end; !ended && entry != end;
       entry.increment(ended)) {
    if (command_line_of(entry->path()).find(mark) != std::string::npos) ++count;
  }
  return count;
}

// bubblewrap outside, bubblewrap as the namespace's first process, Python.
constexpr int processes_of_a_worker = 3;

}  // namespace pbb::testing_sandbox
