// The domains: what every candidate must be, whatever the options; and the table of them.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <regex>
#include <set>

#include "programs/domains/arithmetic.h"
#include "programs/domains/rules.h"
#include "programs/domains/table.h"
#include "programs/execute.h"
#include "programs/names.h"
#include "programs/source_text.h"
#include "python_runner.h"

namespace pbb {
namespace {

ArithmeticOptions wide_options() {
  ArithmeticOptions options;
  options.min_statements = 1;
  options.max_statements = 5;
  options.operators = "+-*//%";
  options.min_input = -20;
  options.max_input = 40;
  options.branch_share = options.loop_share = options.call_share = 0.25;
  return options;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    lines.push_back(text.substr(at, text.find('\n', at) - at));
  }
  return lines;
}

TEST(DomainTable, EveryRowDrawsProgramsOfItsNameAndKindsWithDifferentInputs) {
  std::set<std::string> names;
  for (const Domain& domain : domains()) {
    EXPECT_TRUE(names.insert(domain.name).second) << domain.name;
    EXPECT_EQ(find_domain(domain.name), &domain);
    Random random(1, domain.name);
    std::set<std::string> kinds;
    for (int i = 0; i < 200; ++i) {
      const FreshDraft draft =
          domain.fresh.draw({.executions = 3, .taken_names = {}, .drawn_names = {}}, random);
      EXPECT_EQ(draft.program.domain, domain.name);
      EXPECT_TRUE(is_fresh_name(draft.program.name)) << draft.program.name;
      EXPECT_EQ(has_plain_calls(draft.program), domain.has_plain_calls);
      kinds.insert(draft.program.kind);
      std::set<std::string> calls;
      for (const Input& input : draft.inputs) EXPECT_TRUE(calls.insert(call_text("", input)).second);
      EXPECT_FALSE(calls.empty());
    }
    EXPECT_EQ(kinds, std::set(domain.kinds.begin(), domain.kinds.end())) << domain.name;
  }
  EXPECT_EQ(find_domain("imported"), nullptr);
}

TEST(DomainTable, UsersRulesAreShownFirstAndWhatIsNearestToThemNext) {
  EXPECT_LT(place_when_shown("imported"), place_when_shown("everyday"));
  EXPECT_LT(place_when_shown("everyday"), place_when_shown("rules"));
  EXPECT_LT(place_when_shown("rules"), place_when_shown("arithmetic"));
}

TEST(DomainTable, EveryRowThatCorporaAreMadeOfDrawsThemByItsOwnOptions) {
  for (const DomainRequest& request : domain_requests()) {
    const CorpusDomain& made = *request.domain->corpus;
    made.check(request.options);
    made.check_inputs(request.options, 20);
    Random random(2, request.domain->name);
    const Program program = made.draw(request.options, random);
    EXPECT_EQ(program.domain, request.domain->name);
    EXPECT_FALSE(made.draw_input(request.options, program, random).empty());
    EXPECT_EQ(made.probes(request.options, program, 7), made.probes(request.options, program, 7));
    EXPECT_FALSE(made.summary(request.options).empty());
    EXPECT_FALSE(made.help.empty());
  }
}

TEST(DomainTable, SharesAreNamedByDomainAndTheFirstTakesWhatIsLeft) {
  const DomainShares shares = {{"rules", 0.25}};
  std::vector<std::string> keys;
  for (const auto& share : shares.shares()) keys.push_back(fmt::format("{} {}", share.key, share.share));
  EXPECT_EQ(keys, (std::vector<std::string>{"everyday_share 0", "rules_share 0.25"}));
  EXPECT_THROW(DomainShares({{"arithmetic", 0.5}}), Error);
  EXPECT_THROW(DomainShares({{"nothing", 0.5}}), Error);
}

TEST(Names, AreCapitalisedIdentifiersFromALargeSpace) {
  Random random(1, "names");
  std::set<std::string> names;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = draw_name(random);
    EXPECT_TRUE(is_identifier(name)) << name;
    EXPECT_TRUE(name[0] >= 'A' && name[0] <= 'Z') << name;
    names.insert(name);
  }
  EXPECT_GT(names.size(), 1950u);  // of 105,000 names about 19 in 2,000 draws come twice
}

TEST(Arithmetic, StraightLineIsWrittenAsPromised) {
  Random random(1, "arithmetic");
  const Program program = draw_arithmetic({}, random);
  const auto lines = lines_of(program.source);
  ASSERT_EQ(lines.size(), 4u) << program.source;
  EXPECT_EQ(lines[0], "def " + program.name + "(x):");
  EXPECT_TRUE(lines[1].starts_with("    x = x ") && lines[2].starts_with("    x = x ")) << program.source;
  EXPECT_EQ(lines[3], "    return x");
  EXPECT_EQ(program.domain, "arithmetic");
  EXPECT_EQ(program.kind, "straight-line");
  const std::string prose = program.find_view("prose")->text;
  EXPECT_TRUE(prose.starts_with(program.name + " takes a whole number x. ")) << prose;
}

