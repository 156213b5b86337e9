// One process at a time: while it lives, and not a moment longer.
#include "base/file_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>

#include "base/child_process.h"
#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

TEST(FolderLock, ASecondProcessIsRefusedWithTheNumberOfTheFirst) {
  const TemporaryFolder folder;
  std::optional<FolderLock> lock(std::in_place, folder / "run");
  const std::string own = std::to_string(::getpid());
  const int status = run_in_child([&] {
    try {
      const FolderLock second(folder / "run");
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find((folder / "run").string()), std::string::npos) << message;
      EXPECT_NE(message.find("process " + own), std::string::npos) << message;
      EXPECT_FALSE(error.hint().empty());
      if (!testing::Test::HasFailure()) return;
    }
    throw std::runtime_error("see above");
  });
  EXPECT_TRUE(exited_with(status, 0));
  lock.reset();
  EXPECT_NO_THROW(FolderLock(folder / "run"));
}

TEST(FolderLock, OfAKilledProcessIsNobodys) {
  const TemporaryFolder folder;
  const int status = run_in_child([&] {
    const FolderLock lock(folder.path());
    ::raise(SIGKILL);
  });
  ASSERT_TRUE(killed_by(status, SIGKILL));
  EXPECT_TRUE(std::filesystem::exists(folder / ".lock"));
  const FolderLock lock(folder.path());
  EXPECT_EQ(read_file(folder / ".lock"), std::to_string(::getpid()));
}

TEST(FolderLock, IsNotInheritedByWhatIsStarted) {
  const TemporaryFolder folder;
  pid_t sleeper = -1;
  int answer[2];
  ASSERT_EQ(::pipe(answer), 0);
  const int status = run_in_child([&] {
    const FolderLock lock(folder.path());
    const char* arguments[] = {"sleep", "60", nullptr};
    pid_t child = -1;  // posix_spawnp returns when the new program has taken over
    if (::posix_spawnp(&child, "sleep", nullptr, nullptr, const_cast<char**>(arguments), environ) != 0) {
      throw std::runtime_error("no sleep");
    }
    if (::write(answer[1], &child, sizeof child) != sizeof child) throw std::runtime_error("no answer");
  });
  ASSERT_TRUE(exited_with(status, 0));
  ASSERT_EQ(::read(answer[0], &sleeper, sizeof sleeper), static_cast<ssize_t>(sizeof sleeper));
  EXPECT_NO_THROW(FolderLock(folder.path()));
  ::kill(sleeper, SIGKILL);
}

TEST(FolderLock, WhereNothingMayBeWrittenSaysSo) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  const int status = run_in_child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) throw std::runtime_error("root stays root");
    for (const auto& taken : {folder.path(), folder / "run"}) {
      try {
        const FolderLock lock(taken);
        throw std::runtime_error("taken");
      } catch (const Error& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find(taken.string()), std::string::npos) << message;
        EXPECT_NE(message.find("Permission denied"), std::string::npos) << message;
        EXPECT_FALSE(error.hint().empty());
      }
    }
    if (testing::Test::HasFailure()) throw std::runtime_error("see above");
  });
  EXPECT_TRUE(exited_with(status, 0));
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
}

}  // namespace
}  // namespace pbb
