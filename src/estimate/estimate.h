// pbb estimate: what a run will take, before it starts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "estimate/memory_estimate.h"
#include "estimate/time_estimate.h"
#include "recipe/recipe.h"

namespace pbb {

struct EstimateOptions {
  bool time = true;  // false: nothing is trained or asked
  bool unsafe_no_isolation = false;
  std::int64_t memory_limit = 0;  // as PipelineOptions has it
  std::filesystem::path corpus;   // the recipe's, where it is made already; empty: it is made
  std::filesystem::path beside;   // a run of this recipe that is done; empty: none
};

struct Estimate {
  struct Stage {
    std::string name;
    std::int64_t steps = 0, tokens = 0, trained_tokens = 0;
    std::optional<LeastWork> least = {};  // it may end early: the others are what it takes at most
  };
  std::int64_t with_io = 0, source_only = 0;  // programs
  std::vector<Stage> stages;
  std::int64_t questions = 0;  // of all arms
  MemoryEstimate memory;
  BufferPlan plan;                    // of the largest step
  std::int64_t available_memory = 0;  // bytes that the run may take
  std::string refusal;  // why `pbb run` would refuse, and what would make it fit; empty: it fits
  std::vector<std::string> warnings;    // warmup_warnings
  std::vector<TimePart> times;          // empty: not measured
  std::map<std::string, double> taken;  // seconds of the same parts of the run that it stands beside
};

// Makes the corpus in a temporary folder, as a run would, where it is not made yet. InputError for what a run
// would refuse, but for memory.
Estimate make_estimate(const Recipe& recipe, const EstimateOptions& options);

double total_seconds(const Estimate& estimate);
std::string rough_duration(double seconds);  // "74 s", "12 min", "2.3 h"
std::string estimate_text(const Recipe& recipe, const Estimate& estimate);
std::string estimate_json(const Recipe& recipe, const Estimate& estimate);
std::string plan_text(const BufferPlan& plan);

}  // namespace pbb