TEST(Arithmetic, OperatorsAreChosenUniformly) {
  Random random(2, "arithmetic");
  std::map<char, int> counts;
  for (int i = 0; i < 1500; ++i) {
    const Program program = draw_arithmetic({}, random);
    for (const auto& line : lines_of(program.source)) {
      if (line.starts_with("    x = x ")) ++counts[line[10]];
    }
  }
  for (char symbol : {'+', '-', '*'}) EXPECT_NEAR(counts[symbol], 1000, 90) << symbol;
}

// Every input of the range, run: bounded, never an exception, both arms and every line used, no statement
// twice.
TEST(Arithmetic, EveryLineMattersAndEveryValueIsBounded) {
  const ArithmeticOptions options = wide_options();
  Random random(3, "arithmetic");
  std::vector<Program> programs;
  std::vector<ProgramCall> calls;
  std::vector<Input> inputs;
  for (std::int64_t x : spaced_inputs(options, 1000)) inputs.emplace_back(1).front().data = x;
  ASSERT_EQ(inputs.size(), 61u);
  for (int i = 0; i < 60; ++i) {
    programs.push_back(draw_arithmetic(options, random));
    add_calls(programs.back(), inputs, true, calls);
  }
  const auto results = run_calls(run_in_python, calls);
  std::set<std::string> kinds;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const auto lines = lines_of(programs[i].source);
    std::set<std::string> statements;
    std::set<int> used;
    bool changes = false;
    for (const auto& line : lines) {
      if (line.empty()) continue;
      const std::string statement = line.substr(line.find_first_not_of(' '));
      if (!statement.starts_with("x = ")) continue;
      EXPECT_TRUE(statements.insert(statement).second) << programs[i].source;
    }
    for (std::size_t j = 0; j < inputs.size(); ++j) {
      const CallResult& result = results[i * inputs.size() + j];
      ASSERT_EQ(result.status, CallStatus::returned) << programs[i].source << result.detail;
      const auto output = std::get<std::int64_t>(result.output.data);
      EXPECT_LE(std::abs(output), 9999) << programs[i].source;
      changes |= !(result.output == inputs[j][0]);
      for (const TraceStep& step : result.trace) used.insert(step.line);
    }
    EXPECT_TRUE(changes) << programs[i].source;
    for (std::size_t line = 2; line <= lines.size(); ++line) {
      const std::string& text = lines[line - 1];
      const bool runs = used.contains(static_cast<int>(line)) || text == "    else:" || text.empty() ||
                        text.starts_with("def ");
      EXPECT_TRUE(runs) << "line " << line << " of\n" << programs[i].source;
    }
    kinds.insert(programs[i].kind);
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"straight-line", "branch", "loop", "call"}));
}

TEST(Arithmetic, ACallIsOfOneHelperBelowTheProgramWhoseHeadComesFirst) {
  ArithmeticOptions options;
  options.call_share = 1;
  Random random(4, "arithmetic");
  for (int i = 0; i < 50; ++i) {
    const Program program = draw_arithmetic(options, random);
    EXPECT_EQ(program.kind, "call");
    EXPECT_TRUE(program.source.starts_with("def " + program.name + "(x):\n")) << program.source;
    const std::size_t second = program.source.find("\n\ndef ");
    ASSERT_NE(second, std::string::npos) << program.source;
    const std::string helper =
        program.source.substr(second + 6, program.source.find('(', second) - second - 6);
    EXPECT_NE(program.source.find("    x = " + helper + "(x)\n"), std::string::npos) << program.source;
  }
}

TEST(Arithmetic, OptionsOutOfRangeAreRefusedByName) {
  const auto message = [](auto change) {
    ArithmeticOptions options;
    change(options);
    return input_error([&] { check_options(options); });
  };
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  expect(message([](auto& o) { o.max_statements = 1; }), "max_statements is 1, expected 2 to 12 HINT");
  expect(message([](auto& o) { o.min_constant = 0; }), "min_constant is 0");
  expect(message([](auto& o) { o.max_factor = 1; }), "max_factor is 1");
  expect(message([](auto& o) { o.max_input = 0; }), "max_input is 0, expected 1 to 999");
  expect(message([](auto& o) { o.loop_share = 1.5; }), "loop_share is 1.5");
  expect(message([](auto& o) { o.branch_share = std::nan(""); }), "branch_share is nan");
  expect(message([](auto& o) { o.operators = "+-/"; }), "\"/\" is not one of them");
  expect(message([](auto& o) { o.operators = "++"; }), "\"+\" is listed twice");
  expect(message([](auto& o) { o.operators = ""; }), "operators is empty");
}

TEST(Arithmetic, OptionsThatAllowNothingSaySoAndDoNotLoop) {
  ArithmeticOptions options;
  options.min_statements = options.max_statements = 6;
  options.min_constant = options.max_constant = 1;
  options.operators = "+-";  // x + 1, x - 1 and no other statement
  Random random(1, "arithmetic");
  EXPECT_NE(input_error([&] { draw_arithmetic(options, random); }).find("allow fewer statements"),
            std::string::npos);
}

