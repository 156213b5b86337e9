// metrics.jsonl: a line for every step of a stage.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "examples/recall.h"
#include "examples/step_source.h"

namespace pbb {

struct StepMetrics {
  std::int64_t step = 0;  // from 1
  double loss = 0;
  double learning_rate = 0;
  double gradient_norm = 0;  // before clipping
  std::int64_t tokens = 0;
  double tokens_per_second = 0;
  Recall recall = {};                    // up to this step; not written where there is none to count
  StepFigures figures = {};              // of the stage's source, each under its name
  std::vector<std::string> alarms = {};  // names; not written where there is none
};

class MetricsLog {
 public:
  // Keeps the lines of the steps in `done`, those before the checkpoint that training goes on from, and drops
  // the others: steps that will be done again, and a line cut short by a crash. InputError naming the line
  // when one of `done` is missing or has another loss. A file that is not there is made of `done`'s steps,
  // losses and learning rates.
  MetricsLog(std::filesystem::path file, const std::vector<StepMetrics>& done);
  void append(const StepMetrics& metrics);  // in the file when it returns
  void sync();                              // and on the disk

 private:
  void fail() const;

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace pbb
