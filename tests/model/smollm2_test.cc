// The default model against transformers, where it is in the cache (tests/golden/make_model_golden.py
// --gguf).
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "model/default_model.h"
#include "model/load.h"

namespace pbb {
namespace {

TEST_F(SmolLM2, LogProbabilitiesOfTwentyTextsAreThoseOfTransformers) {
  LoadedModel model = load_model("smollm2-135m", DataType::f32);
  const nlohmann::json golden =
      read_json(std::filesystem::path(PBB_GOLDEN) / "smollm2_scores.json").at("scores");
  ASSERT_EQ(golden.size(), 20U);

  PackedTokens batch;
  batch.offsets = {0};
  std::vector<float> wanted;
  for (const auto& text : golden) {
    const auto ids = text.at("ids").get<std::vector<std::int32_t>>();
    EXPECT_EQ(model.tokenizer.encode(text.at("text").get<std::string>()), ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      batch.tokens.push_back(ids[i]);
      batch.targets.push_back(i + 1 < ids.size() ? ids[i + 1] : -1);
      wanted.push_back(i + 1 < ids.size() ? text.at("logprobs").at(i).get<float>() : 0.0F);
    }
    batch.offsets.push_back(static_cast<std::int32_t>(batch.tokens.size()));
  }
  std::vector<float> found(batch.tokens.size());
  model.decoder.score(batch, found);
  float worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) worst = std::max(worst, std::abs(found[i] - wanted[i]));
  EXPECT_LE(worst, 1e-3F);
  RecordProperty("worst_difference", std::to_string(worst));
}

}  // namespace
}  // namespace pbb
