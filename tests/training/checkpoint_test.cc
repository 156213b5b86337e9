// Checkpoints are exact, and what is wrong with one is said, not trusted.
#include "training/checkpoint.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>
#include <functional>
#include <numeric>
#include <span>
#include <stdexcept>

#include "base/child_process.h"
#include "base/error.h"
#include "base/file.h"
#include "training/tiny_stage.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

const StageFingerprint fingerprint = {{"learning_rate", "0.0005"}, {"seed", "1"}};

// The arrays of a decoder of 1,000 weights.
struct Arrays {
  Tensor weights{{1000}, DataType::f32}, first{{1000}, DataType::f32}, second{{1000}, DataType::f32};

  explicit Arrays(float start) {
    for (Tensor* array : {&weights, &first, &second}) {
      auto values = array->span<float>();
      std::iota(values.begin(), values.end(), start);
      start += 10000;
    }
  }
  TrainingArrays views() const { return {weights, first, second}; }
  bool operator==(const Arrays& other) const {
    const auto equal = [](const Tensor& a, const Tensor& b) {
      return std::ranges::equal(a.span<float>(), b.span<float>());
    };
    return equal(weights, other.weights) && equal(first, other.first) && equal(second, other.second);
  }
};

StageProgress sample_progress() {
  return {.step = 3,
          .tokens = 1234,
          .trained_tokens = 567,
          .seconds = 0.1,
          .losses = {1.0 / 3, 5e-324, 0.30000000000000004},
          .exposures = {{"Blorp", {1, 2, 3}}, {"Tindle", {4, 0, 5}}},
          .source_state = "{\"seen\": 3}"};
}

class Checkpoint : public testing::Test {
 protected:
  Checkpoint() { write_checkpoint(path(), fingerprint, sample_progress(), written_.views()); }
  fs::path path() const { return folder_.path() / "checkpoint"; }

  // The message of the InputError that reading gives; what it was to be read into must be untouched.
  std::string refusal(const StageFingerprint& here = fingerprint) {
    const Arrays target(-5);
    try {
      read_checkpoint(path(), here, target.views());
    } catch (const InputError& error) {
      hint_ = error.hint();
      EXPECT_FALSE(error.hint().empty()) << error.what();
      EXPECT_EQ(target, Arrays(-5)) << error.what();
      return error.what();
    }
    return "read without complaint";
  }

  void change_file(const char* name, const std::function<void(std::string&)>& change) {
    std::string contents = read_file(path() / name);
    change(contents);
    std::ofstream(path() / name, std::ios::binary) << contents;
  }

  TemporaryFolder folder_;
  const Arrays written_{1};
  std::string hint_;  // of the last refusal
};

bool says(const std::string& message, const std::string& part) {
  return message.find(part) != std::string::npos;
}

TEST_F(Checkpoint, GivesBackEveryBit) {
  const Arrays target(-5);
  const StageProgress progress = read_checkpoint(path(), fingerprint, target.views());
  EXPECT_EQ(target, written_);
  EXPECT_EQ(progress.step, 3);
  EXPECT_EQ(progress.tokens, 1234);
  EXPECT_EQ(progress.trained_tokens, 567);
  EXPECT_EQ(progress.seconds, 0.1);
  EXPECT_EQ(progress.losses, sample_progress().losses);
  EXPECT_EQ(progress.exposures.at("Blorp").executions, 2);
  EXPECT_EQ(progress.exposures.at("Tindle").trained_tokens, 5);
  EXPECT_EQ(progress.source_state, sample_progress().source_state);
}

// A version before this one took no such sum: what another setting says there is was there all the same.
TEST_F(Checkpoint, IsNotHeldToAChecksumThatItDoesNotTellOf) {
  StageFingerprint here = fingerprint;
  here["texts (CRC-32)"] = "0a1b2c3d";
  EXPECT_EQ(refusal(here), "read without complaint");
  write_checkpoint(path(), here, sample_progress(), written_.views());
  EXPECT_EQ(refusal(here), "read without complaint");
  EXPECT_TRUE(says(refusal(fingerprint), "texts (CRC-32) was 0a1b2c3d, is nothing"));
  here["texts (CRC-32)"] = "00000000";
  EXPECT_TRUE(says(refusal(here), "texts (CRC-32) was 0a1b2c3d, is 00000000"));
}

