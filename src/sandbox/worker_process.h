// One warm worker: starting it inside bubblewrap, talking to it in lines, ending it with all that it started.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "sandbox/sandbox.h"

namespace pbb {

extern const char* const worker_source;
// Descriptors that bubblewrap or Python starts with.
constexpr int worker_descriptor = 3, information_descriptor = 4;

// The command that runs the worker: bubblewrap with all it needs, or Python alone without isolation.
// InputError with a HINT when a program it takes is not installed. Workers' command lines end in `marker`.
std::vector<std::string> worker_command(const SandboxOptions& options, const std::string& marker);

// All of a worker's environment, name and value: PYTHONHASHSEED, and TZ, which another hash seed makes another:
// what goes by the machine's time zone then differs between workers, as it would between machines.
std::vector<std::pair<std::string, std::string>> worker_environment(const SandboxOptions& options);

class WorkerProcess {
 public:
  // Starts the worker; it is ready once wait_until_ready returns.
  explicit WorkerProcess(const SandboxOptions& options);
  ~WorkerProcess();  // kills it, and waits until all processes of its namespace are gone
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  void wait_until_ready();  // InputError with what it said when it does not get ready

  int descriptor() const { return socket_.get(); }
  bool alive();  // not at its end, as far as can be seen without waiting

  void queue(std::string_view line);  // to be sent, as the socket takes it
  bool wants_to_send() const { return !outbox_.empty(); }
  // What can be sent or received without waiting. False at the worker's end.
  bool send();
  bool receive();
  bool next_line(std::string& line);

 private:
  std::string startup_failure();
  void find_first_process();
  void end_namespace();

  pid_t process_ = -1;
  FileDescriptor socket_, errors_, information_;
  FileDescriptor first_process_;  // of the namespace, as a pidfd
  std::string outbox_, inbox_;
  std::size_t read_ = 0;  // of inbox_
  bool isolated_;
};

}  // namespace pbb
