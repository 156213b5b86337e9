// The tiny random models of tests/golden/model, and batches for them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/json_lines.h"
#include "base/random.h"
#include "model/decoder.h"
#include "model/formats/hf_config.h"
#include "model/formats/safetensors.h"
#include "model/formats/weights.h"

namespace pbb {

inline std::filesystem::path tiny_folder(const std::string& family) {
  return std::filesystem::path(PBB_GOLDEN) / "model" / family;
}

inline Decoder tiny_decoder(const std::string& family, DataType compute = DataType::f32) {
  const std::filesystem::path folder = tiny_folder(family);
  const SafetensorsFiles files = SafetensorsFiles::in_folder(folder);
  return decoder_from_tensors(read_hf_config(folder / "config.json"), files.tensors(), folder.string(),
                              compute);
}

struct Expected {
  PackedTokens batch;
  std::vector<float> log_probabilities;
  std::vector<double> losses;
};

inline Expected tiny_expected(const std::string& family) {
  const nlohmann::json contents = read_json(tiny_folder(family) / "expected.json");
  Expected expected;
  contents.at("batch").at("tokens").get_to(expected.batch.tokens);
  contents.at("batch").at("offsets").get_to(expected.batch.offsets);
  contents.at("batch").at("targets").get_to(expected.batch.targets);
  contents.at("log_probabilities").get_to(expected.log_probabilities);
  contents.at("losses").get_to(expected.losses);
  return expected;
}

inline std::vector<float> score(Decoder& decoder, const PackedTokens& batch) {
  std::vector<float> found(batch.tokens.size());
  decoder.score(batch, found);
  return found;
}

inline double largest_difference(std::span<const float> a, std::span<const float> b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - b[i]));
  return largest;
}

inline std::int64_t targets_in(const PackedTokens& batch) {
  return std::ranges::count_if(batch.targets, [](std::int32_t target) { return target >= 0; });
}

// Sequence s of a batch by itself.
inline PackedTokens sequence_of(const PackedTokens& batch, std::size_t s) {
  const auto begin = batch.offsets.at(s), end = batch.offsets.at(s + 1);
  return {{batch.tokens.begin() + begin, batch.tokens.begin() + end},
          {0, end - begin},
          {batch.targets.begin() + begin, batch.targets.begin() + end}};
}

inline std::vector<std::int32_t> random_tokens(std::uint64_t seed, std::size_t count,
                                               std::int64_t vocabulary) {
  Random random(seed, "tokens");
  std::vector<std::int32_t> tokens(count);
  for (std::int32_t& token : tokens) token = static_cast<std::int32_t>(random.integer(0, vocabulary - 1));
  return tokens;
}

}  // namespace pbb
