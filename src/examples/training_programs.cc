// The gate between a corpus and training: executions of source-only programs do not pass.
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "examples/stage_data.h"

namespace pbb {

void TrainingPrograms::add(const Program& program, std::vector<Execution> train_executions) {
  if (program.split != Split::with_io) {
    throw Error(
        fmt::format("program '{}' is source-only: its executions must not reach training", program.name),
        "add it with add_source_only");
  }
  add_program(program);
  executions_[program.name] = std::move(train_executions);
}

void TrainingPrograms::add_source_only(const Program& program) {
  if (program.split != Split::source_only) {
    throw Error(fmt::format("program '{}' is with-IO, but was added as source-only", program.name));
  }
  add_program(program);
}

const std::vector<Execution>& TrainingPrograms::executions(const std::string& name) const {
  const auto found = executions_.find(name);
  if (found == executions_.end()) {
    throw Error(
        fmt::format("program '{}' has no executions for training: it is source-only or unknown", name));
  }
  return found->second;
}

void TrainingPrograms::add_program(const Program& program) {
  if (!names_.insert(program.name).second) {
    throw Error(fmt::format("program '{}' was added to training twice", program.name));
  }
  programs_.push_back(program);
}

}  // namespace pbb
