#include "cli/time_estimate.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include "cli/models.h"
#include "evaluation/evaluate.h"
#include "generation/generate.h"
#include "model/load.h"
#include "training/accumulate.h"
#include "training/checkpoint.h"
#include "training/optimizer.h"

namespace pbb {
namespace {

template <typename Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// At most `count` of the numbers 0 … total - 1, evenly spread.
std::vector<std::size_t> spread(std::size_t total, std::size_t count) {
  std::vector<std::size_t> chosen;
  const std::size_t taken = std::min(total, count);
  for (std::size_t i = 0; i < taken; ++i) chosen.push_back((2 * i + 1) * total / (2 * taken));
  return chosen;
}

// Steps of training on the real model; the weights are spoilt.
class TrainingProbe {
 public:
  explicit TrainingProbe(Decoder& decoder) : decoder_(decoder), optimizer_(decoder, {}) {}

  // Of the whole stage: the seconds a token of steps that are short, middling and long, after one that warms
  // up.
  double stage_seconds(const StageRecipe& stage, const StageData& data, const StageWork& work) {
    std::vector<std::size_t> order(work.steps.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t s) { return step_tokens(work.steps[s]); });
    double seconds = 0;
    std::int64_t tokens = 0;
    step(stage, data, order.back());
    for (const std::size_t at : spread(order.size(), kSteps)) {
      seconds += seconds_of([&] { step(stage, data, order[at]); });
      tokens += step_tokens(work.steps[order[at]]);
    }
    return seconds / static_cast<double>(tokens) * static_cast<double>(work.tokens);
  }

  // Of one checkpoint: an eighth of each array is written.
  double checkpoint_seconds(const std::filesystem::path& folder) {
    constexpr std::int64_t kParts = 8;
    const auto part = [&](const Tensor& array) { return array.slice(0, {array.size() / kParts}); };
    Tensor weights = part(decoder_.weights()), first = part(optimizer_.first_moments()),
           second = part(optimizer_.second_moments());
    return kParts * seconds_of([&] { write_checkpoint(folder, {}, {}, {weights, first, second}); });
  }

 private:
  static constexpr std::size_t kSteps = 4;

  void step(const StageRecipe& stage, const StageData& data, std::size_t index) {
    accumulate_step(decoder_, data.step(static_cast<std::int64_t>(index)), stage.train.micro_batch_tokens,
                    optimizer_.gradients(), stage.train.recompute);
    optimizer_.update(0, ++updates_);
  }

  Decoder& decoder_;
  Optimizer optimizer_;
  std::int64_t updates_ = 0;
};

// What it takes to ask questions of one kind (with or without the source).
struct AskingSpeed {
  double prompt_token = 0;   // seconds of reading one
  double step_of_one = 0;    // of decoding one token of one sequence
  double step_of_batch = 0;  // of one token of each of `batch`
  std::size_t batch = 1;
  std::vector<std::int64_t> answers;  // lengths of a few answers of the model as it is
};

std::vector<Item> chosen_items(const std::vector<Item>& items, std::size_t count) {
  std::vector<Item> chosen;
  for (const std::size_t i : spread(items.size(), count)) chosen.push_back(items[i]);
  return chosen;
}

// Seconds of reading the prompts and of one more step with all of them.
std::pair<double, double> generation_seconds(Decoder& decoder,
                                             const std::vector<std::vector<std::int32_t>>& prompts) {
  constexpr int kSteps = 6;
  GenerationOptions options;
  options.batch_size = static_cast<int>(prompts.size());
  const auto generate_tokens = [&](int count) {
    options.max_new_tokens = count;
    return seconds_of([&] { generate(decoder, prompts, options); });
  };
  const double reading = generate_tokens(1);
  return {reading, std::max(0.0, generate_tokens(1 + kSteps) - reading) / kSteps};
}

AskingSpeed measure_asking(LoadedModel& model, const std::vector<Item>& items, const Recipe& recipe,
                           bool with_source) {
  constexpr std::size_t kAnswers = 16;
  const auto context = static_cast<std::size_t>(model.decoder.config().context);
  const auto make = with_source ? make_question_with_source : make_question;
  std::vector<std::vector<std::int32_t>> prompts;
  std::int64_t tokens = 0;
  for (const Item& item : chosen_items(items, static_cast<std::size_t>(recipe.evaluation.batch_size))) {
    Question question =
        make(model.tokenizer, item.program, item.truth.arguments, item.form, item.template_index);
    if (question.tokens.size() >= context) continue;
    tokens += static_cast<std::int64_t>(question.tokens.size());
    prompts.push_back(std::move(question.tokens));
  }
  AskingSpeed speed;
  if (prompts.empty()) return speed;
  speed.batch = prompts.size();
  generation_seconds(model.decoder, {prompts.front()});  // warms up
  speed.step_of_one = generation_seconds(model.decoder, {prompts.front()}).second;
  const auto [reading, step] = generation_seconds(model.decoder, prompts);
  speed.prompt_token = reading / static_cast<double>(tokens);
  speed.step_of_batch = step;

  ArmOptions options;
  options.source_in_prompt = with_source;
  options.max_new_tokens = recipe.evaluation.max_new_tokens;
  for (const ItemResult& result :
       run_arm(model.decoder, model.tokenizer, chosen_items(items, kAnswers), options)) {
    const auto length = static_cast<std::int64_t>(model.tokenizer.encode(result.completion).size());
    speed.answers.push_back(result.cut ? options.max_new_tokens : length + 1);
  }
  return speed;
}

double arm_seconds(const ArmWork& work, const AskingSpeed& speed, int batch_size, int max_new_tokens) {
  std::vector<std::int64_t> answers = work.answers;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (work.arm.stage.empty() && !speed.answers.empty())
      answers[i] = speed.answers[i % speed.answers.size()];
    answers[i] = std::min<std::int64_t>(answers[i], max_new_tokens);
  }
  double seconds = speed.prompt_token * static_cast<double>(work.prompt_tokens());
  const auto steps = decoding_steps(answers, static_cast<std::size_t>(batch_size));
  for (std::size_t running = 1; running <= steps.size(); ++running) {
    const double share =
        speed.batch == 1 ? 0 : static_cast<double>(running - 1) / static_cast<double>(speed.batch - 1);
    const double step = speed.step_of_one + share * (speed.step_of_batch - speed.step_of_one);
    seconds += step * static_cast<double>(steps[running - 1]);
  }
  return seconds;
}

}  // namespace

