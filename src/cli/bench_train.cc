// pbb bench train: tokens a second and peak memory of fine-tuning, in full or of an adapter, on given texts
// to set beside another engine's, or on random weights and tokens to see what shapes cost.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "base/machine.h"
#include "base/random.h"
#include "base/stopwatch.h"
#include "cli/commands.h"
#include "run/models.h"
#include "training/accumulate.h"
#include "training/optimizer.h"

namespace pbb {
namespace {

struct Options {
  std::string model = "smollm2-135m", texts, dtype = "auto";
  int sequences_per_step = 16;
  int steps = 10;
  double learning_rate = 1e-4;
  bool recompute = false;
  int adapter = 0;  // its rank; 0: the model itself is trained
  // Random weights and tokens instead:
  std::string shape;  // of SmolLM2: 135m, 360m, 1.7b
  int layers = 0;     // 0: all of the shape's
  int length = 64;
  int micro_batch_tokens = 0;  // 0: a step is one micro-batch
};

std::vector<Example> read_texts(const std::string& file, const Tokenizer& tokenizer) {
  std::vector<Example> examples;
  read_json_lines(file, [&](const nlohmann::json& line, int) {
    Example example;
    example.tokens = tokenizer.encode_sequence(line.at("text").get<std::string>());
    example.trained.assign(example.tokens.size(), 1);
    if (!example.trained.empty()) example.trained[0] = 0;
    examples.push_back(std::move(example));
  });
  if (examples.empty()) throw InputError(file + ": no texts", R"(one {"text": "..."} a line)");
  return examples;
}

DecoderConfig config_of_shape(const std::string& shape, int layers) {
  DecoderConfig config{.vocabulary = 49152,
                       .width = 576,
                       .feed_forward = 1536,
                       .layers = 30,
                       .heads = 9,
                       .kv_heads = 3,
                       .head_size = 64,
                       .context = 8192};
  if (shape == "360m") {
    config.width = 960, config.feed_forward = 2560, config.layers = 32;
    config.heads = 15, config.kv_heads = 5;
  } else if (shape == "1.7b") {
    config.width = 2048, config.feed_forward = 8192, config.layers = 24;
    config.heads = 32, config.kv_heads = 32;
  }
  if (layers > 0) config.layers = layers;
  return config;
}

std::vector<Example> random_examples(const Options& options, std::int64_t vocabulary) {
  Random random(1, "bench");
  std::vector<Example> examples(static_cast<std::size_t>(options.sequences_per_step));
  for (Example& example : examples) {
    example.tokens.resize(static_cast<std::size_t>(options.length));
    for (auto& token : example.tokens) token = static_cast<std::int32_t>(random.integer(0, vocabulary - 1));
    example.trained.assign(example.tokens.size(), 1);
    example.trained[0] = 0;
  }
  return examples;
}

// Billions of floating-point operations of a step: 2 for each weight that a token is multiplied with, and as
// many for each of its two gradients (that of a frozen weight is not computed); and the attention to all
// tokens before it, three times that of the forward pass.
double step_operations(Decoder& decoder, std::span<const Example> examples) {
  const DecoderConfig& config = decoder.config();
  const std::int64_t weights = decoder.weights().size();
  const std::int64_t multiplied =
      config.tied_embeddings ? weights : weights - config.vocabulary * config.width;
  double operations = 0;
  for (const Example& example : examples) {
    const auto length = static_cast<double>(example.tokens.size());
    const auto attention_width = static_cast<double>(config.layers * config.heads * config.head_size);
    if (decoder.adapter() == nullptr) {
      operations += 6e-9 * static_cast<double>(multiplied) * length;
    } else {
      operations += 4e-9 * static_cast<double>(multiplied) * length;
      operations += 6e-9 * static_cast<double>(decoder.trained().flat.size()) * length;
    }
    operations += 12e-9 * attention_width * length * (length + 1) / 2;
  }
  return operations;
}

void measure(Decoder& decoder, const std::vector<Example>& examples, const Options& options) {
  if (options.adapter > 0) decoder.add_adapter({.rank = options.adapter, .alpha = 2.0 * options.adapter}, 1);
  Optimizer optimizer(decoder.trained(), {.weight_decay = 0});
  const int whole_step = decoder.config().context * options.sequences_per_step;
  const int micro_batch = options.micro_batch_tokens > 0 ? options.micro_batch_tokens : whole_step;
  nlohmann::json losses = nlohmann::json::array();
  std::int64_t tokens = 0;
  double operations = 0;
  Stopwatch watch;
  for (int step = 0; step <= options.steps; ++step) {  // step 0 warms up and is not timed
    if (step == 1) watch = {};
    std::vector<Example> chosen;
    const auto per_step = static_cast<std::size_t>(options.sequences_per_step);
    for (std::size_t i = 0; i < per_step; ++i) {
      chosen.push_back(examples[(static_cast<std::size_t>(step) * per_step + i) % examples.size()]);
    }
    const StepLoss loss =
        accumulate_step(decoder, chosen,
                        {.micro_batch_tokens = micro_batch,
                         .recompute = options.recompute ? Recompute::layers : Recompute::none},
                        optimizer.gradients());
    optimizer.update(options.learning_rate, step + 1);
    decoder.refresh_trained();
    if (step == 0) continue;
    losses.push_back(loss.mean);
    tokens += loss.tokens;
    operations += step_operations(decoder, chosen);
  }
  const double seconds = watch.seconds();
  const nlohmann::json result = {{"tokens_per_second", static_cast<double>(tokens) / seconds},
                                 {"gflops", operations / seconds},
                                 {"peak_memory_bytes", peak_memory_bytes()},
                                 {"steps", options.steps},
                                 {"tokens", tokens},
                                 {"parameters", decoder.weights().size()},
                                 {"trained_parameters", decoder.trained().flat.size()},
                                 {"compute", data_type_name(decoder.compute())},
                                 {"losses", losses}};
  fmt::print("{}\n", json_text(result));
}

void bench_train(const Options& options) {
  const DataType compute = compute_type(options.dtype);
  if (options.texts.empty() == options.shape.empty()) {
    throw InputError(options.texts.empty() ? "bench train: neither --texts nor --shape is given"
                                           : "bench train: --texts and --shape are both given",
                     "--texts FILE trains the model on texts; --shape 135m makes random weights and tokens");
  }
  if (!options.shape.empty()) {
    Decoder decoder(config_of_shape(options.shape, options.layers), compute);
    decoder.initialize(1);
    measure(decoder, random_examples(options, decoder.config().vocabulary), options);
  } else {
    LoadedModel model = load_any_model(options.model, compute);
    measure(model.decoder, read_texts(options.texts, model.tokenizer), options);
  }
}

}  // namespace

void add_bench_train(Command bench) {
  auto options = std::make_shared<Options>();
  Command train = bench.add_subcommand("train", "Fine-tuning: tokens a second and peak memory, as JSON");
  train.add_option("--model", options->model, "smollm2-135m, a GGUF file or a Hugging Face folder");
  train.add_option("--texts", options->texts, R"(JSON lines {"text": "..."})");
  train.add_option("--sequences-per-step", options->sequences_per_step, "texts a step").positive();
  train.add_option("--steps", options->steps, "timed steps, after one that is not").positive();
  train.add_option("--dtype", options->dtype, "auto, f32 or bf16").one_of({"auto", "f32", "bf16"});
  train.add_flag("--recompute", options->recompute,
                 "keep each layer's input alone and compute the layer again in the backward pass");
  train.add_option("--adapter", options->adapter, "train a LoRA adapter of this rank; 0: the model itself")
      .within(0, 1024);
  train.add_option("--micro-batch-tokens", options->micro_batch_tokens,
                   "gradients of a step are added up over so many tokens at a time; 0: all at once");
  train.add_option("--shape", options->shape, "random weights of SmolLM2's shape and random tokens: no texts")
      .one_of({"135m", "360m", "1.7b"});
  train.add_option("--layers", options->layers, "fewer layers than the shape has");
  train.add_option("--length", options->length, "tokens of a random sequence").within(2, 8192);
  train.callback([options] { bench_train(*options); });
}

}  // namespace pbb
