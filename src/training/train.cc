// The step loop of a stage.
#include "training/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/stopwatch.h"
#include "examples/recall.h"
#include "training/accumulate.h"
#include "training/bad_batch.h"
#include "training/checkpoint.h"
#include "training/metrics.h"
#include "training/optimizer.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

std::string weights_crc(ParameterSet& set) {
  return fmt::format("{:08x}", checksum(std::as_bytes(set.flat.span<float>())));
}

// Everything that shapes the weights a stage ends with. Where checkpoints are written and what is shown of
// progress may change from one sitting to the next.
StageFingerprint make_fingerprint(Decoder& decoder, const StepSource& source, const TrainOptions& options) {
  const auto text = [](const auto& value) { return fmt::format("{}", value); };
  StageFingerprint fingerprint = source.fingerprint();
  fingerprint.merge(StageFingerprint{{"learning_rate", text(options.learning_rate)},
                                     {"final_share", text(options.final_share)},
                                     {"warmup_steps", text(options.warmup_steps)},
                                     {"beta1", text(options.beta1)},
                                     {"beta2", text(options.beta2)},
                                     {"weight_decay", text(options.weight_decay)},
                                     {"clip_norm", text(options.clip_norm)},
                                     {"micro_batch_tokens", text(options.micro_batch_tokens)},
                                     {"parameters", text(decoder.trained().flat.size())},
                                     {"weights at the start (CRC-32)", weights_crc(decoder.trained())}});
  // Checkpoints from before there was a choice say nothing of these.
  if (options.schedule == LearningRateSchedule::constant) fingerprint["schedule"] = "constant";
  if (options.only_unknown_tokens) fingerprint["only_unknown_tokens"] = "true";
  if (const Adapter* adapter = decoder.adapter()) {
    fingerprint["adapter"] = adapter_text(adapter->options);
    fingerprint["base weights (CRC-32)"] = weights_crc(decoder.base());
  }
  return fingerprint;
}

// "recalled 3 of 20, ", "reward 0.38, "; nothing where neither is known.
std::string learnt_note(const StepMetrics& metrics) {
  std::string note;
  if (metrics.recall.programs > 0)
    note = fmt::format("recalled {} of {}, ", metrics.recall.recalled, metrics.recall.programs);
  for (const auto& [name, value] : metrics.figures) {
    if (name == "reward") note += fmt::format("reward {:.2f}, ", value);
  }
  return note;
}

void remove_checkpoint(const fs::path& checkpoint) {
  settle_folder(checkpoint);  // or what was set aside would come back
  std::error_code failure;
  fs::remove_all(checkpoint, failure);
  if (failure) {
    throw Error(fmt::format("{}: cannot be removed: {}", checkpoint.string(), failure.message()),
                "see that the folder may be written to, or train into another one");
  }
}

// A stage under way: what a checkpoint holds, and where it is written.
class StageTraining {
 public:
  StageTraining(Decoder& decoder, StepSource& source, const TrainOptions& options, fs::path folder,
                bool resume)
      : decoder_(decoder),
        source_(source),
        options_(options),
        folder_(std::move(folder)),
        fingerprint_(make_fingerprint(decoder, source, options)),
        optimizer_(decoder.trained(), {.beta1 = options.beta1,
                                       .beta2 = options.beta2,
                                       .weight_decay = options.weight_decay,
                                       .clip_norm = options.clip_norm}) {
    if (!resume) {
      remove_checkpoint(checkpoint());
    } else if (has_checkpoint(checkpoint())) {
      progress_ = read_checkpoint(checkpoint(), fingerprint_, arrays());
      saved_step_ = progress_.step;
      decoder_.refresh_trained();
      source_.restore(progress_.source_state);
    }
  }

  const StageProgress& progress() const { return progress_; }
  bool is_complete() const {
    return progress_.complete || progress_.step == source_.steps() || source_.is_finished();
  }

  // What the checkpoint that training goes on from tells of each step before it.
  std::vector<StepMetrics> steps_done() const {
    std::vector<StepMetrics> steps;
    for (const double loss : progress_.losses) {
      const std::int64_t before = std::ssize(steps);
      steps.push_back({.step = before + 1, .loss = loss, .learning_rate = rate(before)});
    }
    return steps;
  }

  StepMetrics step() {
    const Stopwatch watch;
    const std::vector<Example> examples = source_.step(progress_.step);
    const double learning_rate = rate(progress_.step), sourcing = watch.seconds();
    StepLoss loss;
    const double norm = examples.empty() ? 0 : learn(examples, learning_rate, loss);
    const double seconds = watch.seconds();
    progress_.step += 1;
    progress_.tokens += loss.tokens;
    progress_.trained_tokens += loss.trained_tokens;
    progress_.seconds += seconds;
    progress_.losses.push_back(loss.mean);
    count_exposures(examples, progress_.exposures);
    note_recall(examples, loss.outcomes, progress_.exposures);
    source_.observe(progress_.step - 1, examples, loss.outcomes);
    return {.step = progress_.step,
            .loss = loss.mean,
            .learning_rate = learning_rate,
            .gradient_norm = norm,
            .tokens = loss.tokens,
            .tokens_per_second = static_cast<double>(loss.tokens) / std::max(seconds - sourcing, 1e-9),
            .recall = count_recalled(progress_.exposures),
            .figures = source_.figures(),
            .alarms = hear_alarms()};
  }

