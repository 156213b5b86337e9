#include "exchange/stage_walk.h"

#include <algorithm>

#include "base/cancellation.h"
#include "examples/reading_data.h"
#include "training/checkpoint.h"

namespace pbb {
namespace {

// Whether the program is recalled at this exposure, counted from 1.
bool is_recalled(const std::optional<ExposuresToRecall>& recalled_at, const std::string& program,
                 std::int64_t exposure) {
  if (!recalled_at) return false;
  const auto found = recalled_at->find(program);
  return found == recalled_at->end() || exposure >= found->second;
}

}  // namespace

std::optional<ExposuresToRecall> exposures_to_recall(StepSource& source,
                                                     const std::filesystem::path& checkpoint) {
  auto* const reading = dynamic_cast<ReadingData*>(&source);
  const std::string state = reading != nullptr ? checkpoint_source_state(checkpoint) : "";
  if (state.empty()) return std::nullopt;
  reading->restore(state);
  ExposuresToRecall recalled_at;
  for (const ProgramRecall& program : reading->recall()) {
    const bool ever = program.exposures_to_recall >= 0;
    recalled_at[program.program] = ever ? program.exposures_to_recall : never_recalled;
  }
  return recalled_at;
}

std::int64_t walk_stage(StepSource& source, const std::optional<ExposuresToRecall>& recalled_at,
                        const VisitExamples& visit) {
  std::map<std::string, std::int64_t> exposures;
  std::int64_t step = 0;
  for (; step < source.steps() && !source.is_finished(); ++step) {
    throw_if_cancelled();
    const std::vector<Example> examples = source.step(step);
    visit(examples);
    std::vector<ExampleOutcome> outcomes;
    for (const Example& example : examples) {
      const bool is_read = example.source_only && !example.fresh && example.kind == ExampleKind::declaration;
      const bool recalled =
          is_read && is_recalled(recalled_at, example.program, ++exposures[example.program]);
      const auto targets = std::count(example.trained.begin() + 1, example.trained.end(), 1);
      outcomes.emplace_back(
          static_cast<std::size_t>(targets),
          TargetOutcome{.log_probability = recalled ? 0.0F : -1.0F, .most_likely = recalled});
    }
    source.observe(step, examples, outcomes);
  }
  return step;
}

}  // namespace pbb
