// The domain `everyday`: what every drawn program must be, and what must occur among many.
#include "programs/domains/everyday.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "programs/names.h"
#include "programs/source_text.h"
#include "python_runner.h"

namespace pbb {
namespace {

std::vector<EverydayProgram> draw_many(int count, std::uint64_t seed) {
  Random random(seed, "everyday");
  std::vector<EverydayProgram> all;
  for (int i = 0; i < count; ++i) all.push_back(draw_everyday({}, draw_everyday_name(random), random));
  return all;
}

TEST(Everyday, TheSameSeedGivesTheSameProgramsAndInputs) {
  const auto all = draw_many(50, 4), again = draw_many(50, 4);
  Random random(4, "inputs"), same(4, "inputs");
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].program.source, again[i].program.source);
    EXPECT_EQ(draw_everyday_input(all[i], random), draw_everyday_input(again[i], same));
  }
}

// Nothing else: no name that is not there, no operation on what does not have it.
TEST(Everyday, ProgramsReturnOrRaiseWhatTheySay) {
  const auto all = draw_many(400, 1);
  Random random(1, "inputs");
  std::vector<ProgramCall> calls;
  for (const EverydayProgram& everyday : all) {
    for (int i = 0; i < 5; ++i) {
      calls.push_back({.source = everyday.program.source,
                       .name = everyday.program.name,
                       .arguments = draw_everyday_input(everyday, random)});
    }
  }
  const auto results = run_in_python(calls);
  ASSERT_EQ(results.size(), calls.size());
  int returned = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (results[i].status == CallStatus::returned) {
      ++returned;
      continue;
    }
    ASSERT_EQ(results[i].status, CallStatus::raised) << calls[i].source;
    const std::string type = results[i].detail.substr(0, results[i].detail.find('('));
    const bool says =
        calls[i].source.find("raise " + type) != std::string::npos ||
        (type == "AssertionError" && calls[i].source.find("assert ") != std::string::npos) ||
        (type == "ZeroDivisionError" && calls[i].source.find(" / pack)") != std::string::npos) ||
        (type == "KeyError" && calls[i].source.find('[') != std::string::npos);
    EXPECT_TRUE(says) << results[i].detail << " from " << call_text(calls[i].name, calls[i].arguments) << "\n"
                      << calls[i].source;
  }
  EXPECT_GT(returned, 1400);
  EXPECT_LT(returned, 1980);
}

