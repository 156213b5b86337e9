// A stage that trains an adapter: it alone is trained, kept, and gone on from.
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "training/checkpoint.h"
#include "training/tiny_stage.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

const AdapterOptions adapter_options{.rank = 3, .alpha = 6};

Decoder adapted_decoder(std::uint64_t seed = 5, const AdapterOptions& options = adapter_options,
                        std::uint64_t base_seed = 7) {
  Decoder decoder = tiny_decoder(base_seed);
  decoder.add_adapter(options, seed);
  return decoder;
}

std::string arrays_in(const fs::path& folder) {
  std::string bytes;
  for (const char* name : {"weights.f32", "first_moments.f32", "second_moments.f32"}) {
    if (fs::exists(folder / "checkpoint" / name)) bytes += read_file(folder / "checkpoint" / name);
  }
  return bytes;
}

TEST(AdapterTraining, LowersTheLossAndLeavesTheBaseAsItWas) {
  const TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = adapted_decoder();
  const std::vector<float> base = weights_of(decoder);
  TrainOptions options = tiny_options();
  options.learning_rate = 0.1;  // so small a decoder learns little in nine steps
  train_stage(decoder, stage.data, options, folder.path(), false);
  EXPECT_EQ(weights_of(decoder), base);
  const std::vector<double> losses = losses_in(folder.path());
  EXPECT_LT(losses.back(), losses.front() - 0.05);
  EXPECT_EQ(fs::file_size(folder.path() / "checkpoint/weights.f32"), decoder.trained().flat.bytes());
}

TEST(AdapterTraining, AfterAStopAtAnyStepGivesTheSameBytes) {
  const TinyStage stage;
  const auto state_at = [&](std::initializer_list<std::int64_t> stops) {
    const TemporaryFolder folder;
    for (const std::int64_t stop : stops) {
      Decoder decoder = adapted_decoder();
      train_stage(decoder, stage.data, tiny_options(), folder.path(), true, stop);
    }
    return std::pair(arrays_in(folder.path()), losses_in(folder.path()));
  };
  for (const std::int64_t end : {std::int64_t{8}, stage.data.steps()}) {
    const auto expected = state_at({end});
    ASSERT_FALSE(expected.first.empty());
    for (std::int64_t stop = 0; stop < end; ++stop) {
      EXPECT_EQ(state_at({stop, end}), expected) << stop << " and " << end;
    }
  }
}

TEST(AdapterTraining, WhatWasTrainedIsLoadedFromItsCheckpoint) {
  const TinyStage stage;
  const TemporaryFolder folder;
  Decoder trained = adapted_decoder();
  train_stage(trained, stage.data, tiny_options(), folder.path(), false);
  Decoder loaded = adapted_decoder(99);
  load_checkpoint_weights(folder.path() / "checkpoint", loaded);
  PackedTokens batch{{1, 2, 3, 4}, {0, 4}, {2, 3, 4, -1}};
  std::vector<float> wanted(4), found(4);
  trained.score(batch, wanted);
  loaded.score(batch, found);
  EXPECT_EQ(found, wanted);
  Decoder plain = tiny_decoder();
  EXPECT_THROW(load_checkpoint_weights(folder.path() / "checkpoint", plain), InputError);
}

TEST(AdapterTraining, ResumingIsRefusedOnAnotherBaseAdapterOrSeed) {
  const TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = adapted_decoder();
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 3);
  const auto refusal = [&](Decoder start) -> std::string {
    try {
      train_stage(start, stage.data, tiny_options(), folder.path(), true);
    } catch (const InputError& error) {
      return error.what();
    }
    return "went on";
  };
  const auto says = [](const std::string& message, const char* part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  AdapterOptions other = adapter_options;
  other.alpha = 9;
  says(refusal(adapted_decoder(5, other)), "adapter was rank 3, alpha 6, of q_proj");
  says(refusal(adapted_decoder(5, adapter_options, 8)), "base weights (CRC-32) was");
  says(refusal(adapted_decoder(6)), "weights at the start (CRC-32) was");
  says(refusal(tiny_decoder()), "parameters was");
  EXPECT_EQ(refusal(adapted_decoder()), "went on");
}

}  // namespace
}  // namespace pbb
