#include "base/manifest.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

class Manifest : public testing::Test {
 protected:
  void write(Replace replace, const std::string& contents = "def f(x):\n",
             const char* kind = "corpus") const {
    write_folder_with_manifest(folder_, kind, replace, [&](const fs::path& to) {
      write_file(to / "source/f.py", contents);
      fs::create_directory(to / "prose");
    });
  }
  // What a refused replacement says; nothing may have changed by it.
  std::string refusal(const char* kind = "corpus") const {
    try {
      write(Replace::unchanged, "def g(x):\n", kind);
    } catch (const InputError& error) {
      EXPECT_NE(read_file(folder_ / "source/f.py"), "def g(x):\n");
      return error.what();
    }
    return "replaced";
  }

  TemporaryFolder temporary_;
  fs::path folder_ = temporary_ / "c";
};

TEST_F(Manifest, AFolderAsItWasWrittenIsReplacedWhenAskedFor) {
  write(Replace::unchanged);
  EXPECT_THROW(write(Replace::nothing, "def g(x):\n"), InputError);
  EXPECT_EQ(read_file(folder_ / "source/f.py"), "def f(x):\n");
  write(Replace::unchanged, "def g(x):\n");
  EXPECT_EQ(read_file(folder_ / "source/f.py"), "def g(x):\n");
  write(Replace::unchanged, "def h(x):\n");  // the new one has its own list
}

TEST_F(Manifest, WhatWasEditedAddedOrRemovedIsNamedAndKept) {
  write(Replace::nothing);
  write_file(folder_ / "source/f.py", "def f(y):\n");  // as many bytes
  EXPECT_NE(refusal().find("source/f.py was edited"), std::string::npos) << refusal();
  write_file(folder_ / "source/f.py", "def f(x):\n");
  write_file(folder_ / "prose/notes.txt", "ours");
  EXPECT_NE(refusal().find("prose/notes.txt was added"), std::string::npos) << refusal();
  fs::remove_all(folder_ / "prose");
  EXPECT_NE(refusal().find("prose was removed"), std::string::npos) << refusal();
  fs::create_directory(folder_ / "prose");
  fs::create_directory(folder_ / "drafts");
  EXPECT_NE(refusal().find("drafts was added"), std::string::npos) << refusal();
  fs::remove(folder_ / "drafts");
  fs::create_symlink("/etc/passwd", folder_ / "link");
  EXPECT_NE(refusal().find("link was added"), std::string::npos) << refusal();
  fs::remove(folder_ / "link");
  EXPECT_EQ(refusal(), "replaced");
}

TEST_F(Manifest, WhatIsOfAnotherKindOrNotOursIsNeverReplaced) {
  write(Replace::nothing);
  EXPECT_NE(refusal("model").find("did not write as a model"), std::string::npos) << refusal("model");
  fs::remove(folder_ / ".pbb-manifest.json");
  EXPECT_NE(refusal().find("did not write as a corpus"), std::string::npos) << refusal();
  write_file(folder_ / ".pbb-manifest.json", "{\"kind\": \"corpus\"}");
  EXPECT_NE(refusal().find("did not write as a corpus"), std::string::npos) << refusal();
  write_file(folder_ / ".pbb-manifest.json", "{\"kind\":");
  EXPECT_NE(refusal().find(".pbb-manifest.json"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace pbb
