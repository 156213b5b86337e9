// Fresh programs without end, each run once: what an interpreter is taught execution on. None of them is in
// any corpus that `pbb make` draws: their names begin with letters that no corpus's names begin with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "programs/program.h"

namespace pbb {

struct FreshOptions {
  std::uint64_t seed = 1;
  // Names a sequence of programs of its own.
  std::string stream = "fresh";
  // Of each program, on different inputs; fewer where it has fewer inputs.
  int executions = 1;
  // Of the programs; the others are arithmetic.
  double rules_share = 0.6;
  // Longer executions are drawn again.
  int max_trace_steps = 24;
};

struct FreshProgram {
  Program program;
  // Traced.
  std::vector<Execution> executions;
};

// Program `index` is a pure function of (options, index), so that training on them resumes exactly. They are
// made in blocks, of which the last ones are kept.
class FreshPrograms {
 public:
  FreshPrograms(FreshOptions options, Runner run);
  const FreshProgram& at(std::int64_t index);
  const FreshOptions& options() const { return options_; }

 private:
  struct Block {
    std::int64_t number = -1;
    std::vector<FreshProgram> programs;
  };
  std::vector<FreshProgram> make_block(std::int64_t number) const;

  FreshOptions options_;
  Runner run_;
  // The two blocks asked for last: what is asked for moves forward.
  Block blocks_[2];
};

}  // namespace pbb