std::vector<std::int64_t> decoding_steps(const std::vector<std::int64_t>& answers, std::size_t batch_size) {
  std::vector<std::int64_t> steps(std::min(batch_size, answers.size()));
  std::vector<std::int64_t> left;  // of each running sequence
  std::size_t next = 0;
  // A sequence that has one token to go gets it from reading its prompt, or has just got it.
  const auto drop_finished = [&] { std::erase_if(left, [](std::int64_t tokens) { return tokens <= 1; }); };
  while (!left.empty() || next < answers.size()) {
    while (left.size() < batch_size && next < answers.size()) left.push_back(answers[next++]);
    drop_finished();
    if (left.empty()) continue;
    ++steps[left.size() - 1];
    for (std::int64_t& tokens : left) --tokens;
    drop_finished();
  }
  return steps;
}

std::vector<TimePart> measure_times(const Recipe& recipe, const PreparedRun& prepared,
                                    const std::filesystem::path& folder) {
  const Workload& workload = prepared.workload();
  std::optional<LoadedModel> model;
  const double loading = seconds_of([&] { model = load_model(recipe.model, compute_type(recipe.compute)); });

  // Asking comes first: training spoils the weights.
  std::vector<TimePart> arms;
  std::optional<AskingSpeed> speeds[2];  // without and with the source
  for (const ArmWork& work : workload.arms) {
    auto& speed = speeds[work.arm.source_in_prompt ? 1 : 0];
    if (!speed) speed = measure_asking(*model, prepared.items(), recipe, work.arm.source_in_prompt);
    arms.push_back({"arm " + work.arm.name, arm_seconds(work, *speed, recipe.evaluation.batch_size,
                                                        recipe.evaluation.max_new_tokens)});
  }

  std::vector<TimePart> times;
  double checkpoints = 0;
  TrainingProbe probe(model->decoder);
  for (std::size_t s = 0; s < recipe.stages.size(); ++s) {
    const StageRecipe& stage = recipe.stages[s];
    times.push_back(
        {"stage " + stage.name, probe.stage_seconds(stage, prepared.stages()[s], workload.stages[s])});
    // One when a stage is done has no moments: a third.
    const auto steps = static_cast<std::int64_t>(workload.stages[s].steps.size());
    checkpoints += static_cast<double>((steps - 1) / stage.train.checkpoint_every_steps) + 1.0 / 3;
  }
  times.push_back({"checkpoints", checkpoints * probe.checkpoint_seconds(folder / "checkpoint")});
  times.insert(times.end(), arms.begin(), arms.end());
  // Once to train, once to be asked, and a checkpoint's weights for each trained arm.
  times.push_back({"loading", loading * static_cast<double>(1 + workload.arms.size())});
  return times;
}

}  // namespace pbb
