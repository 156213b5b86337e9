// Inputs that the survey makes up: at which answers change, and for practice.
#include <sys/stat.h>

#include <map>
#include <set>

#include "import_folder.h"
#include "programs/verify.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using Import = testing_import::Import;

TEST_F(Import, ProposedInputsMeetTheConstantsThatDecide) {
  // Each raises at a boundary that no one would meet by chance, and what it then does is found.
  const std::string source =
      "LIMITS = {'gold': 1}\n\ndef f(points: int, tier: str = 'none'):\n    if points == 73451:\n"
      "        return %s\n    if tier in LIMITS:\n        return %s\n    return 0\n";
  const auto with = [&](const char* first, const char* second) {
    std::string text = source;
    text.replace(text.find("%s"), 2, first);
    return text.replace(text.find("%s"), 2, second);
  };
  expect(row("f", with("hash('salt')", "1")), "f(73451");
  expect(row("f", with("1", "hash('salt')")), "'gold') gives");
  expect(row("f", with("1", "2")), "accepted");
}

// case boundaries: each constant and its neighbours, a look-up and a missing key, a helper's constant, None.
TEST_F(Import, BoundariesAreInputsAtWhichTheAnswerChanges) {
  write("fee.py",
        "RATES = {'home': 5, 'away': 9}\n"
        "def weighed(kilos):\n    return 3 if kilos > 30 else 0\n"
        "def fee(kilos, zone, club=None):\n"
        "    if kilos <= 0:\n        raise ValueError('no weight')\n"
        "    if club is None:\n        return RATES.get(zone, 20) + weighed(kilos)\n"
        "    return 0\n");
  options_.boundary_inputs = 64;
  import(1);
  const auto asked = answers("fee");
  EXPECT_EQ(asked.size(), imported_.boundary_calls.at("fee").size());
  std::set<std::string> outcomes;
  for (const auto& [call, outcome] : asked) outcomes.insert(outcome);
  for (const char* outcome : {"0", "5", "8", "9", "20", "23", "raises ValueError"})
    EXPECT_TRUE(outcomes.contains(outcome)) << outcome;
  const auto asks = [&](const std::string& start) {
    return std::ranges::any_of(asked, [&](const auto& entry) { return entry.first.starts_with(start); });
  };
  for (const char* kilos : {"(0, ", "(1, ", "(-1, ", "(30, ", "(31, "}) EXPECT_TRUE(asks(kilos)) << kilos;
  // Few of them: each of its three ways first.
  options_.boundary_inputs = 4;
  import(1);
  outcomes.clear();
  for (const auto& [call, outcome] : answers("fee")) outcomes.insert(outcome);
  EXPECT_GE(outcomes.size(), 3u);
  EXPECT_TRUE(outcomes.contains("0") && outcomes.contains("raises ValueError")) << *outcomes.begin();
}

TEST_F(Import, DecimalsAreGivenAndReturnedAndTheirBoundariesMet) {
  write("due.py",
        "from decimal import Decimal\n\nRATE = Decimal('0.19')\n\n\n"
        "def due(net: Decimal, discount=Decimal('0.00')) -> Decimal:\n"
        "    if net >= Decimal('49.90'):\n        return net - discount\n"
        "    return net * (1 + RATE) - discount\n");
  options_.boundary_inputs = 32;
  import(1);
  std::string asked;
  for (const auto& [call, outcome] : answers("due")) {
    asked += call + "\n";
    EXPECT_TRUE(outcome.starts_with("Decimal('")) << call << " " << outcome;
  }
  for (const char* start : {"(Decimal('49.90')", "(Decimal('49.89')", "(Decimal('49.91')"})
    EXPECT_NE(asked.find(start), std::string::npos) << asked;
  expect(
      row("f",
          "from decimal import Decimal\n\ndef f(x):\n    \"\"\"\n    >>> f(2)\n    Decimal('5')\n    \"\"\"\n"
          "    return Decimal(x) * 2\n"),
      "the doctest has Decimal('5') for f(2), the code gives Decimal('4')");
}

TEST_F(Import, PracticeIsOnMadeUpInputsThatAreNotHeldOutAndLeavesThoseBesideAProgramToTheTest) {
  write("fee.py", "def fee(kilos):\n    if kilos > 30:\n        return 9\n    return kilos // 3\n");
  write("fee.inputs.jsonl", "[1]\n[30]\n[31]\n[90]\n");
  write("bare.py", "def bare(x):\n    return 'L' if x >= 12 else 'S'\n");
  options_.boundary_inputs = 3;
  options_.practice_inputs = 6;
  import(0);
  const Corpus corpus = read_corpus(folder_);
  for (const char* name : {"fee", "bare"}) {
    const Program& program = *corpus.find(name);
    ASSERT_EQ(program.split, Split::with_io) << name;
    const auto train = read_training_executions(corpus, program);
    EXPECT_FALSE(train.empty());
    EXPECT_LE(train.size(), 6u);
    std::set<std::string> outcomes;
    for (const Execution& one : train) {
      outcomes.insert(outcome_text(one.outcome));
      EXPECT_EQ(std::ranges::count(held_out(name), call_text("", one.arguments)), 0) << name;
    }
    EXPECT_GE(outcomes.size(), 2u) << name << ": every way through it is practised";
  }
  for (const char* call : {"(1)", "(30)", "(31)", "(90)"})
    EXPECT_EQ(std::ranges::count(held_out("fee"), call), 1) << call;
}

TEST_F(Import, WhatLittleDecidesIsPractisedBeyondItAndWhatIsAllHeldOutIsReadAlone) {
  write("cost.py",
        "def cost(pieces, fragile):\n    price = 2 + pieces // 3\n    return price * 2 if fragile else "
        "price\n");
  write("flag.py", "def flag(ready):\n    return 'go' if ready else 'wait'\n");
  options_.boundary_inputs = 64;
  options_.practice_inputs = 6;
  import(0);
  const Corpus corpus = read_corpus(folder_);
  EXPECT_GE(read_training_executions(corpus, *corpus.find("cost")).size(), 3u);
  EXPECT_EQ(corpus.find("flag")->split, Split::source_only);
  EXPECT_FALSE(held_out("flag").empty());
}

TEST_F(Import, BoundariesAreOfTheKindThatARuleIsWrittenForAndNotTold) {
  options_.boundary_inputs = 64;
  row("pay",
      "def pay(hours, rate: float):\n    # pay([], 1.0) is 0\n    total = 0\n    for hour in hours:\n"
      "        total += max(0, hour - 8)\n    return total * rate\n");
  ASSERT_FALSE(imported_.boundary_calls.at("pay").empty());
  for (const auto& [call, outcome] : answers("pay")) {
    EXPECT_TRUE(call.starts_with("([")) << call;
    EXPECT_EQ(outcome.find("TypeError"), std::string::npos) << call;
    EXPECT_NE(call, "([], 1.0)");
  }
  row("size",
      "def size(order):\n    if order['pieces'] >= 12 and order.get('kind') == 'oak':\n        return 'L'\n"
      "    return 'S'\n");
  std::set<std::string> outcomes;
  for (const auto& [call, outcome] : answers("size")) outcomes.insert(outcome);
  EXPECT_TRUE(outcomes.contains("'L'") && outcomes.contains("'S'")) << import_table(imported_.files);
}

}  // namespace
}  // namespace pbb