  void save() {
    if (saved_step_ == progress_.step) return;
    const Stopwatch watch;
    progress_.complete = is_complete();
    progress_.source_state = source_.state();
    write_checkpoint(checkpoint(), fingerprint_, progress_, arrays());
    saved_step_ = progress_.step;
    saving_seconds_ += watch.seconds();
  }

  StageResult result() const {
    const auto& losses = progress_.losses;
    const std::size_t tail = std::max<std::size_t>(1, losses.size() / 10);
    const double sum =
        losses.empty() ? 0.0
                       : std::accumulate(losses.end() - static_cast<std::ptrdiff_t>(tail), losses.end(), 0.0);
    return {.steps = progress_.step,
            .tokens = progress_.tokens,
            .trained_tokens = progress_.trained_tokens,
            .final_loss = sum / static_cast<double>(tail),
            .seconds = progress_.seconds,
            .saving_seconds = saving_seconds_,
            .exposures = progress_.exposures};
  }

 private:
  fs::path checkpoint() const { return folder_ / "checkpoint"; }

  // One update; returns the gradient's norm.
  double learn(const std::vector<Example>& examples, double learning_rate, StepLoss& loss) {
    loss = accumulate_step(decoder_, examples,
                           {.micro_batch_tokens = options_.micro_batch_tokens,
                            .recompute = options_.recompute,
                            .only_unknown_tokens = options_.only_unknown_tokens,
                            .divisor = source_.loss_divisor()},
                           optimizer_.gradients());
    const double norm =
        std::isfinite(loss.mean) ? optimizer_.update(learning_rate, progress_.step + 1) : std::nan("");
    decoder_.refresh_trained();
    if (!std::isfinite(norm)) {
      throw_not_finite(folder_, options_, examples,
                       {.step = progress_.step + 1, .saved = saved_step_, .loss = loss.mean, .norm = norm});
    }
    return norm;
  }

  // The names of those that hold; tells the user of each that did not at the step before.
  std::vector<std::string> hear_alarms() {
    std::vector<std::string> names;
    for (const StageAlarm& alarm : source_.alarms()) {
      names.push_back(alarm.name);
      if (std::ranges::find(heard_, alarm.name) == heard_.end() && !options_.quiet)
        fmt::print(stderr, "\nwarning: stage {}, step {}: {}\n", source_.name(), progress_.step, alarm.text);
    }
    return heard_ = names;
  }

  double rate(std::int64_t step) const {
    return learning_rate_at(step, source_.steps(), options_) * source_.rate_share(step);
  }
  TrainingArrays arrays() {
    return {decoder_.trained().flat, optimizer_.first_moments(), optimizer_.second_moments()};
  }

  Decoder& decoder_;
  StepSource& source_;
  const TrainOptions& options_;
  const fs::path folder_;
  const StageFingerprint fingerprint_;
  Optimizer optimizer_;
  StageProgress progress_;
  std::vector<std::string> heard_;  // alarms, at the last step
  std::int64_t saved_step_ = -1;
  double saving_seconds_ = 0;
};

}  // namespace

StageResult train_stage(Decoder& decoder, StepSource& source, const TrainOptions& options,
                        const std::filesystem::path& folder, bool resume, std::int64_t max_steps) {
  check_ranges(fmt::format("stage {}", source.name()), options);
  // Sequences that do not fit are found now, not in the middle of the stage.
  split_micro_batches(std::span(&source.longest(), 1), options.micro_batch_tokens);
  pack(std::span(&source.longest(), 1), decoder.config().context);

  StageTraining training(decoder, source, options, folder, resume);
  MetricsLog log(folder / "metrics.jsonl", training.steps_done());
  const std::int64_t done_before = training.progress().step;
  const double seconds_before = training.progress().seconds;
  const std::int64_t tokens_before = training.progress().tokens;
  const std::int64_t last = max_steps < 0 ? source.steps() : std::min(max_steps, source.steps());
  const auto save = [&] {
    log.sync();
    training.save();
  };

  ProgressBar bar(fmt::format("stage {}", source.name()), source.steps(), options.quiet, done_before);
  // Of the next step; none: cancelled before anything of it was done.
  const auto step = [&]() -> std::optional<StepMetrics> {
    if (cancellation_requested()) return std::nullopt;
    try {
      return training.step();
    } catch (const Interrupted&) {
      return std::nullopt;
    }
  };
  while (training.progress().step < last && !training.is_complete()) {
    const auto done = step();
    if (!done) {
      save();
      throw Interrupted(
          fmt::format("stage {}: stopped after step {} of {}{}; a checkpoint is in {}", source.name(),
                      training.progress().step, source.end().certain ? "" : "at most ", source.end().steps,
                      (folder / "checkpoint").string()),
          "go on with --resume");
    }
    const StepMetrics& metrics = *done;
    log.append(metrics);
    const double speed = static_cast<double>(training.progress().tokens - tokens_before) /
                         std::max(training.progress().seconds - seconds_before, 1e-9);
    const StageEnd end = source.end();
    bar.expect(end.steps, end.certain);
    bar.update(metrics.step,
               fmt::format("{}loss {:.3f}, {:.0f} tokens/s", learnt_note(metrics), metrics.loss, speed));
    if (options.on_step) options.on_step(metrics.step, metrics.loss);
    if (options.checkpoint_every_steps > 0 && metrics.step % options.checkpoint_every_steps == 0) save();
  }
  save();
  return training.result();
}

}  // namespace pbb
