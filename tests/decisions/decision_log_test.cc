#include "decisions/decision_log.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <thread>

#include "base/child_process.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/random.h"
#include "base/temporary_folder.h"
#include "decisions/killed_log.h"
#include "decisions/record.h"
#include "decisions/replay.h"
#include "decisions/tariff.h"

namespace pbb {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1);
    lines.push_back(text.substr(begin, end + 1 - begin));
    begin = end + 1;
  }
  return lines;
}

class DecisionLogTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_ / "log.jsonl"; }
  void write_decisions(int count) const {
    DecisionLog log(file(), {{"opened_by", "test"}});
    for (int i = 0; i < count; ++i) log.append(numbered(i));
  }
  TemporaryFolder folder_;
};

TEST_F(DecisionLogTest, AWholeLogIsVerifiedOverSeveralOpenings) {
  write_decisions(3);
  write_decisions(2);
  const LogCheck check = verify_log(file());
  EXPECT_EQ(check.broken_line, 0) << check.what;
  EXPECT_EQ(check.lines, 7);
  EXPECT_EQ(check.decisions, 5);
  EXPECT_FALSE(check.unfinished);
  EXPECT_TRUE(verify_log(file(), check.last).found);
  EXPECT_FALSE(verify_log(file(), std::string(64, '0')).found);
}

TEST_F(DecisionLogTest, EveryChangeNamesTheFirstLineThatIsNotAsItWas) {
  write_decisions(5);
  const std::vector<std::string> lines = lines_of(read_file(file()));
  ASSERT_EQ(lines.size(), 6U);
  const auto broken = [&](const std::vector<std::string>& changed) {
    std::string text;
    for (const std::string& line : changed) text += line;
    write_file(file(), text);
    return verify_log(file()).broken_line;
  };
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const int line = static_cast<int>(at) + 1;
    std::vector<std::string> changed = lines;
    for (std::size_t byte = 0; byte + 1 < lines[at].size(); byte += 7) {
      changed[at] = lines[at];
      changed[at][byte] = changed[at][byte] == '7' ? '8' : '7';
      EXPECT_EQ(broken(changed), line) << changed[at];
    }
    if (at + 1 == lines.size()) continue;
    changed = lines;
    std::swap(changed[at], changed[at + 1]);
    EXPECT_EQ(broken(changed), line);
    changed = lines;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_EQ(broken(changed), line);
    changed = lines;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), lines[at]);
    EXPECT_EQ(broken(changed), line + 1);
  }
  EXPECT_EQ(broken(lines), 0);
}

// A folder has no line that is broken, and a pipe never ends.
TEST_F(DecisionLogTest, WhatIsNoFileIsNotVerifiedAsALogInWhichAllIsRight) {
  const std::filesystem::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::filesystem::path& path : {folder_.path(), pipe, folder_ / "absent", {"/dev/zero"}})
    EXPECT_THROW(verify_log(path), InputError) << path;
}

TEST_F(DecisionLogTest, ALineThatAKillLeftHalfWrittenIsCutOffAndTheLogSaysSo) {
  write_decisions(2);
  const std::string whole = read_file(file());
  write_file(file(), whole + "{\"format\":1,\"kind\":\"deci");
  EXPECT_TRUE(verify_log(file()).unfinished);
  EXPECT_EQ(verify_log(file()).broken_line, 0);
  write_decisions(1);
  EXPECT_EQ(verify_log(file()).broken_line, 0);
  const json opened = json::parse(lines_of(read_file(file())).at(3));
  EXPECT_EQ(opened.at("kind"), "opened");
  EXPECT_EQ(opened.at("cut_off").at("bytes"), 24);
}

TEST_F(DecisionLogTest, WhatIsNoLogOrADamagedOneIsNotGoneOnWith) {
  for (const std::string& text : {std::string("my notes\n"), std::string("my notes"), std::string("\n"),
                                  std::string("{\"format\":1,\"kind\":\"opened\"}\n")}) {
    write_file(file(), text);
    EXPECT_THROW(write_decisions(1), InputError) << text;
    EXPECT_EQ(read_file(file()), text);
  }
  EXPECT_THROW(DecisionLog(folder_ / "absent" / "log", {}), Error);
  EXPECT_THROW(DecisionLog(folder_.path(), {}), Error);
}

TEST_F(DecisionLogTest, AnotherProcessThatHasItOpenIsRefused) {
  const DecisionLog log(file(), {});
  EXPECT_TRUE(exited_with(run_in_child([&] { EXPECT_THROW(write_decisions(1), InputError); }), 0));
  EXPECT_EQ(verify_log(file()).lines, 1);
}

TEST_F(DecisionLogTest, RecordsOfManyThreadsMakeOneChain) {
  {
    DecisionLog log(file(), {});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&log, thread] {
        for (int i = 0; i < 10; ++i) log.append(numbered(10 * thread + i));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const LogCheck check = verify_log(file());
  EXPECT_EQ(check.broken_line, 0) << check.what;
  EXPECT_EQ(check.decisions, 80);
}

TEST_F(DecisionLogTest, AFullDiskRefusesTheRecordAndLeavesTheLogWhole) {
  const int status = run_in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    DecisionLog log(file(), {});
    for (int i = 0; i < 3; ++i) log.append(numbered(i));
    const auto size = std::filesystem::file_size(file());
    rlimit limit{size + 20, RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) throw Error("setrlimit");
    for (int i = 0; i < 2; ++i) EXPECT_THROW(log.append(numbered(9)), Error);
    EXPECT_EQ(std::filesystem::file_size(file()), size);
    limit.rlim_cur = RLIM_INFINITY;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) throw Error("setrlimit");
    log.append(numbered(3));
    if (testing::Test::HasFailure()) throw Error("see above");
  });
  EXPECT_TRUE(exited_with(status, 0));
  EXPECT_EQ(verify_log(file()).broken_line, 0);
  EXPECT_EQ(verify_log(file()).decisions, 4);
}

