#include "exchange/data_readme.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/data_formats.h"
#include "run/bases.h"
#include "run/build_info.h"

namespace pbb {

std::string_view data_readme_template();  // data_readme.md

namespace {

using Values = std::vector<std::pair<std::string_view, std::string>>;

std::string stage_table(const std::vector<ExportedStage>& stages) {
  std::string table = "| stage | steps | examples | tokens | trained on |\n| --- | --- | --- | --- | --- |\n";
  for (const ExportedStage& stage : stages) {
    table += fmt::format("| `{}/` | {} | {} | {} | {} |\n", stage.name, stage.steps, stage.examples,
                         stage.tokens, stage.trained_tokens);
  }
  return table;
}

// ": it then has pbb's own tokens for 96 of stage 1's 96"
std::string told_as_one_text(const std::vector<ExportedStage>& stages) {
  std::string told;
  for (const ExportedStage& stage : stages) {
    const auto file = std::ranges::find(stage.files, "prompt_completion", &ExportedFile::format);
    if (file == stage.files.end() || file->lines == 0) continue;
    told += fmt::format("{} {} of stage {}'s {}", told.empty() ? ": it then has pbb's own tokens for" : ",",
                        stage.same_as_one_text, stage.name, file->lines);
  }
  return told;
}

std::string_view why_left_out(std::string_view format) {
  return std::ranges::find(data_formats(), format, &DataFormat::name)->left_out;
}

std::string notes_of(const std::vector<ExportedStage>& stages) {
  std::string notes;
  for (const std::string& note : data_notes(stages)) notes += fmt::format("- {}\n", note);
  return notes.empty() ? "" : "What is otherwise than in pbb's own training:\n\n" + notes;
}

std::string peft_config(const AdapterOptions& adapter) {
  if (adapter.rank == 0) return "";
  return fmt::format(
      "\n    peft_config=LoraConfig(r={}, lora_alpha={}, use_rslora={},\n"
      "                           target_modules=[\"{}\"]),",
      adapter.rank, adapter.alpha, adapter.rslora ? "True" : "False", fmt::join(adapter.targets, "\", \""));
}

int sequences_per_step(const StageRecipe& stage) {
  const ReadingOptions& reading = stage.reading;
  switch (stage.kind) {
    case StageKind::reading:
      return reading.declarations + reading.executions + reading.drills + reading.texts;
    case StageKind::practice:
      return stage.practice.executions + stage.practice.fresh;
    case StageKind::grpo:
      return stage.grpo.questions * stage.grpo.samples;
    case StageKind::exposures:
      break;
  }
  return stage.data.sequences_per_step;
}

void add_training(Values& values, const StageRecipe& stage, const AdapterOptions& adapter) {
  const TrainOptions& train = stage.train;
  const auto add = [&](std::string_view name, auto value) {
    values.emplace_back(name, fmt::format("{}", value));
  };
  const bool falls = train.schedule == LearningRateSchedule::cosine;
  const bool adapts = adapter.rank > 0;
  add("batch", sequences_per_step(stage));
  add("rate", train.learning_rate);
  add("schedule", falls ? "cosine" : "constant_with_warmup");
  add("warmup", train.warmup_steps);
  add("decay", train.weight_decay);
  add("beta1", train.beta1);
  add("beta2", train.beta2);
  add("clip", train.clip_norm);
  add("finetuning", adapts ? "lora" : "full");
  add("peft_import", adapts ? "\nfrom peft import LoraConfig" : "");
  add("peft_config", peft_config(adapter));
}

void add_start(Values& values, const Recipe& recipe) {
  const bool has_base = recipe.base != "none";
  std::string beside = has_base ? fmt::format(" with the base `{}`", recipe.base) : "";
  if (!recipe.start.empty()) beside += fmt::format(", and on it the adapter of `{}`", recipe.start);
  values.emplace_back("model", recipe.model);
  values.emplace_back("beside", beside);
  values.emplace_back("start", has_base ? resolve_base(recipe.base, recipe.model).string() : recipe.model);
}

}  // namespace

std::string fill_in(std::string_view text, const Values& values) {
  std::string filled;
  while (true) {
    const std::size_t open = text.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : text.find("}}", open);
    filled += text.substr(0, close == std::string_view::npos ? close : open);
    if (close == std::string_view::npos) return filled;
    const std::string_view name = text.substr(open + 2, close - open - 2);
    const auto value = std::ranges::find(values, name, &Values::value_type::first);
    filled += value != values.end() ? value->second : std::string(text.substr(open, close + 2 - open));
    text.remove_prefix(close + 2);
  }
}

std::vector<std::string> data_notes(const std::vector<ExportedStage>& stages) {
  std::vector<std::string> notes;
  const auto add = [&](const ExportedStage& stage, std::int64_t count, const std::string& what) {
    if (count > 0) notes.push_back(fmt::format("stage {}: {}", stage.name, what));
  };
  for (const ExportedStage& stage : stages) {
    add(stage, stage.is_guessed,
        fmt::format("what comes next, and when it ends, hangs on what a model gets right; this is what one "
                    "is shown that gets nothing right, {} steps long (stage.{}.steps)",
                    stage.steps, stage.name));
    add(stage, stage.is_merged,
        "its adapter is merged into the model, and the next stage trains a new one (merge_and_unload in "
        "peft)");
    add(stage, stage.kept,
        fmt::format("{} examples are held to what the model itself said before; here to what is written",
                    stage.kept));
    add(stage, stage.weighted,
        fmt::format("the loss of {} examples counts with another weight; here with 1", stage.weighted));
    add(stage, stage.corrupted,
        fmt::format(
            "{} examples are read with wrong tokens in their source (corrupted_share); so they are in "
            "`tokens` alone",
            stage.corrupted));
    for (const ExportedFile& file : stage.files) {
      add(stage, file.left_out,
          fmt::format("{} examples are not in `{}`: {}", file.left_out, file.format,
                      why_left_out(file.format)));
    }
  }
  return notes;
}

std::string data_readme(const Recipe& recipe, const Tokenizer& tokenizer, const TrainingDataOptions& options,
                        const std::vector<ExportedStage>& stages) {
  const std::int64_t longest = std::ranges::max(stages, {}, &ExportedStage::longest).longest;
  Values values = {{"title", recipe.title.empty() ? "a recipe without a title" : recipe.title},
                   {"command", options.command},
                   {"version", std::string(pbb_version())},
                   {"stages", stage_table(stages)},
                   {"notes", notes_of(stages)},
                   {"end", std::string(tokenizer.token(tokenizer.end_of_text()))},
                   {"one_text", told_as_one_text(stages)},
                   {"stage", stages.front().name},
                   {"longest", fmt::format("{}", longest)},
                   {"eval", options.run.empty() ? recipe.file.string() : options.run.string()}};
  add_start(values, recipe);
  add_training(values, recipe.stages.front(), recipe.adapter);
  return fill_in(data_readme_template(), values);
}

}  // namespace pbb