TEST_F(Checkpoint, IsReplacedByALaterOne) {
  const Arrays later(50);
  StageProgress progress = sample_progress();
  progress.step = 4;
  write_checkpoint(path(), fingerprint, progress, later.views());
  const Arrays target(-5);
  EXPECT_EQ(read_checkpoint(path(), fingerprint, target.views()).step, 4);
  EXPECT_EQ(target, later);
}

TEST_F(Checkpoint, AFileCutShortIsRefusedWithBothSizes) {
  for (const char* name : {"weights.f32", "first_moments.f32", "second_moments.f32"}) {
    const std::string whole = read_file(path() / name);
    for (const std::size_t size : {std::size_t{3999}, std::size_t{0}, std::size_t{4001}}) {
      change_file(name, [&](std::string& contents) { contents.resize(size); });
      const std::string message = refusal();
      EXPECT_TRUE(says(message, name) && says(message, std::to_string(size))) << message;
    }
    change_file(name, [&](std::string& contents) { contents = whole; });
  }
  EXPECT_EQ(refusal(), "read without complaint");
}

TEST_F(Checkpoint, AFlippedBitAnywhereIsRefused) {
  for (const char* name : {"weights.f32", "first_moments.f32", "second_moments.f32"}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{2001}, std::size_t{3999}}) {
      const auto flip = [&](std::string& contents) { contents[at] = static_cast<char>(contents[at] ^ 1); };
      change_file(name, flip);
      const std::string message = refusal();
      EXPECT_TRUE(says(message, name) && says(message, "CRC-32")) << message;
      EXPECT_TRUE(says(hint_, "rm -r " + folder_.path().string())) << hint_ << ": the way on";
      change_file(name, flip);
    }
  }
}

TEST_F(Checkpoint, AnyByteOfTheStateChangedIsRefusedAndSoIsItsBeginningAlone) {
  const std::string whole = read_file(path() / "state.json");
  const nlohmann::json value = nlohmann::json::parse(whole);
  for (std::size_t at = 0; at + 1 < whole.size(); ++at) {  // the last byte is a line end
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    // The last digit of 5e-324 may be a 4: that is the same number.
    if (nlohmann::json::parse(changed, nullptr, false) == value) continue;
    change_file("state.json", [&](std::string& contents) { contents = changed; });
    EXPECT_TRUE(says(refusal(), "state.json")) << at;
    if (at % 16 != 0) continue;
    change_file("state.json", [&](std::string& contents) { contents = whole.substr(0, at); });
    EXPECT_TRUE(says(refusal(), "state.json")) << at;
  }
}

TEST_F(Checkpoint, AMissingFileIsRefusedByName) {
  for (const char* name : {"weights.f32", "first_moments.f32", "second_moments.f32", "state.json"}) {
    const std::string whole = read_file(path() / name);
    fs::remove(path() / name);
    const std::string message = refusal();
    EXPECT_TRUE(says(message, name)) << message;
    EXPECT_TRUE(says(hint_, "rm -r " + folder_.path().string())) << hint_ << ": the way on";
    std::ofstream(path() / name, std::ios::binary) << whole;
  }
}

TEST_F(Checkpoint, OfOtherSettingsIsRefusedWithTheDifference) {
  const std::string message = refusal({{"learning_rate", "0.001"}, {"seed", "1"}});
  EXPECT_TRUE(says(message, "learning_rate was 0.0005, is 0.001")) << message;
  EXPECT_FALSE(says(message, "seed")) << message;
  EXPECT_TRUE(says(refusal({{"seed", "1"}}), "learning_rate was 0.0005, is nothing"));
}