TEST(Everyday, EveryFeatureOccursAmongFiveHundred) {
  const auto all = draw_many(500, 2);
  const std::map<std::string, std::string> features = {
      {"a default", R"(def \w+\([^)]*=)"},
      {"keyword-only", R"(def \w+\([^)]*\*, )"},
      {"type hints", R"(def \w+\([^)]*: (int|float|str)[^)]*\) -> )"},
      {"None in a hint", R"(\| None)"},
      {"a docstring", R"("""\S)"},
      {"an Args section", "        \\w+: "},
      {"a comment", "  # "},
      {"Japanese", "[\xe3-\xe9]"},
      {"a constant", "(^|\n)[A-Z_]+ = [0-9.]+"},
      {"a float", R"([0-9]\.[0-9])"},
      {"grouped digits", "[0-9]_000"},
      {"a percentage", R"(// 100)"},
      {"round", R"(round\([a-z_]+, [12]\))"},
      {"int", R"(= int\()"},
      {"raise", "raise ValueError\\("},
      {"an f-string message", R"(raise \w+\(f)"},
      {"assert", "assert "},
      {"a table", R"(\{["'])"},
      {"a tall table", "= \\{\n    [\"']"},
      {"get", R"(\.get\()"},
      {"an element", R"(\w\[\w+\])"},
      {"not in", " not in "},
      {"in a tuple", R"( in \()"},
      {"in a set", R"( in \{)"},
      {"is None", " is None"},
      {"is not None", " is not None"},
      {"and", " and "},
      {"or", " or "},
      {"not", "if not "},
      {"a chained comparison", R"([0-9] <=? [a-z_]+ <=? [0-9])"},
      {"elif", "elif "},
      {"a nested if", "\n        if "},
      {"a conditional expression", R"(= \S+ if .* else )"},
      {"match", "match "},
      {"a guard", "case .* if "},
      {"alternatives", R"(case ["'].* \| )"},
      {"min or max", R"((min|max)\()"},
      {"abs", R"(abs\()"},
      {"lower", R"(\.lower\(\))"},
      {"strip", R"(\.strip\(\))"},
      {"upper", R"(\.upper\(\))"},
      {"an f-string", R"(return f["'])"},
      {"brackets", R"(for \w+, \w+ in )"},
      {"a loop over a list", "for item in "},
      {"enumerate", R"(enumerate\()"},
      {"bisect", R"(\[bisect)"},
      {"a helper", "def [^\n]*\n    .*\n\n\ndef |def [^\n]*\n(    .*\n)+\n\ndef "},
      {"Enum", R"(\(Enum\))"},
      {"Decimal", R"(Decimal\()"},
      {"math", R"(math\.)"},
      {"decimals rounded as money", "quantize"},
      {"a decorator", "@functools.wraps"},
      {"a decorator with an argument", R"(@\w+\(["'])"},
      {"a helper's value returned", R"(\n    return \w+\([a-z_]+\)\n)"},
      {"a range asserted", R"(assert [0-9._]+ <= \w+ <= )"},
      {"a case of the empty text", R"(case (''|""):)"},
      {"an older rule beside", R"((max|min)\(\w+\(\w+\), )"},
      {"a decision and an amount", "return True, "},
      {"several targets", R"(\w+ = \w+ = 0|\w+, \w+ = 0, 0)"},
      {"None or empty", R"(is None or \w+ == ["']["'])"},
      {"Japanese names", "def [^\n]*\\([^\n]*[\xe3-\xe9]"},
      {"a tuple returned", R"(return \w+ \S+ \S+, )"},
      {"True or False returned", "return (True|False)\n"},
      {"None returned", "return None"},
      {"the file run as a script", R"(if __name__ == ["']__main__["']:\n    (print|result = ))"},
      {"a call in the docstring", R"(For example: \w+\()"},
      {"the module's docstring", "^\"\"\""},
      {"another parameter behind a list",
       R"(def \w+\((items|prices|readings|amounts|scores|times|counts)[^,)]*, )"},
  };
  for (const auto& [name, pattern] : features) {
    const std::regex expression(pattern);
    const auto count = std::ranges::count_if(
        all, [&](const EverydayProgram& one) { return std::regex_search(one.program.source, expression); });
    EXPECT_GE(count, 2) << name;
  }
}

TEST(Everyday, HalfOfTheNumbersLieNearTheProgramsBounds) {
  const auto all = draw_many(300, 3);
  Random random(3, "inputs");
  int near = 0, numbers = 0, none = 0, unknown = 0, shorter = 0, below_zero = 0;
  for (const EverydayProgram& everyday : all) {
    for (int i = 0; i < 10; ++i) {
      const Input input = draw_everyday_input(everyday, random);
      ASSERT_LE(input.size(), everyday.parameters.size());
      shorter += input.size() < everyday.parameters.size();
      for (std::size_t k = 0; k < input.size(); ++k) {
        const EverydayParameter& parameter = everyday.parameters[k];
        const auto* word = std::get_if<std::string>(&input[k].data);
        none += std::holds_alternative<std::monostate>(input[k].data);
        unknown += word && (*word == "other" || *word == "none" || word->empty());
        const auto* whole = std::get_if<std::int64_t>(&input[k].data);
        const auto* decimal = std::get_if<double>(&input[k].data);
        if ((!whole && !decimal) || parameter.bounds.empty()) continue;
        const double value = whole ? static_cast<double>(*whole) : *decimal;
        below_zero += value < 0;
        const double reach = (parameter.step >= 1 ? 1 : parameter.step) + 1e-9;
        ++numbers;
        near += std::ranges::any_of(parameter.bounds,
                                    [&](double bound) { return std::abs(value - bound) <= reach; });
      }
    }
  }
  EXPECT_GT(near, numbers / 2);
  EXPECT_LT(near, numbers * 4 / 5);
  for (const int seen : {none, unknown, shorter, below_zero}) EXPECT_GT(seen, 20);
}

TEST(Everyday, SourcesAreShortAndDefineTheirFunction) {
  for (const EverydayProgram& everyday : draw_many(300, 5)) {
    const std::string& source = everyday.program.source;
    const auto head = find_function(source, everyday.program.name);
    ASSERT_TRUE(head) << source;
    const auto given = std::ranges::count(everyday.parameters, false, &EverydayParameter::keyword_only);
    EXPECT_EQ(std::ssize(head->parameters), given) << source;
    EXPECT_LE(std::ranges::count(source, '\n'), 48) << source;
    EXPECT_LE(source.size(), 1500u) << source;
  }
}

// No name of a made corpus's programs; and what an evaluation on realistic files reads is not drawn either.
TEST(Everyday, NamesAreOfNoCorpus) {
  std::set<std::string> imported;
  for (const auto& file : std::filesystem::directory_iterator(
           std::filesystem::path(PBB_GOLDEN).parent_path() / "sandbox/rules")) {
    imported.insert(file.path().stem().string());
  }
  ASSERT_GT(imported.size(), 20u);
  Random random(6, "names");
  std::set<std::string> drawn;
  for (int i = 0; i < 4000; ++i) {
    const std::string name = draw_everyday_name(random);
    EXPECT_TRUE(is_identifier(name)) << name;
    EXPECT_TRUE(is_fresh_name(name)) << name;
    EXPECT_FALSE(imported.contains(name)) << name;
    EXPECT_FALSE(is_fresh_name(draw_name(random)));
    drawn.insert(name);
  }
  EXPECT_GT(drawn.size(), 2000u);
}

}  // namespace
}  // namespace pbb
