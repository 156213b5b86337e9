// pbb assess as its user meets it, on a model of a few thousand weights without a base.
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "cli/program.h"

namespace pbb {
namespace {

class Assess : public ProgramTest {
 protected:
  Assess() {
    fs::create_directories(path("rules"));
    write_file(path("rules/fee.py"), "def fee(x):\n    if x > 10:\n        return 5\n    return 2\n");
    write_file(path("rules/clock.py"), "import time\ndef clock(x):\n    return time.time() + x\n");
  }
  Outcome assess(const std::vector<std::string>& more, const std::string& folder = "rules") const {
    std::vector<std::string> all{
        "assess", path(folder).string(),     "--model", path("model").string(), "--base", "none",
        "--out",  path("page.html").string()};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }
  void expect_refused(const Outcome& outcome, const std::string& part) const {
    EXPECT_EQ(outcome.code(), 2) << outcome.err;
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(path("page.html")));
  }
};

TEST_F(Assess, WritesAPageAndPrintsTheTableOfLearnWithTheAnswer) {
  const Outcome outcome = assess({});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  EXPECT_NE(outcome.out.find("1 of 2 can be learnt"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("not measured"), std::string::npos) << outcome.out;
  EXPECT_TRUE(fs::exists(path("page.html")));
  const Outcome as_json = assess({"--json", "--cost-per-example", "2", "--lang", "ja"});
  ASSERT_EQ(as_json.code(), 0) << as_json.err;
  const auto value = parse_json(as_json.out);
  EXPECT_EQ(value.at("code").at("learnable_functions"), 1);
  EXPECT_EQ(value.at("worth"), "unknown");
  EXPECT_TRUE(value.at("source").is_null());
}

TEST_F(Assess, BadInputIsRefusedWithAHintAndNothingIsWritten) {
  fs::create_directories(path("empty"));
  expect_refused(assess({}, "nowhere"), "nowhere");
  expect_refused(assess({}, "empty"), "empty");
  write_file(path("empty/clock.py"), "import time\ndef clock(x):\n    return time.time() + x\n");
  expect_refused(assess({}, "empty"), "asks the clock");
  for (const char* cost : {"-1", "nan", "inf", "12.5x"})
    expect_refused(assess({std::string("--cost-per-example=") + cost}), "it is no cost");
  expect_refused(assess({"--cost-per-hour=-0.5"}), "--cost-per-hour -0.5");
  expect_refused(assess({"--lang", "fr"}), "--lang fr");
  expect_refused(assess({"--measured", path("rules").string()}), "it is no run");
  expect_refused(assess({"--write-measured", path("m.json").string()}), "no run is named");
  expect_refused(run({"assess"}), "no folder");
}

}  // namespace
}  // namespace pbb
