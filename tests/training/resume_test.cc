// N steps are k steps, a stop of any kind, and N - k more: to the byte.
#include <gtest/gtest.h>
#include <omp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <initializer_list>
#include <map>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/file.h"
#include "training/checkpoint.h"
#include "training/tiny_stage.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// What is left of a stage: compared byte for byte. The moments of a complete one are not kept.
struct Outcome {
  std::string weights, first_moments, second_moments;
  std::vector<double> losses, learning_rates, gradient_norms;
  std::vector<std::int64_t> recalled;
  std::int64_t tokens = 0;
  double final_loss = 0;
  std::map<std::string, std::vector<std::int64_t>> exposures;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome(const fs::path& folder, const StageResult& result) {
  Outcome outcome;
  const auto read = [&](const char* name) {
    const fs::path file = folder / "checkpoint" / name;
    return fs::exists(file) ? read_file(file) : std::string();
  };
  outcome.weights = read("weights.f32");
  outcome.first_moments = read("first_moments.f32");
  outcome.second_moments = read("second_moments.f32");
  for (const nlohmann::json& line : read_metrics(folder)) {
    outcome.losses.push_back(line.at("loss"));
    outcome.learning_rates.push_back(line.at("learning_rate"));
    outcome.gradient_norms.push_back(line.at("gradient_norm"));
    outcome.recalled.push_back(line.value("recalled", std::int64_t{-1}));
  }
  outcome.tokens = result.tokens;
  outcome.final_loss = result.final_loss;
  for (const auto& [program, count] : result.exposures) {
    outcome.exposures[program] = {count.declarations, count.executions, count.trained_tokens,
                                  count.recalled ? *count.recalled : -1};
  }
  return outcome;
}

Outcome train_without_a_stop(TinyStage& stage, DataType compute = DataType::f32) {
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder(7, compute);
  return outcome(folder.path(), train_stage(decoder, stage.data, tiny_options(), folder.path(), false));
}

Outcome resume(TinyStage& stage, const fs::path& folder, DataType compute = DataType::f32) {
  Decoder decoder = tiny_decoder(7, compute);
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
  TinyStage stage({.epochs = 1, .sequences_per_step = 4, .source_only_declarations = 4});
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 2);
  EXPECT_TRUE(resume(stage, folder.path()) == expected);
  omp_set_num_threads(1);
}

TEST(Resume, AfterAStopAtAnyStepGivesTheSameBytes) {
  TinyStage stage;
  ASSERT_EQ(stage.data.steps(), 9);
  for (const DataType compute : {DataType::f32, DataType::bf16}) {
    const Outcome expected = train_without_a_stop(stage, compute);
    for (std::int64_t stop = 0; stop <= stage.data.steps(); ++stop) {
      const TemporaryFolder folder;
      Decoder decoder = tiny_decoder(7, compute);
      EXPECT_EQ(train_stage(decoder, stage.data, tiny_options(), folder.path(), false, stop).steps, stop);
      EXPECT_TRUE(resume(stage, folder.path(), compute) == expected) << stop;
    }
  }
}

// A last step would hide a moment that was lost on the way.
TEST(Resume, AfterAStopAtAnyStepGivesTheSameMoments) {
  TinyStage stage;
  const auto state_at = [&](std::initializer_list<std::int64_t> stops) {
    const TemporaryFolder folder;
    StageResult result;
    for (const std::int64_t stop : stops) {
      Decoder decoder = tiny_decoder();
      result = train_stage(decoder, stage.data, tiny_options(), folder.path(), true, stop);
    }
    return outcome(folder.path(), result);
  };
  for (const std::int64_t end : {3, 8}) {
    const Outcome expected = state_at({end});
    ASSERT_FALSE(expected.second_moments.empty());
    for (std::int64_t stop = 0; stop < end; ++stop) {
      EXPECT_TRUE(state_at({stop, end}) == expected) << stop << " and " << end;
    }
  }
  EXPECT_TRUE(state_at({1, 2, 3, 4, 5, 6, 7, 8, 9}) == state_at({9})) << "a sitting a step";
}

// The second stage of a run: other data, from the weights that the first one ended with.
TEST(Resume, OfALaterStageAfterAStopAtAnyStepGivesTheSameBytes) {
  TinyStage first, second({.stage = "2",
                           .epochs = 2,
                           .sequences_per_step = 3,
                           .with_io_executions = 2,
                           .source_only_declarations = 5});
  const TemporaryFolder folder;
  Decoder trained = tiny_decoder();
  train_stage(trained, first.data, tiny_options(), folder.path() / "1", false);
  const auto train_from_the_first = [&](const fs::path& to, bool resume, std::int64_t steps) {
    Decoder decoder = tiny_decoder(99);
    load_checkpoint_weights(folder.path() / "1/checkpoint", decoder);
    return outcome(to, train_stage(decoder, second.data, tiny_options(), to, resume, steps));
  };
  const Outcome expected = train_from_the_first(folder.path() / "2", false, -1);
  for (std::int64_t stop = 0; stop <= second.data.steps(); ++stop) {
    train_from_the_first(folder.path() / "stopped", false, stop);
    EXPECT_TRUE(train_from_the_first(folder.path() / "stopped", true, -1) == expected) << stop;
  }
}

