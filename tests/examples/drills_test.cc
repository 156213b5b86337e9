// Drills: what is asked, what is right, what is trained.
#include "examples/drills.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>

#include "examples/byte_tokenizer.h"

namespace pbb {
namespace {

// The value of "7 - 12", in Python's sense; nothing where it is no plain operation on two integers.
std::optional<std::int64_t> evaluate(std::string_view text) {
  std::int64_t a = 0, b = 0;
  const auto first = std::from_chars(text.data(), text.data() + text.size(), a);
  text.remove_prefix(static_cast<std::size_t>(first.ptr - text.data()));
  if (first.ec != std::errc() || text.size() < 4 || text[0] != ' ') return std::nullopt;
  const std::string_view symbol = text.substr(1, text.find(' ', 1) - 1);
  const std::string_view rest = text.substr(symbol.size() + 2);
  const auto second = std::from_chars(rest.data(), rest.data() + rest.size(), b);
  if (second.ec != std::errc() || second.ptr != rest.data() + rest.size()) return std::nullopt;
  if (symbol == "+") return a + b;
  if (symbol == "-") return a - b;
  if (symbol == "*") return a * b;
  if (symbol == "//") return a / b;
  if (symbol == "%") return a % b;
  if (symbol == "<") return a < b;
  if (symbol == "<=") return a <= b;
  if (symbol == ">") return a > b;
  if (symbol == ">=") return a >= b;
  if (symbol == "==") return a == b;
  return std::nullopt;
}

TEST(Drills, ResultsAreThoseOfTheOperations) {
  Random random(1, "test");
  for (const DrillKind& kind : drill_kinds()) {
    int checked = 0;
    for (int i = 0; i < 200; ++i) {
      const DrillStep step = kind.draw(random);
      std::string_view question = step.question;
      const bool is_truth = question.ends_with(" is");
      if (question.ends_with(":")) continue;  // of several operations
      ASSERT_TRUE(is_truth || question.ends_with(" =")) << question;
      question.remove_suffix(is_truth ? 3 : 2);
      if (const auto equals = question.rfind("= "); !is_truth && equals != std::string_view::npos) {
        question.remove_prefix(equals + 2);
      }
      if (question.starts_with("return ")) question.remove_prefix(7);
      if (const auto value = evaluate(question)) {
        ++checked;
        EXPECT_EQ(step.result,
                  is_truth ? fmt::format(" {}", *value != 0 ? "True" : "False") : fmt::format(" {}", *value))
            << step.question;
      }
    }
    if (kind.name.find("sum") != std::string_view::npos && !kind.name.starts_with("decimal")) {
      EXPECT_EQ(checked, 200) << kind.name;
    }
  }
}

TEST(Drills, OnlyResultsAreTrainedAndEachIsARunOfItsOwn) {
  const Tokenizer tokenizer = byte_tokenizer();
  const std::vector<double> shares(drill_kinds().size(), 1.0);
  Random random(1, "test");
  const DrillPlan plan = draw_drill_plan(shares, 12, random);
  const Example example = make_drills(tokenizer, plan, random);
  std::string trained;
  int runs = 0;
  for (std::size_t i = 1; i < example.tokens.size(); ++i) {
    if (example.trained[i] == 0) continue;
    if (example.trained[i - 1] == 0) ++runs;
    trained += tokenizer.decode(std::span(&example.tokens[i], 1), true);
  }
  EXPECT_EQ(runs, 12);
  EXPECT_EQ(std::ranges::count(trained, ';'), 11);
  EXPECT_TRUE(trained.ends_with("<|endoftext|>"));
}

TEST(Drills, SharesFollowErrorsAndWhatIsMasteredKeepsALittle) {
  std::vector<double> errors(drill_kinds().size(), 0.0);
  errors[1] = 0.5;
  const auto shares = drill_shares(errors);
  EXPECT_GT(shares[0], 0);
  const auto weight = [&](std::size_t kind) { return shares[kind] / drill_kinds()[kind].share; };
  EXPECT_GT(weight(1), 4 * weight(0));
  // A kind that is hardly learnt takes no more than one that is nearly: the others would be forgotten for it.
  errors[2] = 0.15;
  EXPECT_EQ(drill_shares(errors)[2] / drill_kinds()[2].share, weight(1));
}

}  // namespace
}  // namespace pbb
