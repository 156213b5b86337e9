#include "estimate/memory_estimate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "generation/generate.h"
#include "model/adapter.h"
#include "model/layout.h"
#include "run/models.h"

namespace pbb {
namespace {

constexpr std::int64_t float_bytes = sizeof(float);

// What the attention of one layer gathers beside its buffers, and what the libraries keep for themselves.
std::int64_t op_bytes(const DecoderConfig& config, std::int64_t tokens) {
  constexpr std::int64_t libraries = 40 << 20;
  const std::int64_t heads = 2 * config.heads + 3 * config.kv_heads;
  return libraries + tokens * heads * config.head_size * float_bytes;
}

// What training changes: all weights, or an adapter beside them, which are then frozen and have neither
// gradients nor moments.
struct Trained {
  std::int64_t bytes = 0;     // of its parameters
  std::int64_t adapter = 0;   // bytes of an adapter, with what its products hold
  std::int64_t low_rank = 0;  // PassSize::low_rank
};
Trained what_is_trained(const Recipe& recipe, const DecoderConfig& config) {
  if (recipe.adapter.rank == 0) return {.bytes = parameter_count(config) * float_bytes};
  const ParameterPlace last = adapter_layout(config, recipe.adapter).back();
  const std::int64_t bytes = (last.offset + last.size()) * float_bytes;
  return {.bytes = bytes,
          .adapter = bytes + adapter_held_bytes(config, recipe.adapter, compute_type(recipe.compute)),
          .low_rank = widest_low_rank(config, recipe.adapter)};
}

struct Batch {
  PassSize size;
  BufferPlan plan;
  std::int64_t reference = 0;  // reference_bytes
  std::int64_t bytes() const { return plan.bytes + reference; }
};

// The micro-batch of a stage that takes the most.
Batch largest_batch(const StageRecipe& stage, const StageWork& work, const DecoderConfig& config,
                    DataType compute, std::int64_t low_rank) {
  Batch largest;
  std::array<std::int64_t, 2> most{};  // tokens, without and with the reference's logits
  for (const auto& sequences : work.steps) {
    for (PassSize size : micro_batches(sequences, stage.train.micro_batch_tokens)) {
      size.low_rank = low_rank;
      if (low_rank == 0) size.reference_rows = 0;  // without an adapter there is none
      // Fewer tokens take less, but for the head's part, which is a chunk of rows at most.
      std::int64_t& most_tokens = most[size.reference_rows > 0 ? 1 : 0];
      if (size.tokens < most_tokens * 9 / 10) continue;
      most_tokens = std::max(most_tokens, size.tokens);
      const auto take = [&](Arena& arena) {
        take_step_buffers(config, compute, size, stage.train.recompute, arena);
      };
      Batch batch{size, plan(take), reference_bytes(config, compute, size)};
      if (batch.bytes() > largest.bytes()) largest = std::move(batch);
    }
  }
  return largest;
}

struct AskingBytes {
  std::int64_t slots = 0, capacity = 0;  // of the cache: sequences, and tokens of each
  std::int64_t buffers = 0;              // with the cache
  std::int64_t packed = 0;               // copies of the weights
};

// While the prompts of `work` are answered, so many at once.
AskingBytes asking_bytes(const ArmWork& work, const EvaluationRecipe& limits, const DecoderConfig& config,
                         DataType compute, std::int64_t low_rank) {
  AskingBytes asking;
  asking.slots = std::min<std::int64_t>(limits.batch_size, std::ssize(work.prompts));
  std::int64_t longest = 0;
  for (const auto& prompt : work.prompts) longest = std::max(longest, std::ssize(prompt));
  asking.capacity = std::min<std::int64_t>(config.context, longest + limits.max_new_tokens);
  const std::int64_t rows = std::min(std::max(most_decoded_rows, asking.slots), work.prompt_tokens());
  const BufferPlan buffers = plan([&](Arena& arena) {
    take_decoding_buffers(config, compute, {rows, asking.slots, low_rank}, arena);
  });
  asking.buffers = cache_bytes(config, compute, asking.slots, asking.capacity) +
                   asking.slots * config.vocabulary * float_bytes + buffers.bytes;
  asking.packed = packs_weights(static_cast<std::size_t>(asking.slots))
                      ? decoding_weight_bytes(config, compute)
                      : std::int64_t{0};
  return asking;
}

MemoryPhase training_phase(const Recipe& recipe, std::size_t index, const StageWork& work,
                           const DecoderConfig& config, std::int64_t program_bytes) {
  const StageRecipe& stage = recipe.stages.at(index);
  const DataType compute = compute_type(recipe.compute);
  const Trained trained = what_is_trained(recipe, config);
  const Batch batch = largest_batch(stage, work, config, compute, trained.low_rank);
  AskingBytes asking;
  if (work.sampling)
    asking = asking_bytes(work.sampling->answers, work.sampling->limits, config, compute, trained.low_rank);
  const bool keeps_reference = work.sampling && work.sampling->keeps_reference;
  return {"stage " + stage.name,
          {{"weights", parameter_count(config) * float_bytes},
           {"adapter", trained.adapter},
           {"gradients", trained.bytes},
           {"the optimiser's two moments", 2 * trained.bytes},
           {"the model as the stage began", keeps_reference ? trained.bytes : std::int64_t{0}},
           {"packed copies of the weights", packed_weight_bytes(config, compute, true) + asking.packed},
           {fmt::format("cache of {} answers of {} tokens, buffers", asking.slots, asking.capacity),
            asking.buffers},
           {fmt::format("activations of {} tokens", batch.size.tokens), batch.plan.bytes},
           {"what the base says of kept texts", batch.reference},
           {"within products and attention", op_bytes(config, batch.size.tokens)},
           {"program, tokeniser, corpus", program_bytes}}};
}

MemoryPhase evaluation_phase(const Recipe& recipe, const ArmWork& work, const DecoderConfig& config,
                             DataType compute, std::int64_t program_bytes) {
  const Trained trained = what_is_trained(recipe, config);
  const AskingBytes asking = asking_bytes(work, recipe.evaluation, config, compute, trained.low_rank);
  // A trained arm's weights are read from a checkpoint's file, which is in memory while it is read.
  const std::int64_t reading = work.arm.stage.empty() ? 0 : trained.bytes;
  return {"arm " + work.arm.name,
          {{"weights", parameter_count(config) * float_bytes},
           {"adapter", trained.adapter},
           {"packed copies of the weights", packed_weight_bytes(config, compute, false) + asking.packed},
           {fmt::format("cache of {} sequences of {} tokens, buffers", asking.slots, asking.capacity),
            std::max(asking.buffers, reading)},
           {"within products and attention", op_bytes(config, asking.slots)},
           {"program, tokeniser, corpus", program_bytes}}};
}

// A change to the recipe that could make it fit.
struct Knob {
  std::string text;
  Recipe recipe;
};

void recompute_layers(Recipe& recipe) {
  for (StageRecipe& stage : recipe.stages) stage.train.recompute = Recompute::layers;
}
void limit_micro_batches(Recipe& recipe, std::int64_t tokens) {
  for (StageRecipe& stage : recipe.stages) {
    int& now = stage.train.micro_batch_tokens;
    now = static_cast<int>(std::min<std::int64_t>(now, tokens));
  }
}

// One change each, and last of all of them together.
std::vector<Knob> knobs(const Recipe& recipe, const Workload& workload) {
  std::int64_t longest = 1;  // a sequence is never cut
  for (const StageWork& stage : workload.stages) {
    for (const auto& step : stage.steps) {
      for (const PassSize& sequence : step) longest = std::max(longest, sequence.tokens);
    }
  }
  std::vector<Knob> knobs;
  const auto add = [&](std::string text) -> Recipe& {
    return knobs.emplace_back(std::move(text), recipe).recipe;
  };
  recompute_layers(add("stage.NAME.recompute = \"layers\""));
  for (const std::int64_t tokens : {2 * longest, longest}) {
    limit_micro_batches(add(fmt::format("stage.NAME.micro_batch_tokens = {}", tokens)), tokens);
  }
  add("evaluation.batch_size = 8").evaluation.batch_size = 8;
  add("compute = \"f32\"").compute = "f32";
  add("compute = \"bf16\"").compute = "bf16";
  Recipe& all =
      add(fmt::format("stage.NAME.recompute = \"layers\", stage.NAME.micro_batch_tokens = {}, "
                      "evaluation.batch_size = 1 and compute = \"f32\" together",
                      longest));
  recompute_layers(all);
  limit_micro_batches(all, longest);
  all.evaluation.batch_size = 1;
  all.compute = "f32";
  return knobs;
}

}  // namespace

std::int64_t MemoryPhase::bytes() const {
  std::int64_t sum = 0;
  for (const MemoryPart& part : parts) sum += part.bytes;
  return sum;
}

const MemoryPhase& MemoryEstimate::largest() const {
  static const MemoryPhase none{"nothing", {}};
  return phases.empty() ? none : *std::ranges::max_element(phases, {}, &MemoryPhase::bytes);
}

MemoryEstimate estimate_memory(const Recipe& recipe, const Workload& workload, const DecoderConfig& config,
                               std::int64_t program_bytes) {
  const DataType compute = compute_type(recipe.compute);
  MemoryEstimate estimate;
  for (std::size_t s = 0; s < workload.stages.size(); ++s) {
    estimate.phases.push_back(training_phase(recipe, s, workload.stages[s], config, program_bytes));
  }
  for (const ArmWork& arm : workload.arms) {
    estimate.phases.push_back(evaluation_phase(recipe, arm, config, compute, program_bytes));
  }
  return estimate;
}

BufferPlan largest_step_plan(const Recipe& recipe, const Workload& workload, const DecoderConfig& config) {
  BufferPlan largest;
  for (std::size_t s = 0; s < workload.stages.size(); ++s) {
    Batch batch = largest_batch(recipe.stages.at(s), workload.stages[s], config, compute_type(recipe.compute),
                                what_is_trained(recipe, config).low_rank);
    if (batch.plan.bytes > largest.bytes) largest = std::move(batch.plan);
  }
  return largest;
}

void refuse_what_does_not_fit(const Recipe& recipe, const Workload& workload, const DecoderConfig& config,
                              std::int64_t program_bytes, std::int64_t limit) {
  const MemoryPhase whole = estimate_memory(recipe, workload, config, program_bytes).largest();
  if (whole.bytes() <= limit) return;
  std::vector<std::string> fitting;
  const std::vector<Knob> all = knobs(recipe, workload);
  for (const Knob& knob : all) {
    const std::int64_t bytes =
        estimate_memory(knob.recipe, workload, config, program_bytes).largest().bytes();
    const bool is_all_together = &knob == &all.back();
    if (bytes > limit || (is_all_together && !fitting.empty())) continue;
    fitting.push_back(fmt::format("{} ({})", knob.text, gigabytes(bytes)));
  }
  const std::int64_t parameters = parameter_count(config);
  const bool trains_all = recipe.adapter.rank == 0;
  const std::int64_t bytes_each =
      trains_all ? 4 * float_bytes : float_bytes;  // frozen weights are weights alone
  const std::string hint =
      !fitting.empty()
          ? fmt::format("this would fit: {}", fmt::join(fitting, "; or "))
          : fmt::format(
                "no setting makes it fit: training takes {} bytes a parameter, {} for the {:.0f} million "
                "of this model; take a smaller model or a machine with more memory{}",
                bytes_each, gigabytes(bytes_each * parameters), static_cast<double>(parameters) / 1e6,
                trains_all ? ", or train an adapter: adapter.rank = 16" : "");
  throw InputError(
      fmt::format("{}: the run would take {} of memory in {}, {} more than the {} that it may take",
                  recipe.file.string(), gigabytes(whole.bytes()), whole.name,
                  gigabytes(whole.bytes() - limit), gigabytes(limit)),
      hint);
}

std::string gigabytes(std::int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  return value >= 1e8 ? fmt::format("{:.2f} GB", value / 1e9) : fmt::format("{:.0f} MB", value / 1e6);
}

}  // namespace pbb
