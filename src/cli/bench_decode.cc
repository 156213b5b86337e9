// pbb bench decode: new tokens a second of greedy completions, to set beside another engine's, and how many
// completions depend on what else is in the batch.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>

#include "base/error.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "base/machine.h"
#include "base/random.h"
#include "base/stopwatch.h"
#include "cli/commands.h"
#include "generation/generate.h"
#include "run/models.h"
#include "tensor/memory_read.h"

namespace pbb {
namespace {

using Prompts = std::vector<std::vector<std::int32_t>>;

struct Options {
  std::string model = "smollm2-135m", prompts, dtype = "auto";
  int batch_size = 64, new_tokens = 64;
  bool flips = false;
};

Prompts read_prompts(const std::string& file, const Tokenizer& tokenizer) {
  Prompts prompts;
  read_json_lines(file, [&](const nlohmann::json& line, int) {
    prompts.push_back(tokenizer.encode_sequence(line.at("text").get<std::string>()));
  });
  if (prompts.empty()) throw InputError(file + ": no prompts", R"(one {"text": "..."} a line)");
  return prompts;
}

std::vector<Completion> complete(Decoder& decoder, const Prompts& prompts, int batch_size, int new_tokens) {
  GenerationOptions options;
  options.batch_size = batch_size;
  options.max_new_tokens = new_tokens;
  return generate(decoder, prompts, options);
}

// The bytes of weights that a step of one sequence reads: every matrix once, in the compute type.
double bytes_a_step(const Decoder& decoder) {
  std::int64_t elements = 0;
  for (const Parameter& parameter : decoder.parameters()) {
    const bool looked_up = parameter.name == "model.embed_tokens.weight" && !decoder.config().tied_embeddings;
    if (!looked_up) elements += parameter.value.size();
  }
  return static_cast<double>(elements) * static_cast<double>(element_bytes(decoder.compute()));
}

void measure_speed(Decoder& decoder, const Prompts& prompts, const Options& options) {
  complete(decoder, {prompts.front()}, 1, 2);  // warms up
  const double bandwidth = memory_bandwidth();
  const double first = seconds_of([&] { complete(decoder, prompts, options.batch_size, 1); });
  const Stopwatch watch;
  const auto completions = complete(decoder, prompts, options.batch_size, options.new_tokens);
  const double all = watch.seconds();
  std::size_t prompt_tokens = 0, new_tokens = 0, shared_tokens = 0;
  for (const auto& prompt : prompts) prompt_tokens += prompt.size();
  for (const Completion& completion : completions) {
    new_tokens += completion.tokens.size();
    shared_tokens += completion.shared_tokens;
  }
  const nlohmann::json result = {
      {"tokens_per_second", static_cast<double>(new_tokens) / all},
      {"decode_tokens_per_second", static_cast<double>(new_tokens - prompts.size()) / (all - first)},
      {"seconds", all},
      {"prompt_seconds", first},
      {"prompts", prompts.size()},
      {"prompt_tokens", prompt_tokens},
      {"shared_tokens", shared_tokens},
      {"new_tokens", new_tokens},
      {"bytes_a_step", bytes_a_step(decoder)},
      {"memory_bytes_per_second", bandwidth},
      {"peak_memory_bytes", peak_memory_bytes()},
      {"compute", data_type_name(decoder.compute())}};
  fmt::print("{}\n", json_text(result));
}

// Completions at the given batch size, against those at others and in another order.
void measure_flips(Decoder& decoder, const Prompts& prompts, const Options& options) {
  const auto reference = complete(decoder, prompts, options.batch_size, options.new_tokens);
  const auto flips = [&](const std::vector<Completion>& others, const std::vector<std::size_t>& order) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < order.size(); ++i) count += others[i].tokens != reference[order[i]].tokens;
    return count;
  };
  std::vector<std::size_t> order(prompts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  nlohmann::json result = {{"prompts", prompts.size()},
                           {"compute", data_type_name(decoder.compute())},
                           {"batch_size", options.batch_size}};
  for (const int batch_size : {1, 8, 24}) {
    result[fmt::format("flips_at_batch_{}", batch_size)] =
        flips(complete(decoder, prompts, batch_size, options.new_tokens), order);
  }
  Random random(1, "order");
  random.shuffle(std::span(order));
  Prompts shuffled;
  for (const std::size_t p : order) shuffled.push_back(prompts[p]);
  result["flips_in_another_order"] =
      flips(complete(decoder, shuffled, options.batch_size, options.new_tokens), order);
  fmt::print("{}\n", json_text(result));
}

void bench_decode(const Options& options) {
  LoadedModel model = load_any_model(options.model, compute_type(options.dtype));
  const Prompts prompts = read_prompts(options.prompts, model.tokenizer);
  (options.flips ? measure_flips : measure_speed)(model.decoder, prompts, options);
}

}  // namespace

void add_bench_decode(Command bench) {
  auto options = std::make_shared<Options>();
  Command command = bench.add_subcommand("decode", "Greedy completions: new tokens a second, as JSON");
  command.add_option("--model", options->model, "smollm2-135m, a GGUF file or a Hugging Face folder");
  command.add_option("--prompts", options->prompts, R"(JSON lines {"text": "..."})").required();
  command.add_option("--batch-size", options->batch_size, "sequences decoded at once").positive();
  command.add_option("--new-tokens", options->new_tokens, "of each prompt; no token ends it before")
      .within(2, 1 << 20);
  command.add_option("--dtype", options->dtype, "auto, f32 or bf16").one_of({"auto", "f32", "bf16"});
  command.add_flag("--flips", options->flips,
                   "not speed: how many completions differ at other batch sizes and in another order");
  command.callback([options] { bench_decode(*options); });
}

}  // namespace pbb
