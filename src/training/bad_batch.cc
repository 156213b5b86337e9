#include "training/bad_batch.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_text.h"

namespace pbb {

void throw_not_finite(const std::filesystem::path& folder, const TrainOptions& options,
                      const std::vector<Example>& examples, const BadStep& bad) {
  nlohmann::ordered_json batch = {{"step", bad.step},
                                  {"loss", fmt::format("{}", bad.loss)},
                                  {"gradient_norm", fmt::format("{}", bad.norm)},
                                  {"examples", nlohmann::json::array()}};
  for (const Example& example : examples) {
    batch["examples"].push_back({{"program", example.program},
                                 {"kind", example_kind_name(example.kind)},
                                 {"template", example.template_index},
                                 {"execution", example.execution},
                                 {"tokens", example.tokens},
                                 {"trained", example.trained},
                                 {"inputs", example.inputs},
                                 {"weights", example.weights}});
  }
  const std::filesystem::path file = folder / "bad_batch.json";
  write_file(file, json_text(batch, 1) + '\n');
  const std::string message =
      fmt::format("step {}: the loss is {} and the gradient norm {}; the batch is in {}", bad.step, bad.loss,
                  bad.norm, file.string());
  if (bad.step == 1) {
    throw Error(message,
                "no step has been done yet, so that the weights that the stage begins with are at fault: see "
                "where the model comes from, and try compute = \"f32\"");
  }
  throw Error(
      message,
      fmt::format("{}, but --resume would meet the same step with the same numbers: lower learning_rate "
                  "(now {}), raise warmup_steps (now {}) or lower clip_norm (now {}). That makes it "
                  "another run: start it with another --out",
                  bad.saved > 0 ? fmt::format("the checkpoint of step {} is intact", bad.saved)
                                : std::string("what was done before this stage is intact"),
                  options.learning_rate, options.warmup_steps, options.clip_norm));
}

}  // namespace pbb
