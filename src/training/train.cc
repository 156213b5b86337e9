// The step loop of a stage.
#include "training/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
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
#include "training/accumulate.h"
#include "training/checkpoint.h"
#include "training/metrics.h"
#include "training/optimizer.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

void check(bool holds, std::string_view name, double value, std::string_view expected) {
  if (!holds) throw InputError(fmt::format("{} is {}: expected {}", name, value, expected));
}

void check_options(const TrainOptions& options) {
  const auto share = [](double value) { return value >= 0 && value < 1; };
  check(options.learning_rate > 0 && std::isfinite(options.learning_rate), "learning_rate",
        options.learning_rate, "a number above 0");
  check(options.final_share >= 0 && options.final_share <= 1, "final_share", options.final_share,
        "a share from 0 to 1");
  check(options.warmup_steps >= 0, "warmup_steps", options.warmup_steps, "0 or more");
  check(share(options.beta1), "beta1", options.beta1, "0 or more, below 1");
  check(share(options.beta2), "beta2", options.beta2, "0 or more, below 1");
  check(options.weight_decay >= 0 && std::isfinite(options.weight_decay), "weight_decay",
        options.weight_decay, "0 or more");
  check(options.clip_norm >= 0 && std::isfinite(options.clip_norm), "clip_norm", options.clip_norm,
        "0 (no clipping) or more");
  check(options.micro_batch_tokens >= 1, "micro_batch_tokens", options.micro_batch_tokens, "1 or more");
  check(options.checkpoint_every_steps >= 0, "checkpoint_every_steps", options.checkpoint_every_steps,
        "0 or more");
}

std::string weights_crc(ParameterSet& set) {
  return fmt::format("{:08x}", checksum(std::as_bytes(set.flat.span<float>())));
}

// Everything that shapes the weights a stage ends with. Where checkpoints are written and what is shown of
// progress may change from one sitting to the next.
StageFingerprint make_fingerprint(Decoder& decoder, const StageData& data, const TrainOptions& options) {
  const auto text = [](const auto& value) { return fmt::format("{}", value); };
  const auto crc = [](std::uint32_t value) { return fmt::format("{:08x}", value); };
  const StageDataOptions& shown = data.options();
  return {{"stage", shown.stage},
          {"seed", text(shown.seed)},
          {"epochs", text(shown.epochs)},
          {"sequences_per_step", text(shown.sequences_per_step)},
          {"with_io_declarations", text(shown.with_io_declarations)},
          {"with_io_executions", text(shown.with_io_executions)},
          {"source_only_declarations", text(shown.source_only_declarations)},
          {"direct_share", text(shown.direct_share)},
          {"training data (CRC-32)", crc(data.fingerprint())},
          {"learning_rate", text(options.learning_rate)},
          {"final_share", text(options.final_share)},
          {"warmup_steps", text(options.warmup_steps)},
          {"beta1", text(options.beta1)},
          {"beta2", text(options.beta2)},
          {"weight_decay", text(options.weight_decay)},
          {"clip_norm", text(options.clip_norm)},
          {"micro_batch_tokens", text(options.micro_batch_tokens)},
          {"parameters", text(decoder.trained().flat.size())},
          {"weights at the start (CRC-32)", weights_crc(decoder.trained())}};
}

StageFingerprint with_adapter(StageFingerprint fingerprint, Decoder& decoder) {
  if (const Adapter* adapter = decoder.adapter()) {
    fingerprint["adapter"] = adapter_text(adapter->options);
    fingerprint["base weights (CRC-32)"] = weights_crc(decoder.base());
  }
  return fingerprint;
}

