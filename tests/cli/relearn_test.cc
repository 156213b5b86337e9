// pbb learn --after: rules that have changed since a model learnt them.
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "base/manifest.h"
#include "cli/program.h"
#include "decisions/database.h"

namespace pbb {
namespace {

class Relearn : public ProgramTest {
 protected:
  Relearn() {
    save_model(path("bytes"), byte_decoder(2048, 1), byte_tokenizer());
    rule("fee", "    if x > 10:\n        return 5\n    return 2\n");
    rule("rate", "    return x * 3\n");
  }
  void rule(const std::string& name, const std::string& body) const {
    fs::create_directories(path("rules"));
    write_file(path("rules") / (name + ".py"), "def " + name + "(x):\n" + body);
  }
  Outcome learn(const std::string& out, const std::string& after = "",
                const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"learn",       path("rules").string(),
                                 "--model",     path("bytes").string(),
                                 "--base",      "none",
                                 "--questions", "4",
                                 "--steps",     "3",
                                 "--out",       path(out).string()};
    if (!after.empty()) all.insert(all.end(), {"--after", path(after).string()});
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }
  // "fee 1 obsolete", and so on.
  std::vector<std::string> registered(const std::string& model) const {
    Database database(path(model) / "registry.sqlite", Database::Mode::read);
    Statement rules(database,
                    "SELECT name || ' ' || version || ' ' || status FROM rule ORDER BY name, version");
    std::vector<std::string> all;
    while (rules.step()) all.push_back(rules.text(0));
    return all;
  }
  static void expect(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks " << part;
  }
};

TEST_F(Relearn, AChangedRuleBecomesTheNextVersionAndTheOthersStay) {
  ASSERT_EQ(learn("m").code(), 0);
  const auto before = contents_checksum(path("m"));
  rule("fee", "    if x > 12:\n        return 7\n    return 2\n");
  rule("cap", "    return min(x, 40)\n");
  const Outcome outcome = learn("n", "m");
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  expect(outcome.out, "1 as before; changed: fee; new: cap\n");
  expect(outcome.out, "was version 1: of ");
  EXPECT_EQ(contents_checksum(path("m")), before);
  EXPECT_EQ(registered("n"),
            (std::vector<std::string>{"cap 1 valid", "fee 1 obsolete", "fee 2 valid", "rate 1 valid"}));

  const std::string recipe = read_file(path("n/recipe.toml"));
  expect(recipe, "\nknown = ['rate']\n");
  expect(recipe, "\nstart = '" + path("m").string() + "'\n");
  const nlohmann::json fee = read_json(path("n/rules/fee/certificate.json")).at("former");
  EXPECT_EQ(fee.at("version"), 1);
  EXPECT_GT(fee.at("questions_that_differ"), 0);
  EXPECT_LE(fee.at("questions_that_differ"), 8);
  for (const char* other : {"rate", "cap"})
    EXPECT_FALSE(read_json(path("n/rules") / other / "certificate.json").contains("former")) << other;

  // It stands on its own, goes on with the same command, and can be learnt on from in its turn.
  fs::rename(path("m"), path("elsewhere"));
  EXPECT_EQ(run({"ask", path("n").string(), "fee(11)"}).code(), 0);
  fs::rename(path("elsewhere"), path("m"));
  EXPECT_EQ(learn("n", "m").code(), 0);
  fs::remove(path("rules/rate.py"));
  rule("cap", "    return min(x, 50)\n");
  const Outcome third = learn("o", "n");
  ASSERT_EQ(third.code(), 0) << third.err;
  expect(third.out, "1 as before; changed: cap; gone: rate\n");
  EXPECT_EQ(registered("o"), (std::vector<std::string>{"cap 1 obsolete", "cap 2 valid", "fee 1 obsolete",
                                                       "fee 2 valid", "rate 1 obsolete"}));
}

TEST_F(Relearn, ItBeginsAsTheModelThatItIsLearntOnFrom) {
  ASSERT_EQ(learn("m").code(), 0);
  rule("fee", "    return 7\n");
  ASSERT_EQ(learn("n", "m").code(), 0);
  const auto weights = [&](const char* model) {
    return read_file(path(model) / "stages/reading/checkpoint/weights.f32");
  };
  EXPECT_TRUE(fs::exists(path("n/start/adapter_model.safetensors")));
  // The same from that copy alone, as a folder in PEFT's format.
  std::string recipe = read_file(path("n/recipe.toml"));
  const std::string start = "start = '" + path("m").string() + "'";
  recipe.replace(recipe.find(start), start.size(), "start = '" + path("n/start").string() + "'");
  write_file(path("again.toml"), recipe);
  ASSERT_EQ(run({"train", path("again.toml").string(), "--out", path("again").string()}).code(), 0);
  EXPECT_EQ(weights("again"), weights("n"));
  // And not without.
  recipe.erase(recipe.find("start = "), recipe.find('\n', recipe.find("start = ")) - recipe.find("start = "));
  write_file(path("without.toml"), recipe);
  ASSERT_EQ(run({"train", path("without.toml").string(), "--out", path("without").string()}).code(), 0);
  EXPECT_NE(weights("without"), weights("n"));
}

TEST_F(Relearn, WhatCannotBeLearntOnFromIsRefusedBeforeAnythingIsWritten) {
  ASSERT_EQ(learn("m").code(), 0);
  const auto expect_refused = [&](const Outcome& outcome, const std::string& part) {
    EXPECT_EQ(outcome.code(), 2) << outcome.out;
    expect(outcome.err, part);
    expect(outcome.err, "HINT");
    EXPECT_FALSE(fs::exists(path("n")));
  };
  expect_refused(learn("n", "m"), "there is nothing to learn");
  rule("fee", "    return 7\n");
  expect_refused(learn("m", "m"), "cannot be learnt on into itself");
  expect_refused(learn("n", "bytes"), "registry");
  write_file(path("other.toml"), read_file(path("m/recipe.toml")));
  ASSERT_EQ(run({"run", path("other.toml").string(), "adapter.start=" + path("m").string(), "adapter.rank=2",
                 "--out", path("n").string()})
                .code(),
            2);
  EXPECT_FALSE(fs::exists(path("n")));
  ASSERT_EQ(
      run({"run", path("other.toml").string(), "stage.reading.known=[\"feee\"]", "--out", path("n").string()})
          .code(),
      2);
  EXPECT_FALSE(fs::exists(path("n")));
}

}  // namespace
}  // namespace pbb
