#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "base/error.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(ReadFile, ReturnsEveryByte) {
  const TemporaryFolder folder;
  std::string contents(100'000, '\0');
  for (std::size_t i = 0; i < contents.size(); ++i) contents[i] = static_cast<char>(i * 31);
  std::ofstream(folder / "bytes", std::ios::binary) << contents;
  EXPECT_EQ(read_file(folder / "bytes"), contents);
}

// One would be waited for without end, the other never ends.
TEST(ReadFile, APipeOrDeviceInPlaceOfAFileIsRefusedAndNotReadFrom) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/zero", folder / "zeros");
  for (const char* name : {"pipe", "zeros"}) {
    try {
      read_file(folder / name);
      FAIL() << name;
    } catch (const InputError& error) {
      EXPECT_EQ(error.what(), (folder / name).string() + ": is not a regular file");
    }
    EXPECT_THROW(MappedFile(folder / name), InputError);
  }
  EXPECT_EQ(read_file("/dev/null"), "");
}

TEST(ReadFile, ADeviceWithoutAnEndIsNotReadUntilAllMemoryIsTaken) {
  EXPECT_EQ(read_file("/dev/null"), "");
  EXPECT_THROW(read_file("/dev/zero"), InputError);
}

TEST(ReadFile, AFileWithoutASizeIsReadToItsEnd) {
  EXPECT_FALSE(read_file("/proc/self/status").empty());
}

TEST(ReadFile, AnAbsentFileAndAFolderAreInputErrorsThatNameThem) {
  const TemporaryFolder folder;
  for (const auto& path : {folder / "absent.json", folder.path()}) {
    try {
      read_file(path);
      FAIL() << "no error for " << path;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    }
  }
}

// Whoever catches an InputError tells that the file is at fault, and how to do without it; one that the system
// does not give may be whole.
TEST(ReadFile, WhatTheSystemRefusesIsNotTheInputsFault) {
  const std::filesystem::path longest(std::string(300, 'a'));
  for (const auto& read : {std::function<void()>([&] { (void)read_file(longest); }),
                           std::function<void()>([&] { MappedFile{longest}; })}) {
    try {
      read();
      ADD_FAILURE() << "it was read";
    } catch (const InputError& error) {
      ADD_FAILURE() << error.what();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("File name too long"), std::string::npos) << error.what();
      EXPECT_FALSE(error.hint().empty());
    }
  }
}

TEST(MappedFile, HoldsTheFilesBytes) {
  const TemporaryFolder folder;
  write_file(folder / "data", "some bytes");
  MappedFile first(folder / "data");
  const MappedFile second = std::move(first);
  ASSERT_EQ(second.bytes().size(), 10U);
  EXPECT_EQ(static_cast<char>(second.bytes()[5]), 'b');
  second.drop_pages();
  EXPECT_EQ(static_cast<char>(second.bytes()[5]), 'b');
  EXPECT_TRUE(first.bytes().empty());  // NOLINT: what a moved-from file holds is promised
}

TEST(MappedFile, AnEmptyFileHasNoBytes) {
  const TemporaryFolder folder;
  write_file(folder / "empty", "");
  EXPECT_TRUE(MappedFile(folder / "empty").bytes().empty());
}

TEST(MappedFile, RefusesWhatCannotBeMapped) {
  const TemporaryFolder folder;
  EXPECT_THROW(MappedFile(folder / "absent"), InputError);
  EXPECT_THROW(MappedFile{folder.path()}, InputError);
  EXPECT_THROW(MappedFile("/dev/null"), InputError);
}

TEST(Checksum, IsCrc32AndContinues) {
  EXPECT_EQ(checksum(bytes_of("123456789")), 0xCBF43926U);  // the check value in the catalogue of CRCs
  EXPECT_EQ(checksum(bytes_of("56789"), checksum(bytes_of("1234"))), 0xCBF43926U);
  EXPECT_EQ(checksum({}, 7), 7U);
}

// Sets a variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    had_ = std::getenv(name) != nullptr;
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  ~Variable() { had_ ? ::setenv(name_, old_.c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::string old_;
  bool had_;
};

TEST(CacheFolder, IsThePbbCacheThenTheXdgCacheThenInHome) {
  const Variable home("HOME", "/home/someone");
  const Variable xdg("XDG_CACHE_HOME", nullptr);
  const Variable chosen("PBB_CACHE", nullptr);
  EXPECT_EQ(cache_folder(), "/home/someone/.cache/pbb");
  {
    const Variable relative("XDG_CACHE_HOME", "relative/is/ignored");
    EXPECT_EQ(cache_folder(), "/home/someone/.cache/pbb");
  }
  const Variable absolute("XDG_CACHE_HOME", "/caches");
  EXPECT_EQ(cache_folder(), "/caches/pbb");
  const Variable ours("PBB_CACHE", "/ours");
  EXPECT_EQ(cache_folder(), "/ours");
}

TEST(CacheFolder, WithoutAnyVariableSaysWhichToSet) {
  const Variable home("HOME", nullptr);
  const Variable xdg("XDG_CACHE_HOME", nullptr);
  const Variable chosen("PBB_CACHE", nullptr);
  EXPECT_THROW(cache_folder(), InputError);
}

}  // namespace
}  // namespace pbb
