// What commands do to a user's folders: nothing that pbb did not write is ever replaced, a refused run leaves
// nothing behind.
#include <map>
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "cli/program.h"

namespace pbb {
namespace {

class FoldersTest : public ProgramTest {
 protected:
  // Every file below `name` with its contents.
  std::map<std::string, std::string> contents(const std::string& name) const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(path(name))) {
      if (entry.is_regular_file()) found[entry.path().string()] = read_file(entry.path());
    }
    return found;
  }
  // A recipe that reads its corpus from `folder`.
  std::string recipe_of(const fs::path& folder) const {
    write_file(path("of-corpus.toml"),
               fmt::format("model = \"{}\"\n[corpus]\nfolder = \"{}\"\n[[stage]]\nname = \"1\"\narm = "
                           "\"trained\"\nwith_io_declarations = 2\n",
                           path("model").string(), folder.string()));
    return path("of-corpus.toml").string();
  }
  void expect_refused(const std::vector<std::string>& arguments, const std::string& named) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code(), 2) << outcome.out << outcome.err;
    EXPECT_NE(outcome.err.find(named), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
  }
};

// Case export_folder
TEST_F(FoldersTest, AnExportWritesOverNothingButAnUnchangedExport) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  write_file(path("docs/old/notes.txt"), "notes");
  const auto before = contents("");
  const auto export_to = [&](const std::string& to, bool replace = false) {
    std::vector<std::string> arguments{"export", path("run").string(), "--to", path(to).string()};
    if (replace) arguments.push_back("--replace");
    return arguments;
  };
  for (const bool replace : {false, true}) {
    for (const char* to :
         {"docs", "run", "run/corpus", "run/stages/1", "run/stages/3", "run/eval", "tiny.toml"}) {
      expect_refused(export_to(to, replace), path(to).string());
    }
  }
  auto after = contents("");
  for (const char* own : {"stdout", "stderr"}) after[path(own).string()] = before.at(path(own).string());
  EXPECT_EQ(after, before);

  fs::create_directory(path("empty"));
  EXPECT_EQ(run(export_to("empty")).code(), 0);
  expect_refused(export_to("empty"), "holds a model already");
  EXPECT_EQ(run(export_to("empty", true)).code(), 0);
  write_file(path("empty/README.md"), "our notes");
  expect_refused(export_to("empty", true), "README.md was added");
  EXPECT_EQ(read_file(path("empty/README.md")), "our notes");
}

// Case make_over_edited
TEST_F(FoldersTest, ACorpusThatWasWorkedOnIsNotMadeAnew) {
  const std::string corpus = path("c").string();
  std::vector<std::string> make{"make", "arithmetic", "--out", corpus, "--programs", "3"};
  ASSERT_EQ(run(make).code(), 0);
  expect_refused(make, "holds a corpus already");
  make.push_back("--replace");
  EXPECT_EQ(run(make).code(), 0);
  const std::string name = read_json(path("c/corpus.json")).at("programs")[0].at("name");
  const fs::path source = path("c/source") / (name + ".py");
  const std::string edited = read_file(source) + "# reviewed\n";
  write_file(source, edited);
  write_file(path("c/notes.txt"), "our notes");
  expect_refused(make, name + ".py was edited");
  EXPECT_EQ(read_file(source), edited);
  EXPECT_EQ(read_file(path("c/notes.txt")), "our notes");

  write_file(path("rules/double.py"), "def double(x):\n    return x * 2\n");
  write_file(path("rules/double.inputs.jsonl"), "[1]\n[2]\n[3]\n[4]\n[5]\n[6]\n");
  for (const char* to : {"c", "rules"}) {
    expect_refused({"make", "import", path("rules").string(), "--out", path(to).string(), "--replace"},
                   path(to).string());
  }
}

// Case refused_leaves_folder
TEST_F(FoldersTest, ARefusedRunLeavesNothingBehind) {
  const auto recipe = [&](const std::string& override_text) {
    auto arguments = run_arguments("deeper/o");
    arguments.push_back(override_text);
    return arguments;
  };
  expect_refused(recipe("model=modle"), "modle");
  EXPECT_FALSE(fs::exists(path("deeper")));
  expect_refused({"run", recipe_of(path("absent")), "--out", path("deeper/o").string()}, "absent");
  EXPECT_FALSE(fs::exists(path("deeper")));
  fs::create_directories(path("deeper/o"));  // one that was there stays, as empty as it was
  expect_refused(recipe("model=modle"), "modle");
  EXPECT_TRUE(fs::is_empty(path("deeper/o")));
  EXPECT_EQ(run(run_arguments("deeper/o")).code(), 0);
}

TEST_F(FoldersTest, ANewRunAdoptsNothing) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  fs::create_directory(path("adopt"));
  fs::copy(path("run/corpus"), path("adopt/corpus"), fs::copy_options::recursive);
  fs::copy(path("run/eval"), path("adopt/eval"), fs::copy_options::recursive);
  const auto before = contents("adopt");
  expect_refused(run_arguments("adopt"), "absent or empty");
  expect_refused(run_arguments("adopt", true), "no run in it");
  for (const char* part : {"eval", "report"})
    expect_refused({part, path("adopt").string()}, "not a run's folder");
  EXPECT_EQ(contents("adopt"), before);
  expect_refused({"run", recipe_of(path("run/corpus")), "--out", path("run/corpus/new").string()},
                 "which the recipe reads");
}

TEST_F(FoldersTest, ABaseWantsAFolderAsARunDoes) {
  std::vector<std::string> base{"base", (fs::path(PBB_GOLDEN) / "../../runs/base.toml").string(),
                                "model=modle", "--out", path("b").string()};
  expect_refused(base, "modle");
  EXPECT_FALSE(fs::exists(path("b")));
  write_file(path("b/notes.txt"), "notes");
  expect_refused(base, "absent or empty");
  base.push_back("--resume");
  expect_refused(base, "no run in it");
  EXPECT_EQ(contents("b").size(), 1U);
}

// Case resume_nothing
TEST_F(FoldersTest, ThereIsNothingToResumeInAFolderWithoutARun) {
  for (const char* command : {"run", "train"}) {
    auto arguments = run_arguments("mistyped", true);
    arguments[0] = command;
    expect_refused(arguments, "no run in it");
    EXPECT_FALSE(fs::exists(path("mistyped")));
  }
  fs::create_directory(path("mistyped"));
  expect_refused(run_arguments("mistyped", true), "no run in it");
  // what a run leaves that was killed as soon as it had taken its folder
  write_file(path("mistyped/.lock"), "1");
  EXPECT_EQ(run(run_arguments("mistyped", true)).code(), 0);
}

TEST_F(FoldersTest, ANewRunBecomesNoPartOfAnother) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  for (const char* part : {"run/corpus/x", "run/stages", "run/stages/3", "run/eval/x", "run/rules"}) {
    auto arguments = run_arguments("x");
    arguments.back() = path(part).string();
    const bool was_there = fs::exists(path(part));
    expect_refused(arguments, was_there ? "absent or empty" : "a part of the run");
    EXPECT_EQ(fs::exists(path(part)), was_there) << part;
  }
  EXPECT_EQ(run(run_arguments("run/again")).code(), 0);  // a folder of its own
}

}  // namespace
}  // namespace pbb
