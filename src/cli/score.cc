// pbb score MODEL FILE: the log-probability of every token of a text, to compare with a reference.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "run/models.h"

namespace pbb {
namespace {

// log p(token | the tokens before it), natural log; the first has nothing before it.
std::vector<float> score_tokens(Decoder& decoder, const std::vector<std::int32_t>& ids) {
  PackedTokens batch;
  batch.tokens = ids;
  batch.offsets = {0, static_cast<std::int32_t>(ids.size())};
  batch.targets.assign(ids.begin() + 1, ids.end());
  batch.targets.push_back(-1);
  std::vector<float> log_probabilities(ids.size());
  decoder.score(batch, log_probabilities);
  return log_probabilities;
}

}  // namespace

void add_score_command(Command app) {
  struct Options {
    std::string model, file, dtype = "f32";
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  Command command = app.add_subcommand("score", "Print the log-probability of every token of a text file");
  command.add_option("MODEL", options->model, "smollm2-135m, a GGUF file, a Hugging Face folder or a run")
      .required();
  command.add_option("FILE", options->file, "text, UTF-8").required();
  command.add_option("--dtype", options->dtype, "products in f32 or bf16").one_of({"f32", "bf16"});
  command.add_flag("--json", options->json, R"(print {"ids": [...], "logprobs": [null, ...]})");
  command.callback([options] {
    LoadedModel model = load_any_model(options->model, compute_type(options->dtype));
    const auto ids = model.tokenizer.encode_sequence(read_file(options->file));
    if (ids.empty()) throw InputError(options->file + ": the text is empty", "give at least one token");
    if (ids.size() > static_cast<std::size_t>(model.decoder.config().context)) {
      throw InputError(fmt::format("{}: {} tokens, more than the model's context of {}", options->file,
                                   ids.size(), model.decoder.config().context),
                       "split the text");
    }
    const auto scores = score_tokens(model.decoder, ids);
    if (options->json) {
      nlohmann::json values = nlohmann::json::array({nullptr});
      for (std::size_t i = 0; i + 1 < ids.size(); ++i) values.push_back(scores[i]);
      fmt::print("{}\n", nlohmann::json{{"ids", ids}, {"logprobs", values}}.dump());
      return;
    }
    double total = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string score = i == 0 ? "" : fmt::format("{:.4f}", scores[i - 1]);
      if (i > 0) total += scores[i - 1];
      fmt::print("{:6}  {:>9}  {}\n", ids[i], score, printable_line(model.tokenizer.token(ids[i])));
    }
    if (ids.size() > 1)
      fmt::print("mean {:.4f} nats a token\n", -total / static_cast<double>(ids.size() - 1));
  });
}

}  // namespace pbb
