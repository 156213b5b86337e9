// A stage from its first step to its last: it learns, it counts, and it says when it cannot go on.
#include "training/train.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/file.h"
#include "training/checkpoint.h"
#include "training/tiny_stage.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

TEST(Train, LossGoesDownAndEveryExposureIsCounted) {
  TinyStage stage({.epochs = 20,
                   .sequences_per_step = 4,
                   .with_io_declarations = 3,
                   .with_io_executions = 5,
                   .source_only_declarations = 4});
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  TrainOptions options = tiny_options();
  options.learning_rate = 2e-2;
  const StageResult result = train_stage(decoder, stage.data, options, folder.path(), false);
  EXPECT_EQ(result.steps, 60);
  EXPECT_EQ(result.tokens, stage.data.tokens());
  EXPECT_EQ(result.trained_tokens, stage.data.trained_tokens());
  EXPECT_EQ(result.exposures.at("Blorp").declarations, 60);
  EXPECT_EQ(result.exposures.at("Blorp").executions, 100);
  EXPECT_EQ(result.exposures.at("Tindle").declarations, 80);
  EXPECT_EQ(result.exposures.at("Tindle").executions, 0);
  EXPECT_GT(result.seconds, 0);

  const std::vector<double> losses = losses_in(folder.path());
  ASSERT_EQ(losses.size(), 60U);
  EXPECT_NEAR(losses.front(), std::log(257), 0.1);  // a random decoder knows nothing
  EXPECT_LT(result.final_loss, 0.4 * losses.front());
  double tail = 0;
  for (std::size_t i = 54; i < 60; ++i) tail += losses[i] / 6;
  EXPECT_NEAR(result.final_loss, tail, 1e-12);

  Decoder loaded = tiny_decoder(99);
  load_checkpoint_weights(folder.path() / "checkpoint", loaded);
  EXPECT_EQ(weights_of(loaded), weights_of(decoder));
}

TEST(Train, MetricsHaveALineAStepWithWhatItWasTrainedAt) {
  TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  std::vector<std::int64_t> seen;
  TrainOptions options = tiny_options();
  options.on_step = [&](std::int64_t step, double) { seen.push_back(step); };
  train_stage(decoder, stage.data, options, folder.path(), false);
  const auto metrics = read_metrics(folder.path());
  ASSERT_EQ(static_cast<std::int64_t>(metrics.size()), stage.data.steps());
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const auto step = static_cast<std::int64_t>(i);
    EXPECT_EQ(metrics[i].at("step"), step + 1);
    EXPECT_EQ(seen[i], step + 1);
    EXPECT_EQ(metrics[i].at("learning_rate"), learning_rate_at(step, stage.data.steps(), options));
    EXPECT_GT(metrics[i].at("gradient_norm").get<double>(), 0);
    EXPECT_GT(metrics[i].at("tokens_per_second").get<double>(), 0);
    tokens += metrics[i].at("tokens").get<std::int64_t>();
  }
  EXPECT_EQ(tokens, stage.data.tokens());
}

TEST(Train, MetricsTellHowManySourceOnlyProgramsAreRecalled) {
  TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  const StageResult result = train_stage(decoder, stage.data, tiny_options(), folder.path(), false);
  std::int64_t stated = 0;  // declarations of the source-only program so far
  const auto metrics = read_metrics(folder.path());
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    for (const Example& example : stage.data.step(static_cast<std::int64_t>(i)))
      stated += example.program == "Tindle";
    EXPECT_EQ(metrics[i].value("source_only_programs", 0), stated > 0 ? 1 : 0) << i;
    EXPECT_EQ(metrics[i].contains("recalled"), stated > 0) << i;
  }
  EXPECT_EQ(result.exposures.at("Tindle").recalled, metrics.back().at("recalled") == 1);
  EXPECT_FALSE(result.exposures.at("Blorp").recalled.has_value());
}

// bf16 has 8 bits of precision: a sum of rounded products is off by some 2^-10. Rates are low, since what a
// high one makes of a small difference says nothing of the products.
TEST(Train, LossesAndGradientsInBFloat16AreThoseInF32ToItsPrecision) {
  TinyStage stage;
  TrainOptions options = tiny_options();
  options.learning_rate = 5e-4;
  std::vector<std::vector<nlohmann::json>> metrics;
  for (const DataType compute : {DataType::f32, DataType::bf16}) {
    const TemporaryFolder folder;
    Decoder decoder = tiny_decoder(7, compute);
    train_stage(decoder, stage.data, options, folder.path(), false);
    metrics.push_back(read_metrics(folder.path()));
  }
  const auto difference = [&](const char* name, std::size_t step) {
    const double wanted = metrics[0][step].at(name), found = metrics[1][step].at(name);
    return std::abs(found / wanted - 1);
  };
  ASSERT_EQ(metrics[1].size(), 9U);
  double all = 0;
  for (std::size_t step = 0; step < 9; ++step) {
    EXPECT_LT(difference("loss", step), 0.002) << step;
    EXPECT_LT(difference("gradient_norm", step), 0.02) << step;
    all += difference("loss", step);
  }
  EXPECT_GT(all, 0) << "both were computed in f32";
}

