// One stage of training: the step loop with AdamW, a learning rate's schedule, clipping, metrics, checkpoints
// and resumption.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/options.h"
#include "examples/pack.h"
#include "examples/step_source.h"
#include "model/decoder.h"
#include "tensor/ops/adamw.h"

namespace pbb {

// How the learning rate goes on after the warm-up. A stage that its source may end early needs a constant
// one.
enum class LearningRateSchedule { cosine, constant };

struct TrainOptions {
  double learning_rate = 5e-4;  // peak
  LearningRateSchedule schedule = LearningRateSchedule::cosine;
  double final_share = 0.1;  // of the peak, at the last step (cosine)
  int warmup_steps = 10;
  double beta1 = 0.9, beta2 = 0.95, weight_decay = 0.01;
  double clip_norm = 1.0;  // 0: none
  int micro_batch_tokens =
      1024;  // gradients of a step are accumulated over micro-batches of at most this many tokens
  // The loss of a step is on those tokens alone that have a probability below 0.5: the others are known
  // already.
  bool only_unknown_tokens = false;
  Recompute recompute = Recompute::none;  // layers: activations take a tenth, a step 10 to 20 % longer
  // And at the end, and when interrupted; 0: only then. One is three times as large as the weights.
  int checkpoint_every_steps = 200;
  bool quiet = false;  // no progress bar
  // Called when a step is done and in metrics.jsonl, before any checkpoint of it; may be empty. From 1.
  std::function<void(std::int64_t step, double loss)> on_step;
};

inline constexpr Choice<Recompute> recompute_choices[] = {{Recompute::none, "none"},
                                                          {Recompute::layers, "layers"}};

inline constexpr Choice<LearningRateSchedule> schedule_choices[] = {
    {LearningRateSchedule::cosine, "cosine"}, {LearningRateSchedule::constant, "constant"}};

template <typename Fields>
void list_options(Fields& fields, TrainOptions& options) {
  fields("learning_rate", options.learning_rate, Range{0, 1, true}, "its peak");
  fields("schedule", options.schedule, schedule_choices,
         "constant: the peak to the end, for stages that may end early");
  fields("final_share", options.final_share, Range{0, 1}, "of the peak, at the last step");
  fields("warmup_steps", options.warmup_steps, Range{}, "the rate rises in so many steps");
  fields("beta1", options.beta1, Range{0, 0.999999}, "AdamW: the mean of the gradients");
  fields("beta2", options.beta2, Range{0, 0.999999}, "AdamW: the mean of their squares");
  fields("weight_decay", options.weight_decay, Range{0, 10}, "AdamW: of matrices only");
  fields("clip_norm", options.clip_norm, Range{0, 1e6}, "of the gradient; 0: not clipped");
  fields("micro_batch_tokens", options.micro_batch_tokens, Range{1, 1 << 20},
         "gradients are summed over parts of at most so many tokens");
  fields("recompute", options.recompute, recompute_choices,
         "layers: activations take a tenth, a step 10 to 20 % longer");
  fields("only_unknown_tokens", options.only_unknown_tokens,
         "the loss is on tokens of a probability below a half");
  fields("checkpoint_every_steps", options.checkpoint_every_steps, Range{},
         "and at the end, and on Ctrl-C; 0: then alone");
}

struct StageResult {
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  std::int64_t trained_tokens = 0;
  double final_loss = 0;      // mean over the last tenth of the steps, nats a trained token
  double seconds = 0;         // of training, all sittings together
  double saving_seconds = 0;  // of writing checkpoints, in this sitting
  ExposureCounts exposures;
};

// Trains `decoder` in place on what `source` gives, until its steps are done or it is finished. In `folder`
// (stages/1):
//
//   metrics.jsonl   a line a step: step from 1, loss, learning_rate, gradient_norm, tokens,
//                   tokens_per_second (of the update alone); where source-only programs are stated, how
//                   many of the `source_only_programs` stated so far were `recalled` when they last were;
//                   the source's figures, and the names of the alarms that hold
//   checkpoint/     stays when the stage is done
//
// With `resume`, goes on from the folder's checkpoint when there is one (bit for bit as if never stopped; at
// once when the stage was done); the decoder must then hold the weights that the stage began with, and the
// source must be as it was at the start. Without, what an earlier attempt left in the folder is removed.
// A loss or gradient that is not finite: Error, with the batch saved in the folder. Cancellation: a
// checkpoint, then Interrupted. max_steps >= 0 stops when so many steps are done in all, with a checkpoint
// (tests).
StageResult train_stage(Decoder& decoder, StepSource& source, const TrainOptions& options,
                        const std::filesystem::path& folder, bool resume, std::int64_t max_steps = -1);

// step from 0. Rises in equal parts during the warm-up; at its peak on step `warmup_steps`, where a constant
// one stays.
double learning_rate_at(std::int64_t step, std::int64_t steps, const TrainOptions& options);

}  // namespace pbb
