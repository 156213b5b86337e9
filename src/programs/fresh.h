// Fresh programs without end, each run once: what an interpreter is taught execution on. None of them is in
// any corpus that `pbb make` draws: their names begin with letters that no such name begins with, or are
// words in small letters joined by _, while a made corpus's are one capitalised word. The files of a user may
// be called anything: names that must not come up, such as those of programs being read, are handed in.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "programs/domains/table.h"
#include "programs/program.h"

namespace pbb {

struct FreshOptions {
  std::uint64_t seed = 1;
  // Names a sequence of programs of its own.
  std::string stream = "fresh";
  // Of each program, on different inputs; fewer where it has fewer inputs.
  int executions = 1;
  DomainShares shares = {};
  // Longer executions are drawn again.
  int max_trace_steps = 24;
  // Of the programs that may raise, at most so many have an exception as an outcome. The others have none.
  double raised_share = 0.25;
  // Names that no program gets.
  std::set<std::string> taken_names = {};
  // Whether an execution is of use; those that are not are drawn again. All are where it is empty.
  std::function<bool(const Program&, const Execution&)> fits = {};
};

struct FreshProgram {
  Program program;
  // Traced; at least one. Where its domain chooses ways, on different ones as far as there are such.
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
