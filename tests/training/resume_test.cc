// N steps are k steps, a stop of any kind, and N - k more: to the byte.
#include <gtest/gtest.h>
#include <omp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/file.h"
#include "training/checkpoint.h"
#include "training/tiny_stage.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// What is left of a stage: compared byte for byte.
struct Outcome {
  std::string weights, first_moments, second_moments;
  std::vector<double> losses;
  std::int64_t tokens = 0;
  double final_loss = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome(const fs::path& folder, const StageResult& result) {
  return {read_file(folder / "checkpoint" / "weights.f32"),
          read_file(folder / "checkpoint" / "first_moments.f32"),
          read_file(folder / "checkpoint" / "second_moments.f32"),
          losses_in(folder),
          result.tokens,
          result.final_loss};
}

Outcome train_without_a_stop(const TinyStage& stage) {
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  return outcome(folder.path(), train_stage(decoder, stage.data, tiny_options(), folder.path(), false));
}

Outcome resume(const TinyStage& stage, const fs::path& folder) {
  Decoder decoder = tiny_decoder();
  const StageResult result = train_stage(decoder, stage.data, tiny_options(), folder, true);
  EXPECT_EQ(result.steps, stage.data.steps());
  const auto metrics = read_metrics(folder);
  EXPECT_EQ(static_cast<std::int64_t>(metrics.size()), stage.data.steps());
  for (std::size_t i = 0; i < metrics.size(); ++i) EXPECT_EQ(metrics[i].at("step"), i + 1);
  return outcome(folder, result);
}

// Runs `work` in a process of its own; returns the signal that ended it, or 0.
int ending_signal(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(Resume, OnSeveralThreadsGivesTheSameBytes) {
  omp_set_num_threads(2);
  const TinyStage stage({.epochs = 1, .sequences_per_step = 4, .source_only_declarations = 4});
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 2);
  EXPECT_TRUE(resume(stage, folder.path()) == expected);
  omp_set_num_threads(1);
}

TEST(Resume, AfterAStopAtAnyStepGivesTheSameBytes) {
  const TinyStage stage;
  const Outcome expected = train_without_a_stop(stage);
  ASSERT_EQ(stage.data.steps(), 9);
  for (const std::int64_t stop : {0, 1, 4, 8, 9}) {
    const TemporaryFolder folder;
    Decoder decoder = tiny_decoder();
    EXPECT_EQ(train_stage(decoder, stage.data, tiny_options(), folder.path(), false, stop).steps, stop);
    EXPECT_TRUE(resume(stage, folder.path()) == expected) << stop;
  }
}

TEST(Resume, AfterKillNineGivesTheSameBytes) {
  const TinyStage stage;
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  // Killed again and again in one stage: before its first checkpoint, after one, and at its last step.
  for (const std::int64_t fatal : {1, 5, 7, 9}) {
    const int signal = ending_signal([&] {
      TrainOptions options = tiny_options();
      options.on_step = [&](std::int64_t step, double) {
        if (step == fatal) ::raise(SIGKILL);
      };
      Decoder decoder = tiny_decoder();
      train_stage(decoder, stage.data, options, folder.path(), true);
    });
    EXPECT_EQ(signal, SIGKILL) << fatal;
    EXPECT_EQ(std::ssize(read_metrics(folder.path())), fatal);
  }
  EXPECT_TRUE(resume(stage, folder.path()) == expected);
}

TEST(Resume, AfterDeathWithinWritingACheckpointGivesTheSameBytes) {
  const TinyStage stage;
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  // Once a file grows past the limit, the kernel ends the process in the middle of that write.
  const int signal = ending_signal([&] {
    TrainOptions options = tiny_options();
    options.on_step = [&](std::int64_t step, double) {
      if (step != 8) return;
      const rlimit limit{20000, 20000};
      const rlimit no_core{0, 0};
      ::setrlimit(RLIMIT_CORE, &no_core);
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::signal(SIGXFSZ, SIG_DFL);
    };
    Decoder decoder = tiny_decoder();
    train_stage(decoder, stage.data, options, folder.path(), false);
  });
  EXPECT_EQ(signal, SIGXFSZ);
  EXPECT_GT(fs::file_size(folder.path() / "checkpoint" / "weights.f32"), 20000U) << "that of step 4 is whole";
  EXPECT_TRUE(resume(stage, folder.path()) == expected);
}

TEST(Resume, AfterCancellationGivesTheSameBytes) {
  const TinyStage stage;
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  TrainOptions options = tiny_options();
  options.checkpoint_every_steps = 0;
  options.on_step = [](std::int64_t step, double) {
    if (step == 5) request_cancellation();
  };
  Decoder decoder = tiny_decoder();
  EXPECT_THROW(train_stage(decoder, stage.data, options, folder.path(), false), Interrupted);
  clear_cancellation();
  EXPECT_EQ(read_metrics(folder.path()).size(), 5U);
  EXPECT_TRUE(has_checkpoint(folder.path() / "checkpoint"));
  EXPECT_TRUE(resume(stage, folder.path()) == expected);
}

TEST(Resume, OfAFinishedStageGivesItsResultAtOnce) {
  const TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  const StageResult first = train_stage(decoder, stage.data, tiny_options(), folder.path(), false);
  TrainOptions options = tiny_options();
  options.on_step = [](std::int64_t, double) { FAIL() << "no step is left to do"; };
  Decoder again = tiny_decoder();
  const StageResult second = train_stage(again, stage.data, options, folder.path(), true);
  EXPECT_EQ(weights_of(again), weights_of(decoder));
  EXPECT_EQ(second.final_loss, first.final_loss);
  EXPECT_EQ(second.seconds, first.seconds);
  EXPECT_EQ(second.exposures.at("Blorp").trained_tokens, first.exposures.at("Blorp").trained_tokens);
}

TEST(Resume, WithoutItWhatAnEarlierAttemptLeftIsGone) {
  const TinyStage stage;
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder(1);
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 5);
  Decoder other = tiny_decoder();
  const StageResult result = train_stage(other, stage.data, tiny_options(), folder.path(), false);
  EXPECT_TRUE(outcome(folder.path(), result) == expected);
}

