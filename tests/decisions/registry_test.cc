#include "decisions/registry.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>

#include <set>

#include "base/child_process.h"
#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using Mode = Database::Mode;

RuleEntry entry(const std::string& name, const std::string& body, const std::string& adapter = "a1") {
  RuleEntry rule;
  rule.name = name;
  rule.source = "def " + name + "(x):\n    return " + body + "\n";
  rule.signature.head = {.name = name, .line = 1, .parameters = {"x"}, .required = 1};
  rule.signature.text = name + "(x)";
  rule.certificate = {{"name", name}};
  rule.adapter_sha256 = adapter;
  rule.model = "tiny";
  rule.model_checksum = "00000001";
  rule.date = "2026-11-27T00:00:00Z";
  return rule;
}

class RegistryTest : public testing::Test {
 protected:
  fs::path folder() const { return folder_.path(); }
  TemporaryFolder folder_;
};

TEST_F(RegistryTest, WhatWasAddedIsFoundByItsName) {
  const RuleEntry rule = entry("fee", "x * 2");
  Registry(folder(), Mode::write).add({&rule, 1});
  Registry registry(folder(), Mode::read);
  const auto found = registry.find_valid("fee");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->entry.source, rule.source);
  EXPECT_EQ(found->source_sha256, sha256(rule.source));
  EXPECT_EQ(found->version, 1);
  EXPECT_EQ(found->entry.signature.text, "fee(x)");
  EXPECT_EQ(found->entry.certificate, rule.certificate);
  EXPECT_EQ(found->entry.adapter_sha256, "a1");
  EXPECT_FALSE(registry.find_valid("other"));
}

TEST_F(RegistryTest, AChangedSourceIsTheNextVersionAndTheOneBeforeIsObsolete) {
  Registry registry(folder(), Mode::write);
  for (const char* body : {"x", "x", "x + 1", "x"}) {
    const RuleEntry rule = entry("fee", body);
    registry.add({&rule, 1});
  }
  EXPECT_EQ(registry.find_valid("fee")->version, 3);
  EXPECT_EQ(registry.rules().size(), 1U);
  const auto all = registry.rules(true);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].status, RuleStatus::obsolete);
  EXPECT_EQ(all[1].status, RuleStatus::obsolete);
  registry.retire("fee");
  EXPECT_FALSE(registry.find_valid("fee"));
  EXPECT_THROW(registry.retire("fee"), InputError);
}

TEST_F(RegistryTest, AnUnchangedSourceKeepsItsVersionAndGetsTheNewestCertificate) {
  Registry registry(folder(), Mode::write);
  RuleEntry rule = entry("fee", "x");
  registry.add({&rule, 1});
  rule.certificate["steps"] = 7;
  rule.adapter_sha256 = "a2";
  registry.add({&rule, 1});
  const auto found = registry.find_valid("fee");
  EXPECT_EQ(found->version, 1);
  EXPECT_EQ(found->entry.certificate.at("steps"), 7);
  EXPECT_EQ(found->entry.adapter_sha256, "a2");
}

TEST_F(RegistryTest, WhatIsNoRegistryIsRefusedWithAWayOn) {
  const auto refused = [&] {
    try {
      Registry(folder(), Mode::read).rules();
    } catch (const InputError& error) {
      return !error.hint().empty();
    }
    return false;
  };
  EXPECT_TRUE(refused());  // there is none
  write_file(Registry::file_in(folder()), std::string(5000, 'x'));
  EXPECT_TRUE(refused());
  fs::remove(Registry::file_in(folder()));
  Database(Registry::file_in(folder()), Mode::write).execute("CREATE TABLE other (x)");
  EXPECT_TRUE(refused());
}

TEST_F(RegistryTest, ASourceThatWasChangedInTheFileIsRefused) {
  const RuleEntry rule = entry("fee", "x * 2");
  Registry(folder(), Mode::write).add({&rule, 1});
  Database(Registry::file_in(folder()), Mode::write)
      .execute("UPDATE rule SET source = 'def fee(x): return 3'");
  EXPECT_THROW(Registry(folder(), Mode::read).find_valid("fee"), InputError);
}

TEST_F(RegistryTest, RulesOfTwoProcessesThatWriteAtOnceAllArrive) {
  constexpr int processes = 4, each = 8;
  const auto write_all = [&](int process) {
    for (int i = 0; i < each; ++i) {
      const RuleEntry rule = entry("rule_" + std::to_string(process), "x + " + std::to_string(i));
      const RuleEntry shared = entry("shared", "x - " + std::to_string(process * each + i));
      const RuleEntry both[] = {rule, shared};
      Registry(folder(), Mode::write).add(both);
    }
  };
  std::vector<pid_t> children;
  for (int process = 0; process < processes; ++process) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    try {
      write_all(process);
    } catch (...) {
      _exit(1);
    }
    _exit(0);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(exited_with(status, 0));
  }
  Registry registry(folder(), Mode::read);
  EXPECT_EQ(registry.find_valid("shared")->version, processes * each);
  for (int process = 0; process < processes; ++process)
    EXPECT_EQ(registry.find_valid("rule_" + std::to_string(process))->version, each);
}

TEST_F(RegistryTest, AWriterThatIsKilledLeavesAllOfAnAdditionOrNothing) {
  Random random(1, "kills");
  int newest = 0;
  for (int kill_number = 0; kill_number < 12; ++kill_number) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      for (int i = newest;; ++i) {
        const std::string body = "x + " + std::to_string(i);
        const RuleEntry rules[] = {entry("a", body), entry("b", body), entry("c", body)};
        Registry(folder(), Mode::write).add(rules);
        if (write(ends[1], "x", 1) != 1) _exit(1);
      }
    }
    char byte = 0;
    for (std::int64_t writes = random.integer(1, 4); writes > 0; --writes)
      ASSERT_EQ(read(ends[0], &byte, 1), 1);
    for (std::int64_t turns = random.integer(0, 400); turns > 0; --turns) sched_yield();
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ends[0]);
    close(ends[1]);
    Registry registry(folder(), Mode::write);  // rolls back what was not committed
    EXPECT_EQ(Database(Registry::file_in(folder()), Mode::read)
                  .integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"),
              1);
    const auto valid = registry.rules();
    ASSERT_EQ(valid.size(), 3U);
    const std::string body = valid[0].entry.source.substr(valid[0].entry.source.find('\n'));
    for (const RegisteredRule& rule : valid) {
      EXPECT_EQ(rule.version, valid[0].version);
      EXPECT_EQ(rule.entry.source.substr(rule.entry.source.find('\n')), body);
    }
    EXPECT_GT(valid[0].version, newest);
    newest = valid[0].version;
  }
}

}  // namespace
}  // namespace pbb