TEST(Train, InBFloat16LearnsAsMuchAsInF32) {
  TinyStage stage({.epochs = 20,
                   .sequences_per_step = 4,
                   .with_io_declarations = 3,
                   .with_io_executions = 5,
                   .source_only_declarations = 4});
  TrainOptions options = tiny_options();
  options.learning_rate = 2e-2;
  std::vector<double> losses;
  for (const DataType compute : {DataType::f32, DataType::bf16}) {
    const TemporaryFolder folder;
    Decoder decoder = tiny_decoder(7, compute);
    losses.push_back(train_stage(decoder, stage.data, options, folder.path(), false).final_loss);
  }
  EXPECT_LT(losses[1], 0.4 * std::log(257));
  EXPECT_NEAR(losses[1], losses[0], 0.1 * losses[0]);
}

TEST(Train, LossesAreTheSameWhateverTheMicroBatches) {
  TinyStage stage({.epochs = 4, .sequences_per_step = 8, .source_only_declarations = 4});
  const auto longest = static_cast<int>(stage.data.longest().tokens.size());
  std::vector<std::vector<double>> losses;
  for (const int tokens : {8 * longest, 4 * longest, longest}) {
    const TemporaryFolder folder;
    Decoder decoder = tiny_decoder();
    TrainOptions options = tiny_options();
    options.micro_batch_tokens = tokens;
    train_stage(decoder, stage.data, options, folder.path(), false);
    losses.push_back(losses_in(folder.path()));
  }
  ASSERT_EQ(losses[0].size(), 12U);
  for (std::size_t i = 0; i < losses[0].size(); ++i) {
    EXPECT_NEAR(losses[1][i], losses[0][i], 1e-5) << i;
    EXPECT_NEAR(losses[2][i], losses[0][i], 1e-5) << i;
  }
}

TEST(Train, AWeightThatIsNotFiniteStopsTheStageWithItsBatchSaved) {
  TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 2);
  const std::string intact = read_file(folder.path() / "checkpoint" / "weights.f32");

  TrainOptions options = tiny_options();
  options.checkpoint_every_steps = 0;
  options.on_step = [&](std::int64_t step, double) {
    if (step != 3) return;
    decoder.weights().span<float>()[0] = std::numeric_limits<float>::quiet_NaN();
    for (float& weight : decoder.weights().span<float>()) weight *= 1e30F;
    decoder.refresh();
  };
  Decoder fresh = tiny_decoder();
  decoder = std::move(fresh);
  try {
    train_stage(decoder, stage.data, options, folder.path(), true);
    FAIL() << "trained on with weights that are not finite";
  } catch (const Interrupted&) {
    FAIL();
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("step 4"), std::string::npos) << message;
    EXPECT_NE(message.find((folder.path() / "bad_batch.json").string()), std::string::npos) << message;
    EXPECT_NE(error.hint().find("the checkpoint of step 2 is intact"), std::string::npos) << error.hint();
    EXPECT_NE(error.hint().find("learning_rate (now 0.005)"), std::string::npos) << error.hint();
  }
  const nlohmann::json batch = read_json(folder.path() / "bad_batch.json");
  EXPECT_EQ(batch.at("step"), 4);
  const std::vector<Example> examples = stage.data.step(3);
  ASSERT_EQ(batch.at("examples").size(), examples.size());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    EXPECT_EQ(batch["examples"][i].at("program"), examples[i].program);
    EXPECT_EQ(batch["examples"][i].at("tokens").get<std::vector<std::int32_t>>(), examples[i].tokens);
  }
  EXPECT_EQ(read_file(folder.path() / "checkpoint" / "weights.f32"), intact);
  Decoder again = tiny_decoder();
  EXPECT_EQ(train_stage(again, stage.data, tiny_options(), folder.path(), true).steps, stage.data.steps())
      << "the checkpoint can be gone on from";
}

TEST(Train, AFirstStepThatIsNotFiniteIsTheModelsFault) {
  TinyStage stage;
  for (const float poison :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const TemporaryFolder folder;
    Decoder decoder = tiny_decoder();
    decoder.weights().span<float>().back() = poison;
    decoder.refresh();
    try {
      train_stage(decoder, stage.data, tiny_options(), folder.path(), false);
      FAIL() << "trained";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("step 1"), std::string::npos) << error.what();
      EXPECT_NE(error.hint().find("the weights that the stage begins with"), std::string::npos)
          << error.hint();
    }
    EXPECT_TRUE(fs::exists(folder.path() / "bad_batch.json"));
    EXPECT_FALSE(has_checkpoint(folder.path() / "checkpoint"));
  }
}

TEST(Train, SequencesThatDoNotFitAreFoundBeforeTheFirstStep) {
  TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  TrainOptions options = tiny_options();
  options.micro_batch_tokens = static_cast<int>(stage.data.longest().tokens.size()) - 1;
  EXPECT_THROW(train_stage(decoder, stage.data, options, folder.path(), false), InputError);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Train, OptionsThatCannotBeAreRefused) {
  TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  const auto refused = [&](auto change) {
    TrainOptions options = tiny_options();
    change(options);
    EXPECT_THROW(train_stage(decoder, stage.data, options, folder.path(), false), InputError);
  };
  refused([](TrainOptions& o) { o.learning_rate = 0; });
  refused([](TrainOptions& o) { o.learning_rate = std::nan(""); });
  refused([](TrainOptions& o) { o.final_share = 2; });
  refused([](TrainOptions& o) { o.warmup_steps = -1; });
  refused([](TrainOptions& o) { o.beta2 = 1; });
  refused([](TrainOptions& o) { o.weight_decay = -0.1; });
  refused([](TrainOptions& o) { o.clip_norm = -1; });
  refused([](TrainOptions& o) { o.micro_batch_tokens = 0; });
  refused([](TrainOptions& o) { o.checkpoint_every_steps = -1; });
}

}  // namespace
}  // namespace pbb
