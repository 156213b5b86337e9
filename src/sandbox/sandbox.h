// Runs programs in an isolated Python worker: true outputs and line traces come only from here.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "programs/program.h"

namespace pbb {

struct SandboxOptions {
  double seconds_per_call = 2.0;  // wall clock, from outside
  std::size_t memory_bytes = 512u << 20;
  std::size_t output_bytes = 1u << 20;  // an answer, or what the program prints
  int workers = 2;
  int max_trace_steps = 1000;
  bool unsafe_no_isolation = false;  // --unsafe-no-isolation: run without bubblewrap
};

class Sandbox {
 public:
  // InputError when isolation is not to be had (and not waived), saying how to get it.
  explicit Sandbox(SandboxOptions options = {});
  ~Sandbox();
  Sandbox(Sandbox&&) noexcept;

  // One result a call, in order. Never throws for what a program does. No process outlives the call's end.
  std::vector<CallResult> run(std::span<const ProgramCall> calls);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace pbb