TEST(Rules, AreShortAndUseEveryArgument) {
  RulesOptions options;
  Random random(1, "rules");
  std::set<std::string> kinds, signatures;
  for (int i = 0; i < 400; ++i) {
    const Program program = draw_rule(options, random);
    const auto lines = lines_of(program.source);
    EXPECT_GE(lines.size(), 4u);
    EXPECT_LE(lines.size(), 9u) << program.source;
    const auto head = find_function(program.source, program.name);
    ASSERT_TRUE(head) << program.source;
    const std::string body = program.source.substr(program.source.find('\n'));
    for (const auto& name : head->parameters) {
      EXPECT_TRUE(std::regex_search(body, std::regex("\\b" + name + "\\b"))) << program.source;
    }
    std::set<std::string> results;
    for (const auto& line : lines) {
      if (const auto at = line.find("return "); at != std::string::npos) {
        EXPECT_TRUE(results.insert(line.substr(at)).second) << program.source;
      }
    }
    kinds.insert(program.kind);
    signatures.insert(rule_signature(program));
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"stock", "quality", "price", "eligibility"}));
  EXPECT_GE(signatures.size(), 10u);
}

TEST(Rules, OnlyTheKindsAskedForAndNoMoreConditionsThanAllowed) {
  RulesOptions options;
  options.quality = options.stock = options.price = false;
  options.max_conditions = 1;
  Random random(1, "rules");
  for (int i = 0; i < 100; ++i) {
    const Program program = draw_rule(options, random);
    EXPECT_EQ(program.kind, "eligibility");
    EXPECT_EQ(program.source.find("if "), program.source.rfind("if ")) << program.source;
  }
  options.eligibility = false;
  EXPECT_NE(input_error([&] { draw_rule(options, random); }).find("eligibility"), std::string::npos);
  options = {};
  options.max_conditions = 0;
  EXPECT_NE(input_error([&] { draw_rule(options, random); }).find("max_conditions is 0"), std::string::npos);
}

TEST(Rules, HalfOfTheInputsAreAtTheBounds) {
  const Program program{
      .name = "Blorvax",
      .source =
          "def Blorvax(stock, season):\n    if stock < 12:\n        return 1\n    if season == "
          "'winter':\n        return 2\n    return 3\n",
      .views = {},
      .domain = "rules",
      .kind = "stock"};
  Random random(1, "inputs");
  int near = 0;
  std::set<std::string> seasons;
  for (int i = 0; i < 1000; ++i) {
    const auto input = draw_rule_input(program, random);
    ASSERT_EQ(input.size(), 2u);
    near += std::abs(std::get<std::int64_t>(input[0].data) - 12) <= 1;
    seasons.insert(std::get<std::string>(input[1].data));
  }
  EXPECT_NEAR(near, 525, 60);
  EXPECT_EQ(seasons.size(), 3u);
}

TEST(Rules, EveryBranchIsReachedAndNothingRaises) {
  Random random(4, "rules");
  std::vector<Program> programs;
  std::vector<ProgramCall> calls;
  for (int i = 0; i < 40; ++i) {
    programs.push_back(draw_rule({}, random));
    std::vector<Input> inputs;
    for (int j = 0; j < 120; ++j) inputs.push_back(draw_rule_input(programs.back(), random));
    add_calls(programs.back(), inputs, true, calls);
  }
  const auto results = run_calls(run_in_python, calls);
  int unreached = 0;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    std::set<int> used;
    for (std::size_t j = 0; j < 120; ++j) {
      const CallResult& result = results[i * 120 + j];
      ASSERT_EQ(result.status, CallStatus::returned) << programs[i].source << result.detail;
      for (const TraceStep& step : result.trace) used.insert(step.line);
    }
    unreached += used.size() + 1 < lines_of(programs[i].source).size();
  }
  EXPECT_LE(unreached, 2);  // a rare branch of three arguments may be missed by 120 inputs
}

TEST(SourceText, FindsFunctionsAndTheirParameters) {
  const auto heads = find_functions(
      "import math\n\ndef f(a, b: int = g(1, 2), *rest, key=3, **more):\n    def inner(z): pass\n"
      "class C:\n    def method(self): pass\ndef g(\n    x,\n    y,  \n):\n    pass\ndef h(): pass\ndef "
      "broken\n");
  ASSERT_EQ(heads.size(), 3u);
  EXPECT_EQ(heads[0].name, "f");
  EXPECT_EQ(heads[0].line, 3);
  EXPECT_EQ(heads[0].parameters, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(heads[0].required, 1u);
  EXPECT_TRUE(heads[0].any_number);
  EXPECT_EQ(heads[1].parameters, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(heads[1].line, 7);
  EXPECT_TRUE(heads[2].parameters.empty());
  for (const char* name : {"", "1a", "a-b", "../x", "def", "é", "a b"})
    EXPECT_FALSE(is_identifier(name)) << name;
}

}  // namespace
}  // namespace pbb
