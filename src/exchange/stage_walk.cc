#include "exchange/stage_walk.h"

#include "base/cancellation.h"
#include "examples/recall.h"
#include "training/checkpoint.h"

namespace pbb {
namespace {

// The first right exposure, where so many right ones, each so many after the last, were enough at `enough`.
std::int64_t first_right(std::int64_t enough, int right_ones, int apart) {
  return enough < 0 ? never_right : enough - static_cast<std::int64_t>(right_ones - 1) * apart;
}

bool is_right(const std::optional<RightFrom>& right_from, const std::string& program, std::int64_t exposure) {
  if (!right_from) return false;
  const auto found = right_from->find(program);
  return found == right_from->end() || exposure >= found->second;
}

}  // namespace

std::optional<RightFrom> right_from(StepSource& source, const StageRecipe& stage,
                                    const std::filesystem::path& checkpoint) {
  if (stage.kind == StageKind::exposures) return std::nullopt;
  const std::string state = checkpoint_source_state(checkpoint);
  if (state.empty()) return std::nullopt;
  source.restore(state);
  RightFrom from;
  if (const auto* reading = dynamic_cast<const ReadingData*>(&source)) {
    constexpr int apart = 2;  // every second exposure is a recitation
    for (const ProgramRecall& program : reading->recall())
      from[program.program] =
          first_right(program.exposures_to_recall, stage.reading.recitations_to_recall, apart);
  }
  if (const auto* practice = dynamic_cast<const PracticeData*>(&source)) {
    for (const ProgramPractice& program : practice->practice())
      from[program.program] =
          first_right(program.executions_to_pass, stage.practice.right_to_pass * program.ways, 1);
  }
  return from;
}

std::int64_t walk_stage(StepSource& source, const std::optional<RightFrom>& right_from,
                        const VisitExamples& visit) {
  std::map<std::string, std::int64_t> exposures;
  std::int64_t step = 0;
  for (; step < source.steps() && !source.is_finished(); ++step) {
    throw_if_cancelled();
    const std::vector<Example> examples = source.step(step);
    visit(examples);
    std::vector<ExampleOutcome> outcomes;
    for (const Example& example : examples) {
      const bool is_of_the_corpus = !example.fresh && !example.program.empty();
      const bool right =
          is_of_the_corpus && is_right(right_from, example.program, ++exposures[example.program]);
      outcomes.push_back(supposed_outcome(example, right));
    }
    source.observe(step, examples, outcomes);
  }
  return step;
}

}  // namespace pbb