TEST_F(DecisionLogTest, ALogThatWasMovedAwayOrRemovedRefusesRecords) {
  DecisionLog log(file(), {});
  std::filesystem::rename(file(), folder_ / "moved");
  EXPECT_THROW(log.append(numbered(1)), Error);
  write_file(file(), "");
  EXPECT_THROW(log.append(numbered(1)), Error);
}

TEST_F(DecisionLogTest, KillsLeaveEveryRecordThatWasAcknowledged) {
  Random random(1, "kills");
  int acknowledged = 0;
  for (int kill_number = 0; kill_number < 20; ++kill_number) {
    ASSERT_NO_FATAL_FAILURE(append_until_killed(file(), 0, random, acknowledged));
    const LogCheck check = verify_log(file());
    EXPECT_EQ(check.broken_line, 0) << check.what;
    EXPECT_GE(check.decisions, acknowledged);
  }
}

Decision tariff_decision(std::int64_t x, const std::string& completion, Guard guard = Guard::checked) {
  const Tokenizer tokenizer = byte_tokenizer();
  return decide(guard, tariff_rule(), {{x}}, {.form = AnswerForm::recite}, tokenizer, tariff_runner(),
                says(completion));
}

TEST_F(DecisionLogTest, ARecordSaysWhatTheAnswerStandsOn) {
  const json record = decision_record(tariff_decision(12, right_completion(12)), tariff_rule(),
                                      {.model = "m", .compute = "f32", .masked = {}},
                                      {.id = "id", .requested_by = "", .trace_id = "t"});
  EXPECT_EQ(record.at("decision_id"), "id");
  EXPECT_EQ(record.at("arguments"), (json{{"x", 12}}));
  EXPECT_EQ(record.at("answer").at("value"), 36);
  EXPECT_EQ(record.at("answered_by"), "model");
  EXPECT_EQ(record.at("checked"), true);
  EXPECT_EQ(record.at("rule").at("source_sha256"), "5e");
  EXPECT_EQ(record.at("recalled_source").at("verbatim"), true);
  for (const json& step : record.at("steps")) EXPECT_EQ(step.at("verdict"), "right");
  EXPECT_EQ(record.at("steps").size(), record.at("program_steps").size());
}

TEST_F(DecisionLogTest, AMaskedArgumentIsNowhereInItsRecord) {
  const std::string text = decision_record(tariff_decision(77123, right_completion(77123)), tariff_rule(),
                                           {.model = "m", .compute = "f32", .masked = {"x"}},
                                           {.id = "id", .requested_by = "", .trace_id = ""})
                               .dump();
  EXPECT_EQ(text.find("77123"), std::string::npos) << text;
  EXPECT_NE(text.find("\"masked\":[\"/arguments/x\""), std::string::npos) << text;
}

class Replaying : public DecisionLogTest {
 protected:
  Replaying() {
    DecisionLog log(file(), {});
    const Decider decider{.model = "m", .compute = "f32", .masked = {}},
        masking{.model = "m", .compute = "f32", .masked = {"x"}};
    for (const std::int64_t x : {3, 12, -1})
      log.append(decision_record(tariff_decision(x, "nonsense"), tariff_rule(), decider,
                                 {.id = "i", .requested_by = "", .trace_id = ""}));
    log.append(decision_record(tariff_decision(5, "nonsense"), tariff_rule(), masking,
                               {.id = "i", .requested_by = "", .trace_id = ""}));
  }
};

TEST_F(Replaying, AnUnchangedRuleGivesTheSameAnswers) {
  const LogReplay replay = replay_log(file(), {tariff_rule()}, tariff_runner(), nullptr);
  EXPECT_EQ(replay.decisions, 4);
  EXPECT_EQ(replay.same, 3);
  EXPECT_EQ(replay.masked, 1);
  EXPECT_TRUE(replay.differences.empty());
}

TEST_F(Replaying, AChangedRuleNamesTheDecisionsThatComeOutOtherwise) {
  const Runner changed = [](std::span<const ProgramCall> calls) {
    auto results = tariff_runner()(calls);
    for (CallResult& result : results) {
      if (result.output == Value{std::int64_t{36}}) result.output = {std::int64_t{40}};
    }
    return results;
  };
  RegisteredRule second = tariff_rule();
  second.version = 2;
  const LogReplay replay = replay_log(file(), {second}, changed, nullptr);
  ASSERT_EQ(replay.differences.size(), 1U);
  EXPECT_EQ(replay.differences[0].line, 3);
  EXPECT_EQ(replay.differences[0].call, "tariff(12)");
  EXPECT_EQ(replay.differences[0].what, "the program says 40 (version 2), the log 36 (version 1)");
  EXPECT_EQ(replay_log(file(), {}, changed, nullptr).unknown, 3);
}

TEST_F(Replaying, ABrokenLogIsNotReplayed) {
  std::string text = read_file(file());
  text.replace(text.find("tariff(12)"), 10, "tariff(13)");
  write_file(file(), text);
  EXPECT_THROW(replay_log(file(), {tariff_rule()}, tariff_runner(), nullptr), Error);
}

}  // namespace
}  // namespace pbb
