#include "estimate/estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_text.h"
#include "base/machine.h"
#include "base/plural.h"
#include "base/stopwatch.h"
#include "base/temporary_folder.h"
#include "estimate/refusal.h"
#include "run/models.h"
#include "run/sandboxes.h"
#include "run/stage_result.h"

namespace pbb {
namespace {

using nlohmann::ordered_json;

// `least` where any of them has it.
Estimate::Stage all_stages(const Estimate& estimate) {
  Estimate::Stage all{"in all"};
  LeastWork least;
  for (const Estimate::Stage& stage : estimate.stages) {
    all.steps += stage.steps;
    all.tokens += stage.tokens;
    all.trained_tokens += stage.trained_tokens;
    const LeastWork of_stage = stage.least.value_or(LeastWork{stage.steps, stage.tokens});
    least.steps += of_stage.steps;
    least.tokens += of_stage.tokens;
    if (stage.least) all.least.emplace();
  }
  if (all.least) all.least = least;
  return all;
}

std::string stage_tokens(const std::string& name, const Estimate::Stage& stage) {
  std::string text = fmt::format("  {:<32}{:>9} tokens, {} of them predicted, in {} steps", name,
                                 stage.tokens, stage.trained_tokens, stage.steps);
  if (stage.least) {
    text +=
        fmt::format(", at most\n  {:<32}{:>9} tokens, in {} steps, at least: where all is recalled at once",
                    "", stage.least->tokens, stage.least->steps);
  }
  return text + '\n';
}

// "stage 1", or "stage 1, at most" of one that may end early.
std::string time_name(const Estimate& estimate, const std::string& part) {
  const auto is_meant = [&](const Estimate::Stage& stage) {
    return part == "stage " + stage.name && stage.least;
  };
  return std::ranges::any_of(estimate.stages, is_meant) ? part + ", at most" : part;
}

}  // namespace

double total_seconds(const Estimate& estimate) {
  double seconds = 0;
  for (const TimePart& part : estimate.times) seconds += part.seconds;
  return seconds;
}

std::string rough_duration(double seconds) {
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  if (seconds < 100 * 60) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

Estimate make_estimate(const Recipe& recipe, const EstimateOptions& options) {
  Estimate estimate;
  if (!options.beside.empty()) estimate.taken = read_timings(options.beside, recipe);
  const TemporaryFolder folder;
  const Stopwatch preparing;
  const std::filesystem::path made = options.corpus.empty() ? folder.path() / "corpus" : options.corpus;
  if (options.corpus.empty()) make_recipe_corpus(recipe, options.unsafe_no_isolation, made);
  const Corpus corpus = read_corpus(made);
  const PreparedRun prepared(recipe, corpus, sandbox_runner(options.unsafe_no_isolation));
  const double prepared_in = preparing.seconds();
  refuse_what_cannot_run(recipe, prepared);
  estimate.warnings = warmup_warnings(recipe, prepared.workload());

  for (const Program& program : corpus.programs) {
    (program.split == Split::with_io ? estimate.with_io : estimate.source_only) += 1;
  }
  for (const StageWork& stage : prepared.workload().stages) {
    estimate.stages.push_back(
        {stage.name, std::ssize(stage.steps), stage.tokens, stage.trained_tokens, stage.least});
  }
  for (const ArmWork& arm : prepared.workload().arms) {
    estimate.questions += static_cast<std::int64_t>(arm.prompts.size());
  }
  const std::int64_t program_bytes = resident_memory_bytes();
  estimate.memory = estimate_memory(recipe, prepared.workload(), prepared.config(), program_bytes);
  estimate.plan = largest_step_plan(recipe, prepared.workload(), prepared.config());
  estimate.available_memory =
      options.memory_limit > 0 ? options.memory_limit : available_memory_bytes() + program_bytes;
  try {
    refuse_what_does_not_fit(recipe, prepared.workload(), prepared.config(), program_bytes,
                             estimate.available_memory);
  } catch (const InputError& error) {  // what `pbb run` would say is part of the answer here
    estimate.refusal = fmt::format("{}; {}", error.what(), error.hint());
  }
  if (options.time && estimate.refusal.empty()) {
    estimate.times = measure_times(recipe, prepared, folder.path());
    estimate.times.insert(estimate.times.begin(), {"corpus", prepared_in});
  }
  return estimate;
}

std::string plan_text(const BufferPlan& plan) {
  std::string text = "one block of memory for the largest step:\n";
  std::int64_t sum = 0;
  for (const BufferPlan::Buffer& buffer : plan.buffers) {
    text += fmt::format("  {:<28}{:>6} of {:>12} bytes\n", buffer.name, buffer.count,
                        buffer.bytes / buffer.count);
    sum += buffer.bytes;
  }
  return text + fmt::format("  in all {} bytes; {} of them take the place of others\n", plan.bytes,
                            sum - plan.bytes);
}

std::string estimate_text(const Recipe& recipe, const Estimate& estimate) {
  std::string text =
      fmt::format("{}: {} with-IO and {} source-only programs, {} asked in all\n\n", recipe.file.string(),
                  estimate.with_io, estimate.source_only, plural(estimate.questions, "question"));
  text += "Tokens\n";
  for (const Estimate::Stage& stage : estimate.stages) text += stage_tokens("stage " + stage.name, stage);
  const Estimate::Stage all = all_stages(estimate);
  if (estimate.stages.size() > 1) text += stage_tokens("in all", all);

  const MemoryPhase& largest = estimate.memory.largest();
  text += fmt::format("\nMemory\n  at most {}, in {}; {} may be taken here\n", gigabytes(largest.bytes()),
                      largest.name, gigabytes(estimate.available_memory));
  for (const MemoryPart& part : largest.parts) {
    if (part.bytes > 0) text += fmt::format("    {:<44}{:>10}\n", part.name, gigabytes(part.bytes));
  }
  for (const MemoryPhase& phase : estimate.memory.phases) {
    if (&phase != &largest) text += fmt::format("  {:<46}{:>10}\n", phase.name, gigabytes(phase.bytes()));
  }

  if (!estimate.refusal.empty()) text += fmt::format("\nIt does not fit.\n  {}\n", estimate.refusal);

  for (const std::string& warning : estimate.warnings) text += fmt::format("\nWarning: {}\n", warning);

  text += "\nTime\n";
  if (estimate.times.empty()) return text + "  not measured\n";
  const auto add_time = [&](const std::string& name, double seconds, double taken) {
    text += fmt::format("  {:<46}{:>10}", name, rough_duration(seconds));
    text += estimate.taken.empty() ? "\n" : fmt::format("{:>10} taken\n", rough_duration(taken));
  };
  double taken = 0;
  for (const TimePart& part : estimate.times) {
    const auto found = estimate.taken.find(part.name);
    add_time(time_name(estimate, part.name), part.seconds, found == estimate.taken.end() ? 0 : found->second);
    if (found != estimate.taken.end()) taken += found->second;
  }
  add_time(all.least ? "in all, at most" : "in all", total_seconds(estimate), taken);
  text += fmt::format(
      "\nTokens are counted exactly, memory is added up from the buffers. Time is measured: steps of every "
      "stage on its own\nbatches and a few of the questions, just now on this machine; it holds while the "
      "machine is as busy as now.\n");
  text += fmt::format("\nIn short: {}{} tokens, about {}, {} of memory.\n", all.least ? "at most " : "",
                      all.tokens, rough_duration(total_seconds(estimate)), gigabytes(largest.bytes()));
  return text;
}

std::string estimate_json(const Recipe& recipe, const Estimate& estimate) {
  const Estimate::Stage all = all_stages(estimate);
  ordered_json json = {{"recipe", recipe.file.string()},
                       {"counts", {{"with_io", estimate.with_io}, {"source_only", estimate.source_only}}},
                       {"tokens", all.tokens},
                       {"trained_tokens", all.trained_tokens},
                       {"questions", estimate.questions},
                       {"compute_type", data_type_name(compute_type(recipe.compute))},
                       {"peak_memory_bytes", estimate.memory.largest().bytes()},
                       {"available_memory_bytes", estimate.available_memory},
                       {"fits", estimate.refusal.empty()}};
  if (!estimate.warnings.empty()) json["warnings"] = estimate.warnings;
  for (const Estimate::Stage& stage : estimate.stages) {
    json["stages"].push_back({{"name", stage.name},
                              {"steps", stage.steps},
                              {"tokens", stage.tokens},
                              {"trained_tokens", stage.trained_tokens}});
    if (stage.least) {
      json["stages"].back()["at_least"] = {{"steps", stage.least->steps}, {"tokens", stage.least->tokens}};
    }
  }
  for (const MemoryPhase& phase : estimate.memory.phases) {
    ordered_json& parts = json["memory"][phase.name];
    for (const MemoryPart& part : phase.parts) parts[part.name] = part.bytes;
  }
  if (estimate.times.empty()) return json_text(json, 1);
  for (const TimePart& part : estimate.times) json["timings"][part.name] = part.seconds;
  if (!estimate.taken.empty()) json["taken"] = estimate.taken;
  json["seconds"] = total_seconds(estimate);
  return json_text(json, 1);
}

}  // namespace pbb
