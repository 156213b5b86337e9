// pbb assess FOLDER|FILE.py …: whether teaching a model these rules is worth it, in measured figures.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "assessment/assessment.h"
#include "assessment/measured_run.h"
#include "assessment/page.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json_text.h"
#include "base/plural.h"
#include "base/temporary_folder.h"
#include "cli/commands.h"
#include "cli/learnable.h"
#include "run/bases.h"
#include "run/models.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> sources, measured;
  std::string cost_per_example, cost_per_hour, language = "en", out = "assessment.html", write_measured;
  LearningOptions learning;
  bool json = false, unsafe = false;
};

std::optional<double> cost(const std::string& flag, const std::string& text) {
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0) {
    throw InputError(fmt::format("{} {}: it is no cost", flag, text),
                     "give a number from 0 on, in any currency, such as 12.5");
  }
  return value;
}

Language language_from(const std::string& name) {
  if (const auto language = find_choice<Language>(languages, name)) return *language;
  throw InputError(fmt::format("--lang {}: the page is not written in it", name), "en or ja");
}

// Beside the base: none where no base is named, or it was never measured.
Measured shipped_figures(const fs::path& base) {
  const fs::path file = base / "measured.json";
  return !base.empty() && fs::exists(file) ? read_measured(file) : Measured();
}

fs::path base_folder(const LearningOptions& options) {
  return options.base == "none" ? fs::path() : resolve_base(options.base, options.model);
}

std::optional<std::int64_t> tokens_of_base(const fs::path& base) {
  if (base.empty()) return std::nullopt;
  const std::int64_t tokens = read_base_record(base).tokens;
  return tokens > 0 ? std::optional(tokens) : std::nullopt;
}

// The user's own runs first: they stand in place of the others wherever they tell.
std::vector<MeasuredRun> measured_runs(const Options& options, const Runner& run) {
  std::vector<MeasuredRun> runs;
  for (const std::string& folder : options.measured) {
    runs.push_back(measure_run(folder, run));
    runs.back().is_users = true;
  }
  return runs;
}

void write_figures(const Options& options) {
  if (options.measured.empty())
    throw InputError("--write-measured: no run is named", "add --measured RUN, once for each run");
  const Measured measured{measured_runs(options, sandbox_runner(options.unsafe))};
  write_file(options.write_measured, text_of(measured));
  fmt::print("{}: figures of {}\n", options.write_measured, plural(measured.runs.size(), "run"));
}

std::string title_of(const Options& options) {
  return fmt::format("{}", fmt::join(options.sources, " "));
}

void assess_sources(const Options& options) {
  // What is wrong with the arguments is said before the work.
  const Language language = language_from(options.language);
  const Costs costs{.example = cost("--cost-per-example", options.cost_per_example),
                    .hour = cost("--cost-per-hour", options.cost_per_hour)};
  if (!options.write_measured.empty()) return write_figures(options);
  if (options.sources.empty())
    throw InputError("no folder and no file is named", "pbb assess rules/ for the .py files in a folder");
  const Runner run = sandbox_runner(options.unsafe);
  const fs::path base = base_folder(options.learning);
  Measured measured{measured_runs(options, run)};
  for (MeasuredRun& one : shipped_figures(base).runs) measured.runs.push_back(std::move(one));
  const TemporaryFolder scratch;
  const PythonSources sources{.paths = {options.sources.begin(), options.sources.end()}, .examples = {}};
  const Imported imported = import_learnable(sources, options.learning, options.unsafe, scratch / "corpus");
  if (!options.json) {
    fmt::print("{}\n", learnable_table(imported));
    std::fflush(stdout);
  }
  refuse_empty(imported, title_of(options));
  const Tokenizer tokenizer = load_any_tokenizer(options.learning.model);
  const Assessment assessment = assess({.title = title_of(options),
                                        .imported = &imported,
                                        .tokenizer = &tokenizer,
                                        .costs = costs,
                                        .measured = std::move(measured),
                                        .base_tokens = tokens_of_base(base)},
                                       run);
  write_assessment(options.out, assessment_page(assessment, language));
  if (options.json) {
    nlohmann::json value = to_json(assessment);
    value["page"] = options.out;
    fmt::print("{}\n", json_text(value, 1));
    return;
  }
  fmt::print("{}{}\n", assessment_text(assessment, language),
             Wording(language)("terminal_page", options.out));
}

}  // namespace

void add_assess_command(Command app) {
  auto options = std::make_shared<Options>();
  Command command = app.add_subcommand(
      "assess", "Say what teaching your own rules to a model is worth, in measured figures; trains nothing");
  command.add_option("SOURCES", options->sources, "folders of .py files, or such files");
  command.add_option("--cost-per-example", options->cost_per_example,
                     "what one question with its checked answer costs you, in any currency");
  command.add_option("--cost-per-hour", options->cost_per_hour, "what an hour of a machine costs you");
  command.add_option("--lang", options->language, "of the page and the answer: en or ja").shows_default();
  command.add_option("--out", options->out, "the page").shows_default();
  command.add_flag("--json", options->json, "print one JSON object with all figures");
  command
      .add_option(
          "--measured", options->measured,
          "the folder of a run of your own, whose figures stand in place of those that ship; may be repeated")
      .one_value_each();
  command.add_option(
      "--write-measured", options->write_measured,
      "write the figures of those runs to a file, as it lies beside a base, and assess nothing");
  command.add_option("--model", options->learning.model, "as pbb learn has it").shows_default();
  command.add_option("--base", options->learning.base, "as pbb learn has it; its measured figures are used")
      .shows_default();
  command.add_flag("--unsafe-no-isolation", options->unsafe,
                   "run programs without bubblewrap: only source that you trust");
  command.callback([options] { assess_sources(*options); });
}

}  // namespace pbb
