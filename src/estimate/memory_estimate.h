// How much memory a run will take at most, and whether there is so much.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "estimate/workload.h"
#include "model/buffers.h"

namespace pbb {

struct MemoryPart {
  std::string name;
  std::int64_t bytes = 0;
};
// A stage of training, or an arm being asked.
struct MemoryPhase {
  std::string name;
  std::vector<MemoryPart> parts;
  std::int64_t bytes() const;
};
struct MemoryEstimate {
  std::vector<MemoryPhase> phases;
  const MemoryPhase& largest() const;
};

// `program_bytes`: what the process takes beside the model (code, tokeniser, corpus).
MemoryEstimate estimate_memory(const Recipe& recipe, const Workload& workload, const DecoderConfig& config,
                               std::int64_t program_bytes);

// The buffers of the largest micro-batch of all stages: what `pbb estimate --plan` prints.
BufferPlan largest_step_plan(const Recipe& recipe, const Workload& workload, const DecoderConfig& config);

// InputError when the run would take more than `limit` bytes: says how much more, and names the keys of the
// recipe that would make it fit, each with what it would take then.
void refuse_what_does_not_fit(const Recipe& recipe, const Workload& workload, const DecoderConfig& config,
                              std::int64_t program_bytes, std::int64_t limit);

std::string gigabytes(std::int64_t bytes);  // "2.61 GB"; small ones in MB

}  // namespace pbb
