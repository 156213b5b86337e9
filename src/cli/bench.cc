// pbb bench train: tokens a second and peak memory of full fine-tuning on given texts, to set beside another
// engine's.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_lines.h"
#include "cli/commands.h"
#include "cli/machine.h"
#include "cli/models.h"
#include "examples/pack.h"
#include "tensor/ops/adamw.h"

namespace pbb {
namespace {

struct Options {
  std::string model = "smollm2-135m", texts, dtype = "auto";
  int sequences_per_step = 16;
  int steps = 10;
  double learning_rate = 1e-4;
  bool recompute = false;
};

std::vector<Example> read_texts(const std::string& file, const Tokenizer& tokenizer) {
  std::vector<Example> examples;
  read_json_lines(file, [&](const nlohmann::json& line, int) {
    Example example;
    example.tokens = tokenizer.encode(line.at("text").get<std::string>());
    example.trained.assign(example.tokens.size(), 1);
    if (!example.trained.empty()) example.trained[0] = 0;
    examples.push_back(std::move(example));
  });
  if (examples.empty()) throw InputError(file + ": no texts", R"(one {"text": "..."} a line)");
  return examples;
}

void bench_train(const Options& options) {
  LoadedModel model = load_any_model(options.model, compute_type(options.dtype));
  const auto examples = read_texts(options.texts, model.tokenizer);
  const std::int64_t size = model.decoder.weights().size();
  Tensor gradients({size}, DataType::f32), first({size}, DataType::f32), second({size}, DataType::f32);
  nlohmann::json losses = nlohmann::json::array();
  std::int64_t tokens = 0;
  std::chrono::steady_clock::time_point start;
  for (int step = 0; step <= options.steps; ++step) {  // step 0 warms up and is not timed
    if (step == 1) start = std::chrono::steady_clock::now();
    std::vector<Example> chosen;
    const auto per_step = static_cast<std::size_t>(options.sequences_per_step);
    for (std::size_t i = 0; i < per_step; ++i) {
      chosen.push_back(examples[(static_cast<std::size_t>(step) * per_step + i) % examples.size()]);
    }
    const PackedTokens batch = pack(chosen, model.decoder.config().context);
    std::int64_t targets = 0;
    for (const std::int32_t target : batch.targets) targets += target >= 0;
    const auto share = 1.0F / static_cast<float>(targets);
    const double loss =
        model.decoder.accumulate_gradients(batch, share, gradients,
                                           options.recompute ? Recompute::layers : Recompute::none) *
        static_cast<double>(share);
    AdamWOptions adamw;
    adamw.learning_rate = static_cast<float>(options.learning_rate);
    const double norm = global_norm(gradients.span<float>());
    if (norm > 1) adamw.gradient_scale = static_cast<float>(1 / norm);
    adamw_step(model.decoder.weights().span<float>(), gradients.span<float>(), first.span<float>(),
               second.span<float>(), adamw, step + 1);
    gradients.fill_zero();
    model.decoder.refresh();
    if (step == 0) continue;
    losses.push_back(loss);
    tokens += static_cast<std::int64_t>(batch.tokens.size());
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const nlohmann::json result = {{"tokens_per_second", static_cast<double>(tokens) / seconds},
                                 {"peak_memory_bytes", peak_memory_bytes()},
                                 {"steps", options.steps},
                                 {"tokens", tokens},
                                 {"compute", data_type_name(model.decoder.compute())},
                                 {"losses", losses}};
  fmt::print("{}\n", result.dump());
}

}  // namespace

void add_bench_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bench", "Measure the engine (make bench sets it beside others)");
  command->require_subcommand(1);
  CLI::App* train =
      command->add_subcommand("train", "Full fine-tuning: tokens a second and peak memory, as JSON");
  train->add_option("--model", options->model, "smollm2-135m, a GGUF file or a Hugging Face folder");
  train->add_option("--texts", options->texts, R"(JSON lines {"text": "..."})")->required();
  train->add_option("--sequences-per-step", options->sequences_per_step, "texts a step")
      ->check(CLI::PositiveNumber);
  train->add_option("--steps", options->steps, "timed steps, after one that is not")
      ->check(CLI::PositiveNumber);
  train->add_option("--dtype", options->dtype, "auto, f32 or bf16")
      ->check(CLI::IsMember({"auto", "f32", "bf16"}));
  train->add_flag("--recompute", options->recompute,
                  "keep each layer's input alone and compute the layer again in the backward pass");
  train->callback([options] { bench_train(*options); });
  add_bench_decode(*command);
}

}  // namespace pbb
