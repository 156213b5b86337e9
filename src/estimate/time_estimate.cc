#include "estimate/time_estimate.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/stopwatch.h"
#include "estimate/arm_estimate.h"
#include "model/load.h"
#include "run/models.h"
#include "training/accumulate.h"
#include "training/checkpoint.h"
#include "training/optimizer.h"
#include "training/policy_model.h"

namespace pbb {
namespace {

// Steps of training on the real model; the weights are spoilt.
class TrainingProbe {
 public:
  explicit TrainingProbe(Decoder& decoder) : decoder_(decoder), optimizer_(decoder.trained(), {}) {}

  // Of the whole stage: the seconds a token of so many steps, evenly from the shortest to the longest, after
  // one that warms up.
  double stage_seconds(const StageRecipe& stage, const StepSource& data, const StageWork& work,
                       std::size_t steps) {
    std::vector<std::size_t> order(work.steps.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t s) { return step_tokens(work.steps[s]); });
    double seconds = 0;
    std::int64_t tokens = 0;
    if (updates_ == 0) step(stage, data, order.back());
    for (const std::size_t at : evenly_spread(order.size(), steps)) {
      seconds += seconds_of([&] { step(stage, data, order[at]); });
      tokens += step_tokens(work.steps[order[at]]);
    }
    return seconds / static_cast<double>(tokens) * static_cast<double>(work.tokens);
  }

 private:
  void step(const StageRecipe& stage, const StepSource& data, std::size_t index) {
    accumulate_step(
        decoder_, data.step(static_cast<std::int64_t>(index)),
        {.micro_batch_tokens = stage.train.micro_batch_tokens, .recompute = stage.train.recompute},
        optimizer_.gradients());
    optimizer_.update(0, ++updates_);
    decoder_.refresh_trained();
  }

  Decoder& decoder_;
  Optimizer optimizer_;
  std::int64_t updates_ = 0;
};

// Of one array of a checkpoint, which are of the size of what is trained, by an eighth of it.
struct ArraySeconds {
  double writing = 0, reading = 0;
};

ArraySeconds measure_checkpoint(Decoder& decoder, const std::filesystem::path& folder) {
  constexpr std::int64_t parts = 8;
  StageProgress done;
  done.complete = true;  // the weights alone
  Tensor& trained = decoder.trained().flat;
  Tensor part = trained.slice(0, {trained.size() / parts});
  const TrainingArrays arrays{part, part, part};
  return {.writing = parts * seconds_of([&] { write_checkpoint(folder, {}, done, arrays); }),
          .reading = parts * seconds_of([&] { read_checkpoint(folder, {}, arrays); })};
}

// Of a whole stage's answers, where it samples any, and of what is scored beside them.
double sampling_seconds(const StageWork& work, const StepSource& data, LoadedModel& model) {
  if (!work.sampling) return 0;
  const SamplingWork& sampling = *work.sampling;
  const Workload answers{.stages = {}, .arms = {sampling.answers}};
  double seconds =
      static_cast<double>(sampling.samplings) * arm_seconds(answers, sampling.limits, model, {}).front();
  if (sampling.scorings > 0) {
    const std::vector<Example> examples = data.step(0);
    const PolicyModel policy(model.decoder, false);
    seconds += static_cast<double>(sampling.scorings) * seconds_of([&] { policy.score(examples); });
  }
  return seconds;
}

// How many arrays all the checkpoints of a stage hold: weights and two moments, but for the last, which has
// no moments.
double checkpoint_arrays(const StageRecipe& stage, const StageWork& work) {
  const auto steps = static_cast<std::int64_t>(work.steps.size());
  const int every = stage.train.checkpoint_every_steps;
  return 1 + 3 * (every > 0 ? static_cast<double>((steps - 1) / every) : 0);
}

}  // namespace

std::vector<TimePart> measure_times(const Recipe& recipe, const PreparedRun& prepared,
                                    const std::filesystem::path& folder) {
  const Workload& workload = prepared.workload();
  std::optional<LoadedModel> model;
  const double loading = seconds_of([&] { model = load_recipe_model(recipe, compute_type(recipe.compute)); });
  const ArraySeconds array = measure_checkpoint(model->decoder, folder / "checkpoint");
  const double refreshing = seconds_of([&] { model->decoder.refresh(); });

  // Asking comes first: training spoils the weights.
  const auto arms = arm_seconds(workload, recipe.evaluation, *model, {loading, array.reading + refreshing});
  model->decoder.refresh();  // drops what decoding packed

  std::vector<double> sampling;
  for (std::size_t s = 0; s < recipe.stages.size(); ++s) {
    sampling.push_back(sampling_seconds(workload.stages[s], *prepared.stages()[s], *model));
    model->decoder.refresh();
  }

  std::vector<TimePart> times{{"loading", loading}};
  double arrays = 0;
  TrainingProbe probe(model->decoder);
  const std::size_t probed = std::max<std::size_t>(1, 4 / recipe.stages.size());
  for (std::size_t s = 0; s < recipe.stages.size(); ++s) {
    times.push_back({"stage " + recipe.stages[s].name,
                     sampling[s] + probe.stage_seconds(recipe.stages[s], *prepared.stages()[s],
                                                       workload.stages[s], probed)});
    arrays += checkpoint_arrays(recipe.stages[s], workload.stages[s]);
  }
  times.push_back({"checkpoints", arrays * array.writing});
  for (std::size_t a = 0; a < arms.size(); ++a) {
    times.push_back({"arm " + workload.arms[a].arm.name, arms[a]});
  }
  return times;
}

}  // namespace pbb
