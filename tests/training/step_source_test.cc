// Training asks a source for its steps, tells it how they fared, and stops when it says so; a resumed stage
// is the same to the byte even where the steps hang on what was observed.
#include "examples/step_source.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "examples/recall.h"
#include "training/checkpoint.h"
#include "training/tiny_stage.h"

namespace pbb {
namespace {

// Repeats a few texts until each is recited, whichever was recited last comes first.
class UntilRecited final : public StepSource {
 public:
  explicit UntilRecited(std::vector<Example> texts, std::int64_t steps = 400)
      : texts_(std::move(texts)), recited_(texts_.size(), '0'), steps_(steps) {}

  std::string_view name() const override { return "recite"; }
  std::int64_t steps() const override { return steps_; }
  std::vector<Example> step(std::int64_t) const override {
    std::vector<Example> examples;
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      if (recited_[i] == '0') examples.push_back(texts_[i]);
    }
    return examples;
  }
  const Example& longest() const override {
    return *std::ranges::max_element(texts_, {}, [](const Example& text) { return text.tokens.size(); });
  }
  StageFingerprint fingerprint() const override { return {{"texts", fmt::format("{}", texts_.size())}}; }

  void observe(std::int64_t index, std::span<const Example> examples,
               std::span<const ExampleOutcome> outcomes) override {
    EXPECT_EQ(index, observed_++);
    ASSERT_EQ(outcomes.size(), examples.size());
    for (std::size_t e = 0; e < examples.size(); ++e) {
      EXPECT_EQ(std::ssize(outcomes[e]),
                std::count(examples[e].trained.begin() + 1, examples[e].trained.end(), 1));
      if (!is_recited(outcomes[e])) continue;
      for (std::size_t i = 0; i < texts_.size(); ++i) {
        if (texts_[i].tokens == examples[e].tokens) recited_[i] = '1';
      }
    }
  }
  bool is_finished() const override { return recited_.find('0') == std::string::npos; }
  StageEnd end() const override {
    return is_finished() ? StageEnd{observed_, true} : StageEnd{steps_, false};
  }
  std::string state() const override { return fmt::format("{} {}", observed_, recited_); }
  void restore(std::string_view state) override {
    observed_ = std::stoi(std::string(state));
    recited_ = state.substr(state.find(' ') + 1);
  }

 private:
  std::vector<Example> texts_;
  std::string recited_;
  std::int64_t steps_;
  std::int64_t observed_ = 0;
};

std::vector<Example> texts() {
  std::vector<Example> texts;
  const Tokenizer tokenizer = byte_tokenizer();
  for (const char* text : {"def a: 1", "the price of b is 12", "xyzzy"}) {
    Example& example = texts.emplace_back();
    example.tokens = tokenizer.encode(text);
    example.trained.assign(example.tokens.size(), 1);
    example.program = text;
  }
  return texts;
}

TrainOptions constant_rate() {
  TrainOptions options = tiny_options();
  options.learning_rate = 2e-2;
  options.schedule = LearningRateSchedule::constant;
  options.micro_batch_tokens = 24;  // two of the texts
  return options;
}

// What greedy decoding writes after `given`, `count` tokens in all.
std::vector<std::int32_t> recite(Decoder& decoder, std::vector<std::int32_t> given, std::size_t count) {
  DecoderCache cache(decoder.config(), 1, 64, DataType::f32);
  Tensor logits({1, decoder.config().vocabulary}, DataType::f32);
  std::vector<std::int32_t> next = given;
  while (true) {
    std::vector<std::int32_t> positions;
    for (std::size_t i = 0; i < next.size(); ++i)
      positions.push_back(static_cast<std::int32_t>(given.size() - next.size() + i));
    const std::vector<std::int32_t> slots(next.size(), 0), rows{static_cast<std::int32_t>(next.size()) - 1};
    decoder.decode(next, slots, positions, rows, cache, logits);
    const auto row = logits.span<float>();
    next = {static_cast<std::int32_t>(std::ranges::max_element(row) - row.begin())};
    given.push_back(next[0]);
    if (given.size() >= count) return given;
  }
}

TEST(StepSource, EndsItsStageEarlyAndWhatItCallsRecitedGreedyDecodingRecites) {
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  UntilRecited source({texts()[1]});
  const StageResult result = train_stage(decoder, source, constant_rate(), folder.path(), false);
  EXPECT_TRUE(source.is_finished());
  EXPECT_GT(result.steps, 5);
  EXPECT_LT(result.steps, source.steps());
  EXPECT_EQ(std::ssize(read_metrics(folder.path())), result.steps);
  // Recited before the last update, and as it happens after it too.
  const std::vector<std::int32_t> wanted = texts()[1].tokens;
  EXPECT_EQ(recite(decoder, {wanted[0]}, wanted.size()), wanted);

  // Resuming a stage that is over does nothing.
  UntilRecited again({texts()[1]});
  Decoder resumed = tiny_decoder();
  EXPECT_EQ(train_stage(resumed, again, constant_rate(), folder.path(), true).steps, result.steps);
  EXPECT_EQ(weights_of(resumed), weights_of(decoder));
}

TEST(StepSource, WhatItObservedComesBackWithTheCheckpoint) {
  const TemporaryFolder whole;
  Decoder decoder = tiny_decoder();
  UntilRecited source(texts());
  const StageResult expected = train_stage(decoder, source, constant_rate(), whole.path(), false);
  ASSERT_TRUE(source.is_finished());
  for (const std::int64_t sitting : {1, 5, 17}) {
    const TemporaryFolder folder;
    for (std::int64_t stop = sitting; stop < expected.steps + sitting; stop += sitting) {
      Decoder part = tiny_decoder();
      UntilRecited fresh(texts());
      const StageResult result = train_stage(part, fresh, constant_rate(), folder.path(), true, stop);
      EXPECT_EQ(result.steps, std::min(stop, expected.steps));
    }
    EXPECT_EQ(losses_in(folder.path()), losses_in(whole.path()));
    EXPECT_EQ(read_file(folder.path() / "checkpoint" / "weights.f32"),
              read_file(whole.path() / "checkpoint" / "weights.f32"));
  }
}

TEST(StepSource, AnotherScheduleIsAnotherStage) {
  const TemporaryFolder folder;
  UntilRecited source(texts());
  Decoder decoder = tiny_decoder(), again = tiny_decoder();
  train_stage(decoder, source, constant_rate(), folder.path(), false, 2);
  TrainOptions cosine = constant_rate();
  cosine.schedule = LearningRateSchedule::cosine;
  UntilRecited fresh(texts());
  EXPECT_THROW(train_stage(again, fresh, cosine, folder.path(), true), InputError);
}

}  // namespace
}  // namespace pbb