TEST(Resume, AfterKillNineGivesTheSameBytes) {
  TinyStage stage;
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
  TinyStage stage;
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
  TinyStage stage;
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
  TinyStage stage;
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
  TinyStage stage;
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder(1);
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 5);
  Decoder other = tiny_decoder();
  const StageResult result = train_stage(other, stage.data, tiny_options(), folder.path(), false);
  EXPECT_TRUE(outcome(folder.path(), result) == expected);
}

TEST(Resume, IsRefusedWithOtherDataSettingsOrWeights) {
  TinyStage stage;
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 3);
  const auto refusal = [&](Decoder start, StepSource& now, const TrainOptions& options) {
    try {
      train_stage(start, now, options, folder.path(), true);
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
  says(refusal(tiny_decoder(), stage.data, faster), "learning_rate was 0.005, is 0.01");
  StageDataOptions longer = stage.data.options();
  longer.epochs = 4;
  TinyStage longer_stage(longer);
  says(refusal(tiny_decoder(), longer_stage.data, tiny_options()), "epochs was 3, is 4");
  says(refusal(tiny_decoder(8), stage.data, tiny_options()), "weights at the start");
  // Where checkpoints are written may change.
  TrainOptions rarer = tiny_options();
  rarer.checkpoint_every_steps = 100;
  EXPECT_EQ(refusal(tiny_decoder(), stage.data, rarer), "went on");
}

TEST(Resume, MetricsCutShortByACrashAreMended) {
  TinyStage stage;
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  Decoder decoder = tiny_decoder();
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 4);
  std::ofstream(folder.path() / "metrics.jsonl", std::ios::app)
      << "{\"step\":5,\"loss\":9}\n{\"step\":6,\"lo";
  EXPECT_TRUE(resume(stage, folder.path()) == expected);
}

// The disk held these lines before it held the checkpoint: no crash can have cost them.
TEST(Resume, MetricsThatLackAStepBeforeTheCheckpointAreRefusedWithTheWayOn) {
  TinyStage stage;
  const Outcome expected = train_without_a_stop(stage);
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "metrics.jsonl";
  Decoder decoder = tiny_decoder();
  train_stage(decoder, stage.data, tiny_options(), folder.path(), false, 4);
  std::vector<std::string> lines;
  for (const nlohmann::json& line : read_metrics(folder.path())) lines.push_back(line.dump() + '\n');
  ASSERT_EQ(lines.size(), 4U);
  const std::string torn = lines[3].substr(0, 30);
  const std::pair<std::string, const char*> damages[] = {
      {lines[0] + lines[2] + lines[3], "metrics.jsonl:2: not the line of step 2"},
      {lines[0] + lines[0] + lines[1] + lines[2] + lines[3], "metrics.jsonl:2: not the line of step 2"},
      {lines[1] + lines[2] + lines[3], "metrics.jsonl:1: not the line of step 1"},
      {lines[0] + lines[1] + "{}\n" + lines[3], "metrics.jsonl:3: not the line of step 3"},
      {lines[0] + lines[1] + lines[2], "metrics.jsonl:4: the line of step 4 is missing"},
      {lines[0] + lines[1] + lines[2] + torn, "metrics.jsonl:4: the line of step 4 is missing"},
      {"", "metrics.jsonl:1: the line of step 1 is missing"}};
  for (const auto& [damaged, named] : damages) {
    write_file(file, damaged);
    try {
      resume(stage, folder.path());
      ADD_FAILURE() << "went on: " << named;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
      EXPECT_NE(error.hint().find("rm " + file.string()), std::string::npos) << error.hint();
    }
    EXPECT_EQ(read_file(file), damaged) << "left as it is";
  }
  fs::remove(file);  // as it says
  Decoder again = tiny_decoder();
  train_stage(again, stage.data, tiny_options(), folder.path(), true);
  const auto metrics = read_metrics(folder.path());
  ASSERT_EQ(std::ssize(metrics), stage.data.steps());
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    EXPECT_EQ(metrics[i].at("step"), i + 1);
    EXPECT_EQ(metrics[i].at("loss"), expected.losses[i]);
    EXPECT_EQ(metrics[i].at("learning_rate"), expected.learning_rates[i]);
  }
}

}  // namespace
}  // namespace pbb
