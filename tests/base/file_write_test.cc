// Whole or not at all: what is there before a write that fails, is interrupted or is killed is there after
// it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <span>
#include <stdexcept>

#include "base/child_process.h"
#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// The error of `write`, which must name `path`, its reason and a hint.
void expect_explained(const std::function<void()>& write, const fs::path& path, const std::string& reason) {
  try {
    write();
    FAIL() << "no error";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find(path.string()), std::string::npos) << message;
    EXPECT_NE(message.find(reason), std::string::npos) << message;
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST(WriteFile, ReplacesTheContentsAndLeavesNothingElse) {
  const TemporaryFolder folder;
  write_file(folder / "file", "the first, longer contents");
  write_file(folder / "file", "second");
  EXPECT_EQ(read_file(folder / "file"), "second");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(WriteFile, MakesTheFoldersOnTheWay) {
  const TemporaryFolder folder;
  write_file(folder / "a/b/file", "contents");
  EXPECT_EQ(read_file(folder / "a/b/file"), "contents");
}

TEST(WriteFile, KeepsPermissionsAndLinks) {
  const TemporaryFolder folder;
  write_file(folder / "file", "old");
  ASSERT_EQ(::chmod((folder / "file").c_str(), 0640), 0);
  fs::create_symlink("file", folder / "link");
  write_file(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "file"), "new");
  EXPECT_EQ(fs::status(folder / "file").permissions(), fs::perms(0640));
}

TEST(WriteFile, ADeviceIsWrittenToAndStaysADevice) {
  const TemporaryFolder folder;
  write_file("/dev/null", "gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  expect_explained([] { write_file("/dev/full", "contents"); }, "/dev/full", "No space left on device");
}

TEST(WriteFile, TheOldContentsOutliveAFailureInTheMiddle) {
  const TemporaryFolder folder;
  write_file(folder / "file", "old");
  const int status = run_in_child([&] {
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);  // write() then fails with EFBIG after 1000 bytes, as on a full disk
    expect_explained([&] { write_file(folder / "file", std::string(100'000, 'x')); }, folder / "file",
                     "File too large");
    if (testing::Test::HasFailure()) throw std::runtime_error("see above");
  });
  EXPECT_TRUE(exited_with(status, 0));
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(WriteFile, TheOldContentsOutliveAKillInTheMiddleAndTheNextWriteTidiesUp) {
  const TemporaryFolder folder;
  write_file(folder / "file", "old");
  const int status = run_in_child([&] {
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(SIGXFSZ, SIG_DFL);  // kills after 1000 bytes
    write_file(folder / "file", std::string(100'000, 'x'));
  });
  EXPECT_TRUE(killed_by(status, SIGXFSZ));
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(entries(folder.path()), 2U);
  write_file(folder / "file", "new");
  EXPECT_EQ(read_file(folder / "file"), "new");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(WriteFile, AFolderThatMayNotBeWrittenToIsNamedWithAHint) {
  const TemporaryFolder folder;
  write_file(folder / "file", "old");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  const int status = run_in_child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) throw std::runtime_error("root stays root");
    expect_explained([&] { write_file(folder / "new", "contents"); }, folder / "new", "Permission denied");
    expect_explained([&] { write_file(folder / "file", "contents"); }, folder / "file", "Permission denied");
    expect_explained([&] { write_folder(folder / "sub", [](const fs::path&) {}); }, folder / "sub",
                     "Permission denied");
    if (testing::Test::HasFailure()) throw std::runtime_error("see above");
  });
  EXPECT_TRUE(exited_with(status, 0));
  EXPECT_EQ(read_file(folder / "file"), "old");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
}

void fill_with(const fs::path& folder, const std::string& contents) {
  write_file(folder / "weights", contents);
  write_file(folder / "deeper/state", contents);
}

void expect_holds(const fs::path& folder, const std::string& contents) {
  EXPECT_EQ(read_file(folder / "weights"), contents);
  EXPECT_EQ(read_file(folder / "deeper/state"), contents);
  EXPECT_EQ(entries(folder), 2U);
}

TEST(WriteFolder, MakesTheFolderAndThoseThatItLiesIn) {
  const TemporaryFolder folder;
  write_folder(folder / "deeper/corpus", [](const fs::path& path) { fill_with(path, "new"); });
  expect_holds(folder / "deeper/corpus", "new");
  fs::create_directory(folder / "empty");
  write_folder(folder / "empty/", [](const fs::path& path) { fill_with(path, "new"); });
  expect_holds(folder / "empty", "new");
  EXPECT_EQ(entries(folder.path()), 2U);
}

TEST(WriteFolder, WritesOverNothing) {
  const TemporaryFolder folder;
  write_file(folder / "docs/notes.txt", "years of work");
  const auto never = [](const fs::path&) { ADD_FAILURE() << "refused too late"; };
  for (const char* taken : {"docs", "docs/", "docs/notes.txt"}) {
    EXPECT_THROW(write_folder(folder / taken, never), InputError) << taken;
  }
  // and not what came while the new one was being written
  EXPECT_THROW(
      write_folder(folder / "late", [&](const fs::path&) { write_file(folder / "late/x", "theirs"); }),
      InputError);
  EXPECT_EQ(read_file(folder / "docs/notes.txt"), "years of work");
  EXPECT_EQ(read_file(folder / "late/x"), "theirs");
  EXPECT_EQ(entries(folder.path()), 2U);
}

TEST(ReplaceFolder, TakesThePlaceOfTheOldOne) {
  const TemporaryFolder folder;
  replace_folder(folder / "checkpoint", [](const fs::path& path) { fill_with(path, "old"); });
  write_file(folder / "checkpoint/left over", "from the old one");
  replace_folder(folder / "checkpoint/", [](const fs::path& path) { fill_with(path, "new"); });
  expect_holds(folder / "checkpoint", "new");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(ReplaceFolder, TheTargetIsWholeWhileItIsBeingReplaced) {
  const TemporaryFolder folder;
  replace_folder(folder / "checkpoint", [](const fs::path& path) { fill_with(path, "old"); });
  replace_folder(folder / "checkpoint", [&](const fs::path& path) {
    fill_with(path, "new");
    expect_holds(folder / "checkpoint", "old");
  });
}

TEST(ReplaceFolder, NothingChangesWhenFillThrows) {
  const TemporaryFolder folder;
  replace_folder(folder / "checkpoint", [](const fs::path& path) { fill_with(path, "old"); });
  const auto fail = [](const fs::path& path) {
    fill_with(path, "new");
    throw InputError("in the middle");
  };
  EXPECT_THROW(write_folder(folder / "checkpoint", fail), InputError);
  EXPECT_THROW(write_folder(folder / "other", fail), InputError);
  expect_holds(folder / "checkpoint", "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

// A process that dies when its new folder is half-written.
void kill_while_writing(const fs::path& target) {
  const int status = run_in_child([&] {
    replace_folder(target, [](const fs::path& path) {
      write_file(path / "weights", "new");
      ::raise(SIGKILL);
    });
  });
  EXPECT_TRUE(killed_by(status, SIGKILL));
}

TEST(ReplaceFolder, TheOldOneOutlivesAKillInTheMiddleAndTheNextWriteTidiesUp) {
  const TemporaryFolder folder;
  replace_folder(folder / "checkpoint", [](const fs::path& path) { fill_with(path, "old"); });
  kill_while_writing(folder / "checkpoint");
  expect_holds(folder / "checkpoint", "old");
  EXPECT_EQ(entries(folder.path()), 2U);
  replace_folder(folder / "checkpoint", [](const fs::path& path) { fill_with(path, "new"); });
  expect_holds(folder / "checkpoint", "new");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(ReplaceFolder, AWriterThatIsAliveIsLeftAlone) {
  const TemporaryFolder folder;
  replace_folder(folder / "checkpoint", [&](const fs::path& outer) {
    fill_with(outer, "outer");
    replace_folder(folder / "checkpoint", [](const fs::path& inner) { fill_with(inner, "inner"); });
    expect_holds(outer, "outer");
  });
  expect_holds(folder / "checkpoint", "outer");
}

TEST(ReplaceFolder, SettlingMendsWhatACrashLeftOfOneThatIsNotWrittenAgain) {
  const TemporaryFolder folder;
  replace_folder(folder / "checkpoint", [](const fs::path& path) { fill_with(path, "old"); });
  kill_while_writing(folder / "checkpoint");
  settle_folder(folder / "checkpoint");
  expect_holds(folder / "checkpoint", "old");
  EXPECT_EQ(entries(folder.path()), 1U);
  fs::rename(folder / "checkpoint", folder / ".checkpoint.previous");  // between its two renames
  settle_folder(folder / "checkpoint");
  expect_holds(folder / "checkpoint", "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(WriteFile, WhatKilledWritersLeftAnywhereGoesAndWhatLivingOnesWriteStays) {
  const TemporaryFolder folder;
  write_file(folder / "deeper/file", "whole");
  const int status = run_in_child([&] {
    replace_folder(folder / "deeper/checkpoint", [&](const fs::path& path) {
      write_file(path / "weights", "half");
      ::raise(SIGKILL);
    });
  });
  ASSERT_TRUE(killed_by(status, SIGKILL));
  replace_folder(folder / "other", [&](const fs::path& path) {
    EXPECT_EQ(entries(folder / "deeper"), 2U);
    remove_partials_in(folder.path());
    EXPECT_EQ(entries(folder / "deeper"), 1U);
    EXPECT_TRUE(fs::exists(path));
  });
  EXPECT_EQ(read_file(folder / "deeper/file"), "whole");
}

TEST(WriteChecked, HoldsTheBytesAndReturnsTheirChecksum) {
  const TemporaryFolder folder;
  std::string contents;
  for (int i = 0; i < 1'100'000; ++i) contents += fmt::format("{:07}\n", i);  // more than one part
  const auto bytes = std::as_bytes(std::span(contents));
  EXPECT_EQ(write_checked(folder / "file", bytes), checksum(bytes));
  EXPECT_EQ(read_file(folder / "file"), contents);
  EXPECT_EQ(write_checked(folder / "empty", {}), checksum({}));
  EXPECT_EQ(read_file(folder / "empty"), "");
  expect_explained([&] { write_checked("/dev/full/file", bytes); }, "/dev/full/file", "Not a directory");
}

TEST(ReplaceFolder, RefusesToReplaceAFile) {
  const TemporaryFolder folder;
  write_file(folder / "file", "contents");
  EXPECT_THROW(write_folder(folder / "file", [](const fs::path&) {}), Error);
  EXPECT_EQ(read_file(folder / "file"), "contents");
}

// From here on this process is on a file system that cannot swap two folders, as far as it can tell.
void forbid_swapping() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    throw std::runtime_error("no filter");
}

TEST(ReplaceFolder, WorksWhereFoldersCannotBeSwapped) {
  const TemporaryFolder folder;
  replace_folder(folder / "checkpoint", [](const fs::path& path) { fill_with(path, "old"); });
  const int status = run_in_child([&] {
    forbid_swapping();
    replace_folder(folder / "checkpoint", [](const fs::path& path) { fill_with(path, "new"); });
  });
  EXPECT_TRUE(exited_with(status, 0));
  expect_holds(folder / "checkpoint", "new");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(ReplaceFolder, AFolderSetAsideByACrashComesBack) {
  const TemporaryFolder folder;
  replace_folder(folder / ".checkpoint.previous", [](const fs::path& path) { fill_with(path, "old"); });
  EXPECT_THROW(replace_folder(folder / "checkpoint", [](const fs::path&) { throw Error("in the middle"); }),
               Error);
  expect_holds(folder / "checkpoint", "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

}  // namespace
}  // namespace pbb
