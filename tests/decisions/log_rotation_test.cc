// A log that goes on in a new file.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "base/child_process.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/random.h"
#include "base/temporary_folder.h"
#include "decisions/decision_log.h"
#include "decisions/killed_log.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

class LogRotation : public testing::Test {
 protected:
  fs::path file() const { return folder_ / "log.jsonl"; }
  fs::path part(int number) const { return log_part(file(), number); }
  // Five decisions in each of three files.
  void write_three_files() const {
    DecisionLog log(file(), {{"opened_by", "test"}});
    for (int i = 0; i < 15; ++i) {
      if (i > 0 && i % 5 == 0) log.rotate();
      log.append(numbered(i));
    }
  }
  std::vector<int> numbers() const {
    std::vector<int> all;
    for (const fs::path& one : log_files(file())) {
      read_json_lines(one, [&](const json& record, int) {
        if (record.at("kind") == "decision") all.push_back(record.at("number"));
      });
    }
    return all;
  }
  TemporaryFolder folder_;
};

TEST_F(LogRotation, OneChainGoesThroughAllFiles) {
  write_three_files();
  EXPECT_EQ(log_files(file()), (std::vector<fs::path>{part(1), part(2), file()}));
  const LogCheck check = verify_log(file());
  EXPECT_EQ(check.broken_line, 0) << check.what;
  EXPECT_EQ(check.lines, 18);
  EXPECT_EQ(check.decisions, 15);
  EXPECT_EQ(check.files, 3);
  const json opened = json::parse(read_file(file()).substr(0, read_file(file()).find('\n')));
  EXPECT_EQ(opened.at("continues"), "log.jsonl.000002");
  EXPECT_EQ(opened.at("opened_by"), "test");
  EXPECT_EQ(fs::status(part(1)).permissions() & fs::perms::others_read, fs::perms::none);
}

TEST_F(LogRotation, AFileIsPutAsideOnceItIsAsLongAsIsAllowed) {
  {
    DecisionLog log(file(), {}, 2000);
    for (int i = 0; i < 60; ++i) log.append(numbered(i));
  }
  const std::vector<fs::path> files = log_files(file());
  EXPECT_GT(files.size(), 3U);
  for (const fs::path& one : files) EXPECT_LT(fs::file_size(one), 2300U);
  EXPECT_EQ(verify_log(file()).broken_line, 0);
  EXPECT_EQ(numbers().size(), 60U);
}

TEST_F(LogRotation, AFileThatIsMissingChangedOrOutOfOrderShows) {
  write_three_files();
  const std::string first = read_file(part(1)), second = read_file(part(2));
  fs::remove(part(2));
  EXPECT_EQ(verify_log(file()).broken_file, file());
  EXPECT_EQ(verify_log(file()).broken_line, 1);
  write_file(part(2), first);
  write_file(part(1), second);
  EXPECT_EQ(verify_log(file()).broken_file, part(1));
  write_file(part(1), first);
  write_file(part(2), second.substr(0, second.size() - 1));
  EXPECT_EQ(verify_log(file()).broken_file, part(2));
  EXPECT_EQ(verify_log(file()).broken_line, 6);
  write_file(part(2), second);
  EXPECT_EQ(verify_log(file()).broken_line, 0);
}

TEST_F(LogRotation, WhereEarlierFilesWereArchivedTheirLastChecksumIsWanted) {
  write_three_files();
  const std::string text = read_file(part(1));
  const std::string last = read_sealed(text.substr(text.rfind('\n', text.size() - 2) + 1,
                                                   text.size() - text.rfind('\n', text.size() - 2) - 2))
                               .sum;
  fs::remove(part(1));
  EXPECT_EQ(verify_log(file()).broken_line, 1);
  EXPECT_NE(verify_log(file()).what.find("--after"), std::string::npos);
  EXPECT_EQ(verify_log(file(), "", last).broken_line, 0);
  EXPECT_EQ(verify_log(file(), "", last).decisions, 10);
  EXPECT_EQ(verify_log(file(), "", std::string(64, '1')).broken_line, 1);
}

TEST_F(LogRotation, ALogThatWasMovedAwayGoesOnInANewFile) {
  DecisionLog log(file(), {});
  log.append(numbered(1));
  fs::rename(file(), folder_ / "moved");
  EXPECT_THROW(log.append(numbered(2)), Error);
  log.rotate();
  log.append(numbered(2));
  EXPECT_EQ(verify_log(file(), "", verify_log(folder_ / "moved").last).decisions, 1);
  write_file(file(), "");  // another took its place
  EXPECT_THROW(log.rotate(), Error);
  EXPECT_EQ(read_file(file()), "");
  EXPECT_FALSE(fs::exists(folder_ / "log.jsonl.next"));
}

TEST_F(LogRotation, WhereNoNewFileCanBeMadeTheLogGoesOnInThePresentOne) {
  fs::create_directory(folder_ / "log.jsonl.next");  // there is no writing to it, for root either
  DecisionLog log(file(), {}, 300);
  for (int i = 0; i < 10; ++i) log.append(numbered(i));
  EXPECT_THROW(log.rotate(), Error);
  EXPECT_EQ(log_files(file()).size(), 1U);
  fs::remove(folder_ / "log.jsonl.next");
  log.rotate();
  log.append(numbered(10));
  EXPECT_EQ(verify_log(file()).broken_line, 0);
  EXPECT_EQ(numbers().size(), 11U);
}

TEST_F(LogRotation, OneOpenedAgainGoesOnWhereItWasLeftWhateverAKillCameBetween) {
  write_three_files();
  // The log's file is gone, or begun and not written.
  fs::remove(file());
  EXPECT_EQ(verify_log(file()).decisions, 10);
  { DecisionLog(file(), {}).append(numbered(15)); }
  EXPECT_EQ(verify_log(file()).broken_line, 0);
  write_file(file(), "{\"format\":1,\"ki");
  { DecisionLog(file(), {}).append(numbered(16)); }
  EXPECT_EQ(verify_log(file()).broken_line, 0) << verify_log(file()).what;
  // The file has both names; the next one is there already.
  fs::create_hard_link(file(), part(3));
  write_file(folder_ / "log.jsonl.next", "{");
  EXPECT_EQ(verify_log(file()).decisions, 11);
  { DecisionLog(file(), {}).append(numbered(17)); }
  EXPECT_FALSE(fs::exists(part(3)));
  EXPECT_FALSE(fs::exists(folder_ / "log.jsonl.next"));
  EXPECT_EQ(verify_log(file()).broken_line, 0);
  EXPECT_EQ(verify_log(file()).decisions, 12);
}

TEST_F(LogRotation, KillsLeaveEveryRecordThatWasAcknowledged) {
  Random random(1, "kills");
  int acknowledged = 0;
  for (int kill_number = 0; kill_number < 30; ++kill_number) {
    ASSERT_NO_FATAL_FAILURE(append_until_killed(file(), 500, random, acknowledged));
    const LogCheck check = verify_log(file());
    EXPECT_EQ(check.broken_line, 0) << check.broken_file << check.what;
    EXPECT_GE(check.decisions, acknowledged);
  }
  EXPECT_GT(verify_log(file()).files, 10);
}

}  // namespace
}  // namespace pbb
