// The default model's greedy completions against transformers', where it is in the cache.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "generation/generate.h"
#include "model/default_model.h"
#include "model/load.h"

namespace pbb {
namespace {

TEST_F(SmolLM2, GreedyCompletionsOfTwentyPromptsAreThoseOfTransformers) {
  LoadedModel model = load_model("smollm2-135m", DataType::f32);
  const nlohmann::json golden =
      read_json(std::filesystem::path(PBB_GOLDEN) / "smollm2_scores.json").at("completions");
  ASSERT_EQ(golden.size(), 20U);
  std::vector<std::vector<std::int32_t>> prompts;
  for (const auto& entry : golden) prompts.push_back(entry.at("ids").get<std::vector<std::int32_t>>());
  GenerationOptions options;
  options.max_new_tokens = 40;
  options.batch_size = 8;  // prompts wait and take the places of finished ones
  const std::vector<Completion> completions = generate(model.decoder, prompts, options);
  for (std::size_t p = 0; p < prompts.size(); ++p) {
    EXPECT_EQ(completions[p].tokens, golden[p].at("completion").get<std::vector<std::int32_t>>())
        << golden[p].at("prompt");
  }
}

TEST_F(SmolLM2, CompletionsDoNotDependOnTheBatch) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    LoadedModel model = load_model("smollm2-135m", type);
    std::vector<std::vector<std::int32_t>> prompts;
    for (int p = 0; p < 12; ++p) {
      const std::string call = "Blorp(" + std::to_string(p) + ")";
      prompts.push_back(model.tokenizer.encode(p % 2 == 0 ? "What is " + call + "?" : call + " ="));
    }
    GenerationOptions options;
    options.max_new_tokens = 6;
    options.batch_size = 12;
    const std::vector<Completion> together = generate(model.decoder, prompts, options);
    options.batch_size = 3;
    std::ranges::reverse(prompts);
    const std::vector<Completion> apart = generate(model.decoder, prompts, options);
    for (std::size_t p = 0; p < prompts.size(); ++p) {
      EXPECT_EQ(apart[prompts.size() - 1 - p].tokens, together[p].tokens) << p;
      EXPECT_EQ(apart[prompts.size() - 1 - p].log_probabilities, together[p].log_probabilities) << p;
    }
  }
}

}  // namespace
}  // namespace pbb