// `saved`: the step that the last checkpoint is of; 0 when there is none.
[[noreturn]] void throw_not_finite(const fs::path& folder, const TrainOptions& options, std::int64_t step,
                                   std::int64_t saved, double loss, double norm,
                                   const std::vector<Example>& examples) {
  nlohmann::ordered_json batch = {{"step", step},
                                  {"loss", fmt::format("{}", loss)},
                                  {"gradient_norm", fmt::format("{}", norm)},
                                  {"examples", nlohmann::json::array()}};
  for (const Example& example : examples) {
    batch["examples"].push_back(
        {{"program", example.program},
         {"kind", example.kind == ExampleKind::declaration ? "declaration" : "execution"},
         {"template", example.template_index},
         {"execution", example.execution},
         {"tokens", example.tokens},
         {"trained", example.trained}});
  }
  const fs::path file = folder / "bad_batch.json";
  write_file(file, batch.dump(1) + '\n');
  const std::string message =
      fmt::format("step {}: the loss is {} and the gradient norm {}; the batch is in {}", step, loss, norm,
                  file.string());
  if (step == 1) {
    throw Error(message,
                "no step has been done yet, so that the weights that the stage begins with are at fault: see "
                "where the model comes from, and try compute = \"f32\"");
  }
  throw Error(
      message,
      fmt::format("{}, but --resume would meet the same step with the same numbers: lower learning_rate "
                  "(now {}), raise warmup_steps (now {}) or lower clip_norm (now {}). That makes it "
                  "another run: start it with another --out",
                  saved > 0 ? fmt::format("the checkpoint of step {} is intact", saved)
                            : std::string("what was done before this stage is intact"),
                  options.learning_rate, options.warmup_steps, options.clip_norm));
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
  StageTraining(Decoder& decoder, const StageData& data, const TrainOptions& options, fs::path folder,
                bool resume)
      : decoder_(decoder),
        data_(data),
        options_(options),
        folder_(std::move(folder)),
        fingerprint_(with_adapter(make_fingerprint(decoder, data, options), decoder)),
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
    }
  }

  const StageProgress& progress() const { return progress_; }

  // What the checkpoint that training goes on from tells of each step before it.
  std::vector<StepMetrics> steps_done() const {
    std::vector<StepMetrics> steps;
    for (const double loss : progress_.losses) {
      const std::int64_t before = std::ssize(steps);
      steps.push_back({.step = before + 1,
                       .loss = loss,
                       .learning_rate = learning_rate_at(before, data_.steps(), options_)});
    }
    return steps;
  }

  StepMetrics step() {
    const Stopwatch watch;
    const std::vector<Example> examples = data_.step(progress_.step);
    const double learning_rate = learning_rate_at(progress_.step, data_.steps(), options_);
    const StepLoss loss = accumulate_step(decoder_, examples, options_.micro_batch_tokens,
                                          optimizer_.gradients(), options_.recompute);
    const double norm =
        std::isfinite(loss.mean) ? optimizer_.update(learning_rate, progress_.step + 1) : std::nan("");
    decoder_.refresh_trained();
    if (!std::isfinite(norm)) {
      throw_not_finite(folder_, options_, progress_.step + 1, saved_step_, loss.mean, norm, examples);
    }

    const double seconds = watch.seconds();
    progress_.step += 1;
    progress_.tokens += loss.tokens;
    progress_.trained_tokens += loss.trained_tokens;
    progress_.seconds += seconds;
    progress_.losses.push_back(loss.mean);
    count_exposures(examples, progress_.exposures);
    return {.step = progress_.step,
            .loss = loss.mean,
            .learning_rate = learning_rate,
            .gradient_norm = norm,
            .tokens = loss.tokens,
            .tokens_per_second = static_cast<double>(loss.tokens) / std::max(seconds, 1e-9)};
  }

  void save() {
    if (saved_step_ == progress_.step) return;
    const Stopwatch watch;
    progress_.complete = progress_.step == data_.steps();
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
  TrainingArrays arrays() {
    return {decoder_.trained().flat, optimizer_.first_moments(), optimizer_.second_moments()};
  }

  Decoder& decoder_;
  const StageData& data_;
  const TrainOptions& options_;
  const fs::path folder_;
  const StageFingerprint fingerprint_;
  Optimizer optimizer_;
  StageProgress progress_;
  std::int64_t saved_step_ = -1;
  double saving_seconds_ = 0;
};

}  // namespace

StageResult train_stage(Decoder& decoder, const StageData& data, const TrainOptions& options,
                        const std::filesystem::path& folder, bool resume, std::int64_t max_steps) {
  check_options(options);
  // Sequences that do not fit are found now, not in the middle of the stage.
  split_micro_batches(std::span(&data.longest(), 1), options.micro_batch_tokens);
  pack(std::span(&data.longest(), 1), decoder.config().context);

  StageTraining training(decoder, data, options, folder, resume);
  MetricsLog log(folder / "metrics.jsonl", training.steps_done());
  const std::int64_t done_before = training.progress().step;
  const double seconds_before = training.progress().seconds;
  const std::int64_t tokens_before = training.progress().tokens;
  const std::int64_t last = max_steps < 0 ? data.steps() : std::min(max_steps, data.steps());
  const auto save = [&] {
    log.sync();
    training.save();
  };

  ProgressBar bar(fmt::format("stage {}", data.options().stage), data.steps(), options.quiet, done_before);
  while (training.progress().step < last) {
    if (cancellation_requested()) {
      save();
      throw Interrupted(
          fmt::format("stage {}: stopped after step {} of {}; a checkpoint is in {}", data.options().stage,
                      training.progress().step, data.steps(), (folder / "checkpoint").string()),
          "go on with --resume");
    }
    const StepMetrics metrics = training.step();
    log.append(metrics);
    const double speed = static_cast<double>(training.progress().tokens - tokens_before) /
                         std::max(training.progress().seconds - seconds_before, 1e-9);
    bar.update(metrics.step, fmt::format("{:.0f} tokens/s, loss {:.3f}", speed, metrics.loss));
    if (options.on_step) options.on_step(metrics.step, metrics.loss);
    if (options.checkpoint_every_steps > 0 && metrics.step % options.checkpoint_every_steps == 0) save();
  }
  save();
  return training.result();
}

}  // namespace pbb
