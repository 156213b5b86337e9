// A stage of a few steps for a decoder of a few thousand weights.
#pragma once

#include <gtest/gtest.h>
#include <omp.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json_lines.h"
#include "base/temporary_folder.h"
#include "examples/byte_tokenizer.h"
#include "examples/sample_programs.h"
#include "examples/stage_data.h"
#include "model/byte_decoder.h"
#include "training/train.h"

namespace pbb {

// Threads that wait for each other are slow on a busy machine, so small a decoder gains nothing by them, and
// a forked child has none of its parent's.
inline const bool on_one_thread = [] {
  omp_set_num_threads(1);
  return true;
}();

inline Decoder tiny_decoder(std::uint64_t seed = 7, DataType compute = DataType::f32) {
  return byte_decoder(256, seed, compute);
}

inline std::vector<float> weights_of(Decoder& decoder) {
  const auto weights = decoder.weights().span<float>();
  return {weights.begin(), weights.end()};
}

// Two programs, one of each split: 12 sequences an epoch.
struct TinyStage {
  Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  StageData data;

  explicit TinyStage(StageDataOptions options = {.epochs = 3,
                                                 .sequences_per_step = 4,
                                                 .with_io_declarations = 3,
                                                 .with_io_executions = 5,
                                                 .source_only_declarations = 4})
      : programs(make_programs()), data(programs, tokenizer, std::move(options)) {}

  static TrainingPrograms make_programs() {
    TrainingPrograms programs;
    std::vector<Execution> executions;
    for (std::int64_t input = 0; input < 6; ++input) executions.push_back(sample_execution(13, 5, input));
    programs.add(sample_program("Blorp", 13, 5, Split::with_io), executions);
    programs.add_source_only(sample_program("Tindle", 4, 3, Split::source_only));
    return programs;
  }
};

inline TrainOptions tiny_options() {
  return {
      .learning_rate = 5e-3, .warmup_steps = 2, .checkpoint_every_steps = 4, .quiet = true, .on_step = {}};
}

inline std::vector<nlohmann::json> read_metrics(const std::filesystem::path& folder) {
  std::vector<nlohmann::json> lines;
  read_json_lines(folder / "metrics.jsonl", [&](const nlohmann::json& line, int) { lines.push_back(line); });
  return lines;
}

inline std::vector<double> losses_in(const std::filesystem::path& folder) {
  std::vector<double> losses;
  for (const nlohmann::json& line : read_metrics(folder)) losses.push_back(line.at("loss"));
  return losses;
}

}  // namespace pbb
