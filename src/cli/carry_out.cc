#include "cli/carry_out.h"

#include <fmt/format.h>

#include "base/machine.h"
#include "base/printable.h"
#include "base/stopwatch.h"
#include "estimate/memory_estimate.h"
#include "estimate/refusal.h"
#include "estimate/workload.h"
#include "report/report.h"
#include "run/sandboxes.h"
#include "run/stage_result.h"

namespace pbb {

namespace fs = std::filesystem;

void refuse_before_the_first_step(Pipeline& pipeline, const PipelineOptions& options, Purpose purpose) {
  if (pipeline.is_done()) return;
  const Recipe& recipe = pipeline.recipe();
  const PreparedRun prepared(
      recipe, pipeline.corpus(), sandbox_runner(options.unsafe_no_isolation),
      purpose == Purpose::eval ? PreparedRun::Parts::evaluation : PreparedRun::Parts::all);
  refuse_too_long(recipe, prepared.workload(), prepared.config());
  if (purpose != Purpose::train) refuse_without_questions(recipe, prepared.workload());
  const std::int64_t program_bytes = resident_memory_bytes();
  refuse_what_does_not_fit(
      recipe, prepared.workload(), prepared.config(), program_bytes,
      options.memory_limit > 0 ? options.memory_limit : available_memory_bytes() + program_bytes);
  for (const std::string& warning : warmup_warnings(recipe, prepared.workload())) {
    fmt::print(stderr, "warning: {}\n", printable_lines(warning));
  }
}

void write_outcome(Pipeline& pipeline, const fs::path& folder) {
  pipeline.check_arms();
  const Stopwatch watch;
  write_report(folder);
  note_timing(folder, "report", watch.seconds());
}

}  // namespace pbb
