// Runs programs in an isolated Python worker: true outputs and line traces come only from here.
//
// How: each worker is a warm `python3` inside bubblewrap that runs only our code. For each program it forks a
// process, which limits itself (memory, CPU, descriptors, no files written, no processes; a seccomp filter
// that lets through only the system calls that a computing interpreter needs), runs the calls and answers on
// a pipe of its own. The clock is ours: a call that takes too long ends its whole PID namespace.
//
// What is covered: a program has no network, no user's files, no writable file system, no environment, no
// descriptor but its answer pipe; it cannot start processes or threads, signal or trace others, or leave
// anything behind. Nothing it prints, and nothing it writes to a descriptor it guessed, passes for a result.
// Programs of different sources never share a process, and what a process sends is taken for its own results
// only, one a call: the worker's server, which runs nothing of a program's, marks each line with who speaks.
// So no program can end another's call, answer for it, or shift its results.
// What is not covered: a program shares its process with the code that reports its result, so one that digs
// through the interpreter (frames, closures, gc, tracebacks, ctypes) can misstate its own results and traces,
// those of all the calls of its source that run in the same process (up to 16, one after the other, each on
// fresh globals); one that patches the standard library is seen by its next call.
// Hardware side channels and kernel bugs reachable through the allowed calls are not covered. With
// unsafe_no_isolation there is no bubblewrap: limits and filter hold, but files can be read.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "programs/program.h"

namespace pbb {

struct SandboxOptions {
  // By the clock, from outside; a call that took longer is made once more, with ten times as much, and with
  // this (and two seconds more) of the processor.
  double seconds_per_call = 2.0;
  std::size_t memory_bytes = 512u << 20;
  std::size_t output_bytes = 1u << 20;  // an answer, or what the program prints
  int workers = 2;
  int max_trace_steps = 1000;
  unsigned hash_seed = 0;  // PYTHONHASHSEED: sets of strings have the order that it gives; 0: in UTC
  bool unsafe_no_isolation = false;  // --unsafe-no-isolation: run without bubblewrap
};

class Sandbox {
 public:
  // InputError when isolation is not to be had (and not waived), saying how to get it.
  explicit Sandbox(SandboxOptions options = {});
  ~Sandbox();
  Sandbox(Sandbox&&) noexcept;

  // One result a call, in order. Never throws for what a program does (Interrupted when cancelled). No
  // process of a program outlives its call's end; the warm workers end with the Sandbox.
  std::vector<CallResult> run(std::span<const ProgramCall> calls);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace pbb