TEST_F(Checkpoint, OfANewerFormatIsRefused) {
  change_file("state.json", [](std::string& contents) {
    nlohmann::json file = nlohmann::json::parse(contents);
    file["format_version"] = 3;
    contents = file.dump();
  });
  EXPECT_TRUE(says(refusal(), "format version 3"));
}

TEST_F(Checkpoint, OfACompleteStageHoldsTheWeightsAlone) {
  StageProgress progress = sample_progress();
  progress.complete = true;
  const Arrays later(50);
  write_checkpoint(path(), fingerprint, progress, later.views());
  EXPECT_EQ(std::distance(fs::directory_iterator(path()), fs::directory_iterator()), 2) << "and state.json";
  const Arrays target(-5);
  EXPECT_TRUE(read_checkpoint(path(), fingerprint, target.views()).complete);
  EXPECT_TRUE(std::ranges::equal(target.weights.span<float>(), later.weights.span<float>()));
  EXPECT_TRUE(std::ranges::equal(target.first.span<float>(), Arrays(-5).first.span<float>())) << "untouched";
}

TEST_F(Checkpoint, OfFormatOneIsStillRead) {
  change_file("state.json", [](std::string& contents) {
    nlohmann::json file = nlohmann::json::parse(contents);
    file["format_version"] = 1;
    file["state"].erase("complete");
    const std::string state = file["state"].dump();
    file["state_crc32"] = checksum(std::as_bytes(std::span(state)));
    contents = file.dump();
  });
  const Arrays target(-5);
  const StageProgress progress = read_checkpoint(path(), fingerprint, target.views());
  EXPECT_EQ(target, written_);
  EXPECT_EQ(progress.step, 3);
  EXPECT_FALSE(progress.complete);
}

TEST_F(Checkpoint, ThatCannotBeWrittenLeavesTheOneBeforeItAndSaysHowMuchRoomItTakes) {
  const int status = run_in_child([&] {
    const rlimit limit{3000, 3000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);  // write() then fails after 3000 bytes, as on a full disk
    try {
      StageProgress progress = sample_progress();
      progress.step = 4;
      write_checkpoint(path(), fingerprint, progress, Arrays(50).views());
    } catch (const Error& error) {
      if (says(error.what(), "cannot be written") && says(error.hint(), "a checkpoint takes 1 MB") &&
          says(error.hint(), "before it is intact"))
        return;
      throw;
    }
    throw std::runtime_error("written");
  });
  EXPECT_TRUE(exited_with(status, 0));
  const Arrays target(-5);
  EXPECT_EQ(read_checkpoint(path(), fingerprint, target.views()).step, 3);
  EXPECT_EQ(target, written_);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1)
      << "nothing half-written is left";
}

TEST_F(Checkpoint, SetAsideByACrashIsFound) {
  fs::rename(path(), folder_.path() / ".checkpoint.previous");
  ASSERT_TRUE(has_checkpoint(path()));
  const Arrays target(-5);
  EXPECT_EQ(read_checkpoint(path(), fingerprint, target.views()).step, 3);
}

TEST_F(Checkpoint, OfAnotherModelIsRefused) {
  const Tensor other({999}, DataType::f32);
  EXPECT_THROW(read_checkpoint(path(), fingerprint, {other, other, other}), InputError);
  Decoder decoder = tiny_decoder();
  const std::vector<float> before = weights_of(decoder);
  EXPECT_THROW(load_checkpoint_weights(path(), decoder), InputError);
  EXPECT_EQ(weights_of(decoder), before);
}

TEST_F(Checkpoint, WeightsAloneAreReadWithoutTheMoments) {
  Decoder trained = tiny_decoder(1);
  Tensor moments({trained.weights().size()}, DataType::f32);
  write_checkpoint(path(), fingerprint, sample_progress(), {trained.weights(), moments, moments});
  fs::remove(path() / "first_moments.f32");
  Decoder decoder = tiny_decoder(2);
  load_checkpoint_weights(path(), decoder);
  EXPECT_EQ(weights_of(decoder), weights_of(trained));
}

}  // namespace
}  // namespace pbb