TEST(Resume, IsRefusedWithOtherDataSettingsOrWeights) {
  const TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 3);
  const auto refusal = [&](Decoder start, const TinyStage& now, const TrainOptions& options) {
    try {
      train_stage(start, now.data, options, folder.path(), true);
    } catch (const InputError& error) {
      EXPECT_FALSE(error.hint().empty());
      return std::string(error.what());
    }
    return std::string("went on");
  };
  const auto says = [](const std::string& message, const char* part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  TrainOptions faster = tiny_options();
  faster.learning_rate = 1e-2;
  says(refusal(tiny_decoder(), stage, faster), "learning_rate was 0.005, is 0.01");
  StageDataOptions longer = stage.data.options();
  longer.epochs = 4;
  says(refusal(tiny_decoder(), TinyStage(longer), tiny_options()), "epochs was 3, is 4");
  says(refusal(tiny_decoder(8), stage, tiny_options()), "weights at the start");
  // Where checkpoints are written may change.
  TrainOptions rarer = tiny_options();
  rarer.checkpoint_every_steps = 100;
  EXPECT_EQ(refusal(tiny_decoder(), stage, rarer), "went on");
}

TEST(Resume, MetricsCutShortByACrashAreMended) {
  const TinyStage stage;
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 4);
  std::ofstream(folder.path() / "metrics.jsonl", std::ios::app)
      << "{\"step\":5,\"loss\":9}\n{\"step\":6,\"lo";
  EXPECT_TRUE(resume(stage, folder.path()) == expected);
}

}  // namespace
}  // namespace pbb
