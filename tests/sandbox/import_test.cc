// A folder of a user's own .py files, judged by the sandbox: what is taken, what is refused with which
// reason, and what of it is held out.
#include <sys/stat.h>

#include <map>
#include <set>

#include "import_folder.h"
#include "programs/verify.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using Import = testing_import::Import;

TEST_F(Import, BecomesACorpusWithTrueAnswers) {
  write("double.py", "import math\n\ndef double(x):\r\n    return x * 2\n");
  write("double.inputs.jsonl", "[5]\n[1.5]\n[\"ab\"]\n\n[[1, 2]]\n\"((1, 2),)\"\n[true]\n");
  write("notes.py", "def join(a, b='-'):\n    return a + b\n");
  write("notes.io.jsonl", "{\"input\": [\"'x'\"], \"output\": \"'x-'\"}\n");
  write("bare.py", "def bare(x):\n    return x\n");
  import();
  const Corpus corpus = read_corpus(folder_);
  ASSERT_EQ(corpus.programs.size(), 3u);
  EXPECT_EQ(corpus.find("double")->split, Split::with_io);
  EXPECT_EQ(corpus.find("double")->source.find('\r'), std::string::npos);
  EXPECT_EQ(answers("double"), (std::map<std::string, std::string>{{"(5)", "10"},
                                                                   {"(1.5)", "3.0"},
                                                                   {"('ab')", "'abab'"},
                                                                   {"([1, 2])", "[1, 2, 1, 2]"},
                                                                   {"((1, 2))", "(1, 2, 1, 2)"},
                                                                   {"(True)", "2"}}));
  EXPECT_EQ(held_out("double").size(), 1u);
  EXPECT_EQ(corpus.find("join")->split, Split::source_only);  // one input cannot be both trained and tested
  EXPECT_EQ(held_out("join").size(), 1u);
  EXPECT_EQ(corpus.find("bare")->split, Split::source_only);
  EXPECT_TRUE(held_out("bare").empty());
}

TEST_F(Import, TheShareOfSourceOnlyProgramsIsAsAsked) {
  for (char letter = 'a'; letter < 'g'; ++letter) {
    const std::string name(1, letter);
    write(name + ".py", "def " + name + "(x):\n    return x + " + std::to_string(letter) + "\n");
    if (letter != 'a') write(name + ".inputs.jsonl", "[1]\n[2]\n[3]\n");
  }
  import(0.5);
  EXPECT_EQ(std::ranges::count(imported_.corpus.programs, Split::source_only, &Program::split), 3);
  EXPECT_EQ(imported_.corpus.find("a")->split, Split::source_only);
}

TEST_F(Import, WhatIsWrongIsNamedWithFileAndLine) {
  const std::string f = "def f(x):\n    return 12 // x\n";
  expect(row("f", "x = 1\ndef _g(x):\n    return 1 // x\ndef _h(x):\n    return x\n"),
         "f.py:4: 2 functions in it, and none is called f");
  expect(row("f", "x = 1\n"), "f.py:1: no function in it");
  expect(row("f", "def f(x):\n    return (x\n"), "f.py:2: Python cannot read it: '(' was never closed");
  expect(row("f", "def f(x):\n    return '\xff'\n"), "f.py:2: byte 0xff is not text in UTF-8");
  expect(row("f", f, "[1]\n[1, 2]\n"), "f.inputs.jsonl:2: \"input\" has 2 arguments, but f takes 1");
  expect(row("f", f, "[1]\n[1]\n"), "f.inputs.jsonl:2: f(1) is asked for twice");
  expect(row("f", f, "[1]\n5\n"), "f.inputs.jsonl:2: 5 is no list of arguments");
  expect(row("f", f, "\"(x,)\"\n"), "f.inputs.jsonl:1: \"(x,)\" is no list of arguments");
  expect(row("f", f, "[99999999999999999999999]\n"), "f.inputs.jsonl:1: 1e+23 is too large for JSON");
  expect(row("f", f, "[" + std::string(5000, '[') + std::string(5000, ']') + "]\n"),
         "nested deeper than 100");
  expect(row("f", f, "[1\n"), "f.inputs.jsonl:1: not JSON");
  const auto with_executions = [&](const std::string& lines) {
    write("f.io.jsonl", lines);
    import();
    return import_table(imported_.files);
  };
  expect(with_executions("{\"input\": [\"4\"], \"output\": \"4\"}\n"),
         "f.inputs.jsonl: there is f.io.jsonl too");
  fs::remove(python_ / "f.inputs.jsonl");
  expect(with_executions("{\"input\": [\"4\"], \"output\": \"4\"}\n"),
         "f.io.jsonl:1: f(4) is 3, but the file says 4");
  expect(with_executions("{\"input\": [\"4\"]}\n"), "f.io.jsonl:1: expected {\"input\"");
  expect(with_executions("{\"input\": [\"0\"], \"raises\": \"ZeroDivisionError\"}\n"), "accepted");
  write("other.py", "def f(x):\n    return x\n");
  import();
  expect(import_table(imported_.files), "other.py:1: f is defined in f.py too");
}

// Cases head_comment, head_in_string, head_string, and others of their kind.
TEST_F(Import, ASignatureIsWhatPythonSeesInIt) {
  const std::string signatures[] = {
      "def rule(\n    x,  # the count (in boxes, not pieces\n    y=2,\n):\n    return x + y\n",
      "def rule(x, y=\")\", z=\"(\"):\n    return str(x) + str(y)\n",
      "def rule(x, y=', '):\n    return str(x) + str(y)\n",
      "def rule(x, y=2):\n    return x + y\n\n_NOTE = \"\"\"\ndef rule(a, b, c):\n    old\n\"\"\"\n",
      "def rule(x, y=lambda a, b: a, *, key='='):\n    return x\n",
      "def rule(x: \"int, or so\", y: dict[str, int] = {1: 2}) -> \"a, b\":\n    return x\n",
      "def rule(x, /, y=(1, [2, 3])):\n    def rule(a, b, c):\n        return a\n    return x\n",
      "\xef\xbb\xbf"
      "def rule(x, y=2):\r\n    return x * y\r\n",
      "\xef\xbb\xbf# \xe7\xa8\x8e\n"
      "def \xe7\xa8\x8e(a):\n    return a\n\ndef rule(\xe4\xbe\xa1\xe6\xa0\xbc, y=2):\n    return "
      "\xe4\xbe\xa1\xe6\xa0\xbc\n",
      "import functools\n\n@functools.lru_cache(maxsize=None)\ndef rule(x, y=2):\n    return x\n",
  };
  for (const std::string& source : signatures) {
    expect(row("rule", source, "[1]\n[1, 3]\n[2]\n"), "accepted");
    EXPECT_EQ(answers("rule").size(), 3u) << source;  // read back: by its text alone
  }
}

TEST_F(Import, WhatIsNoFunctionIsRefusedInItsOwnWords) {
  expect(row("rule", "async def rule(x):\n    return x\n"), "rule.py:1: rule is async");
  expect(row("rule", "def rule(x):\n    yield x\n"), "rule.py:1: rule is a generator");
  expect(row("rule", "\nclass rule:\n    pass\n"), "rule.py:2: rule is a class");
  const std::string item =
      row("item", "class Item(Base):\n    a: int\n    def fee(self):\n        return self.a\n");
  expect(item, "item.py:1: only a class in it (Item)");
  expect(item, "Item(a).fee()");
  expect(row("rule", "rule = lambda x: x\ndef a(x):\n    return x\n"),
         "rule.py:1: rule is not defined by def");
  expect(row("rule", "def rule(x, *, y):\n    return x\n"), "rule.py:1: y can only be given by name");
  expect(row("\xe9\x80\x81\xe6\x96\x99", "def \xe9\x80\x81\xe6\x96\x99(x):\n    return x\n"),
         "\xe9\x80\x81\xe6\x96\x99 cannot be a program's name: ASCII");
  expect(row("pr\xc3\xbc"
             "fung",
             "def pr\xc3\xbc"
             "fung(x):\n    return x\n"),
         "such as prufung");
}

// Case folder_extras
TEST_F(Import, FilesAreJudgedOneByOneAndEachIsTold) {
  write("__init__.py", "");
  write("test_rule.py", "from rule import rule\n\ndef test_rule():\n    assert rule(1) == 2\n");
  write("rule_test.py", "def f(x):\n    return x\n");
  write("conftest.py", "def f(x):\n    return x\n");
  write(".draft.py", "def draft(x):\n    return x\n");
  write("._rule.py", std::string("\0\5\26", 3));
  write("gone.inputs.jsonl", "[1]\n");
  write("broken.py", "def broken(x:\n");
  write("rule.py", "def rule(x):\n    return x + 1\n");
  write("rule.inputs.jsonl", "[1]\n[2]\n[3]\n");
  import();
  std::map<std::string, ImportVerdict> verdicts;
  for (const ImportedFile& file : imported_.files) verdicts[file.file] = file.verdict;
  using enum ImportVerdict;
  EXPECT_EQ(verdicts, (std::map<std::string, ImportVerdict>{{"__init__.py", left_out},
                                                            {"test_rule.py", left_out},
                                                            {"rule_test.py", left_out},
                                                            {"conftest.py", left_out},
                                                            {".draft.py", left_out},
                                                            {"._rule.py", left_out},
                                                            {"gone.inputs.jsonl", left_out},
                                                            {"broken.py", refused},
                                                            {"rule.py", accepted}}));
  const std::string table = import_table(imported_.files);
  for (const char* reason :
       {"a package's file", "a test", "a hidden file", "a Mac's own file", "there is no gone.py",
        "broken.py:1: Python cannot read it", "rule: with-IO, 2 to train on, 1 held out"})
    expect(table, reason);
  EXPECT_EQ(read_corpus(folder_).programs.size(), 1u);
}

TEST_F(Import, NothingIsWrittenWhereNothingCanBeTaken) {
  expect(row("broken", "def broken(x:\n"), "refused");
  EXPECT_FALSE(fs::exists(folder_));
  EXPECT_THROW(refuse_empty(imported_, python_), InputError);
  fs::remove(python_ / "broken.py");
  EXPECT_THROW(import(), InputError);
}

// Case nondeterministic
TEST_F(Import, WhatIsNoFunctionOfItsArgumentsIsRefusedWithTheTwoAnswers) {
  const std::string lot =
      row("lot", "import random\n\ndef lot(day):\n    return day * 100000 + random.randint(0, 99999)\n",
          "[1]\n[2]\n");
  expect(lot, "refused   lot.inputs.jsonl:1: lot(1) gives 1");
  expect(lot, "in another; line 4 draws at random (random.randint)");
  expect(
      row("stamp", "import datetime as d\n\ndef stamp(code):\n    return f\"{d.datetime.now():%H%M%S%f}\"\n",
          "[\"A\"]\n"),
      "in another; line 4 asks the clock (datetime.datetime.now)");
  // The same all day: only the source tells.
  expect(row("season", "from datetime import date\n\ndef season(x):\n    return date.today().year * x\n"),
         "season.py:4: asks the clock (datetime.date.today)");
  expect(row("rate", "import time\nYEAR = time.localtime().tm_year\n\ndef rate(x):\n    return YEAR + x\n",
             "[1]\n[2]\n"),
         "rate.py:2: asks the clock (time.localtime)");
  expect(row("order", "def order(x):\n    return list({'a', 'b', 'c', 'd', 'e', x})\n", "[\"f\"]\n[\"g\"]\n"),
         "in one run and [");
  expect(row("steps",
             "def steps(x):\n    n = 0\n    for part in {'a', 'b', 'c', 'd', 'e'}:\n        n += x\n    "
             "return n\n",
             "[1]\n[2]\n"),
         "takes other steps in another run");
  // A set that is only looked into has no order.
  expect(row("member", "def member(x):\n    known = {'a', 'b', 'c', 'd'}\n    return x in known\n",
             "[\"a\"]\n[\"z\"]\n"),
         "accepted");
  expect(row("seeded", "import random\n\ndef seeded(x):\n    return random.Random(x).randint(0, 99)\n",
             "[1]\n[2]\n"),
         "accepted");
  expect(row("other",
             "import random\n\ndef shuffled():\n    return random.random()\n\ndef other(x):\n    return x\n",
             "[1]\n[2]\n"),
         "accepted");  // never reached
}

TEST_F(Import, AnAnswerThatHangsOnCallsBeforeIsRefused) {
  const std::string counter = row(
      "f", "count = 0\ndef f(x):\n    global count\n    count += 1\n    return x + count\n", "[1]\n[2]\n");
  expect(counter, "f.inputs.jsonl:1: f(1) gives 2, and 3 when it is called again; line 4 changes count");
  expect(row("f", "def f(x, seen=[]):\n    seen.append(x)\n    return len(seen)\n", "[1]\n[2]\n"),
         "and 2 when it is called again");
  const std::string counted =
      row("f", "stats = {'n': 0}\ndef f(x):\n    stats['n'] += 1\n    return x\n", "[1]\n[2]\n");
  expect(counted, "accepted");
  expect(counted, "note: line 3 changes stats");
  expect(row("f",
             "memory = {}\ndef f(x):\n    if x not in memory:\n        memory[x] = x * 2\n    return "
             "memory[x]\n",
             "[1]\n[2]\n"),
         "accepted");
}

TEST_F(Import, AFileWithoutInputsIsRunToo) {
  expect(row("box", "def box(w):\n    return w * 2\n\nw = float(input('Weight: '))\nprint(box(w))\n"),
         "box.py:4: reads what is typed (input)");
  expect(row("f", "import numpy as np\n\ndef f(x):\n    return np.floor(x)\n"),
         "No module named 'numpy' (line 1)");
  expect(row("f", "def f(x):\n    import pandas\n    return x\n"), "No module named 'pandas'");
  expect(row("f", "import sys\n\ndef f(x):\n    return x\n\nsys.exit(f(2))\n"),
         "raised an exception: SystemExit");
  expect(row("f", "from enum import Enum\n\nclass D(Enum):\n    A = 'a'\n\ndef f(x):\n    return D.A\n"),
         "returned what is no plain value: a value of type D");
  expect(row("f", "from datetime import date\n\ndef f(due: date, x: int):\n    return due.day + x\n"),
         "f.py:3: argument due is a date");
  const std::string item = row("f",
                               "from dataclasses import dataclass\n\n@dataclass\nclass Item:\n    a: int\n\n"
                               "def f(item: Item):\n    return item.a\n");
  expect(item, "f.py:7: argument item is a Item");
  expect(item, "def f_of(a): return f(Item(a))");
  const std::string taken = row("f", "def f(x):\n    return 'many' if x > 12 else 'few'\n");
  expect(taken, "accepted");
  expect(taken, "source-only without questions");
  EXPECT_TRUE(held_out("f").empty());
}

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

TEST_F(Import, RaisingIsAnOutcomeAndNoReasonToRefuse) {
  const std::string source =
      "def f(x):\n    if x < 0:\n        raise ValueError('no debt')\n    return 12 // x\n";
  expect(row("f", source, "[1]\n[0]\n[-3]\n[2]\n"), "with-IO, 3 to train on, 1 held out");
  EXPECT_EQ(
      answers("f"),
      (std::map<std::string, std::string>{
          {"(1)", "12"}, {"(0)", "raises ZeroDivisionError"}, {"(-3)", "raises ValueError"}, {"(2)", "6"}}));
}

TEST_F(Import, AnInputOfTooManyStepsIsLeftOutAndSaid) {
  const std::string source = "def f(n):\n    t = 0\n    for i in range(n):\n        t += i\n    return t\n";
  const std::string table = row("f", source, "[1]\n[2]\n[300]\n[3000]\n");
  expect(table, "with-IO, 1 to train on, 1 held out");
  expect(table, "note: left out: f.inputs.jsonl:3: f(300) takes 604 steps, more than 100");
  expect(table, "note: left out: f.inputs.jsonl:4: f(3000) takes more than 1000 trace steps");
  options_.max_trace_steps = 1000;
  expect(row("f", source, "[1]\n[300]\n"), "with-IO, 1 to train on, 1 held out");
  options_.max_trace_steps = 5;
  expect(row("f", source, "[50]\n[60]\n"), "refused   f.inputs.jsonl:1: f(50) takes 104 steps, more than 5");
}

TEST_F(Import, ADoctestThatContradictsItsCodeIsRefused) {
  const auto with = [](const std::string& want) {
    return "def f(x):\n    \"\"\"Twice.\n\n    >>> f(3)\n    " + want +
           "\n    \"\"\"\n    if x < 0:\n        raise "
           "ValueError('no')\n    return x * 2\n";
  };
  expect(row("f", with("7")), "f.py:4: the doctest has 7 for f(3), the code gives 6");
  expect(row("f", with("'6'")), "f.py:4: the doctest has '6' for f(3)");
  expect(row("f", with("Traceback (most recent call last):\n    ValueError: no")),
         "f.py:4: the doctest has raises ValueError for f(3), the code gives 6");
  expect(
      row("f", with("6\n    >>> f(-1)\n    Traceback (most recent call last):\n    ...\n    ValueError: no")),
      "accepted");
  expect(row("f", "# once f(3) == 9\ndef f(x):\n    return x * 2\n"),
         "note: f.py:1: the text has 9 for f(3), the code gives 6");
}

TEST_F(Import, WhatASourceTellsIsNotHeldOut) {
  for (const char* told :
       {"\"\"\">>> f(3)\n    9\n    \"\"\"", "# f(3) == 9", "# f(3) -> 9", "'f(x=3) gives 9'",
        "'table: f(3): 9'", "# see f(3, 2.0)", "assert x != 3 or f(4) is None  # f( 3 )"}) {
    const std::string source = std::string("def f(x, y=2):\n    ") + told + "\n    return x ** y\n";
    fs::remove_all(python_);
    fs::create_directory(python_);
    write("f.py", source);
    write("f.inputs.jsonl", "[3]\n[5]\n");
    write("g.py", "def g(x):\n    return x  # unlike f(5) == 25\n");
    write("g.inputs.jsonl", "[1]\n[2]\n[6]\n");
    import(1);
    EXPECT_TRUE(held_out("f").empty()) << told;
    EXPECT_EQ(held_out("g").size(), 3u);
    expect(import_table(imported_.files), "f.py:2 tells f(3), which is not held out");
    expect(import_table(imported_.files), "g.py:2 tells f(5), which is not held out");
    import(0);  // with-IO: what is told may be trained on
    EXPECT_TRUE(held_out("f").empty()) << told;
    EXPECT_EQ(answers("f").size(), 2u);
  }
}

TEST_F(Import, RenewingRunsEachStoredCallOnceAndTellsHowManyDiffered) {
  write("double.py", "def double(x):\n    return x * 2\n");
  write("double.inputs.jsonl", "[1]\n[2]\n[3]\n");
  write("next.py", "def next(x):\n    return x + 1\n");
  write("next.inputs.jsonl", "[1]\n[2]\n");
  import();
  write_file(folder_ / "source/double.py", "def double(x):\n    return x * 3\n");
  std::vector<ProgramCall> calls;
  const Renewal renewal = renew_corpus(read_corpus(folder_), [&](std::span<const ProgramCall> more) {
    calls.insert(calls.end(), more.begin(), more.end());
    return runners_->run(more);
  });
  EXPECT_EQ(calls.size(), 5u);
  EXPECT_EQ(renewal.executions, 5u);
  EXPECT_EQ(renewal.differed, 3u);
  EXPECT_EQ(answers("double").at("(3)"), "9");
}

// Three draws may begin alike, which says nothing: here the first two always do.
TEST_F(Import, ADrawThatIsTheSameInTwoProcessesIsStillADraw) {
  row("luck",
      "import random\nrandom.setstate(random.Random(7).getstate())\n"
      "def luck(x):\n    return x + random.randint(0, 1000000)\n");
  expect(import_table(imported_.files), "when it is called again; line");
  expect(import_table(imported_.files), "draws at random");
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

TEST_F(Import, ExamplesAreHeldAgainstTheirProgramsAndHeldOut) {
  write("fee.py", "def fee(kilos, zone='home'):\n    return kilos * (2.5 if zone == 'home' else 4)\n");
  write("rate.py", "def rate(x):\n    if x < 0:\n        raise ValueError('x')\n    return x\n");
  write("cut.py", "def cut(\n");
  const fs::path csv = temporary_.path() / "known.csv";
  write_file(csv,
             "\xef\xbb\xbfrule;kilos;zone;x;expected\r\nfee;4;away;;16\r\nfee;4;;;10\r\nrate;;;-1;raises "
             "ValueError\r\n"
             "cut;1;;;2\r\n");
  const auto import_with = [&](double share) {
    options_.source_only_share = share;
    fs::remove_all(folder_);
    imported_ = import_python({.paths = {python_}, .examples = {csv}}, options_, *runners_, folder_);
  };
  import_with(1);
  EXPECT_EQ(answers("fee"), (std::map<std::string, std::string>{{"(4, 'away')", "16"}, {"(4)", "10.0"}}));
  EXPECT_EQ(answers("rate"), (std::map<std::string, std::string>{{"(-1)", "raises ValueError"}}));
  EXPECT_EQ(imported_.example_calls.at("fee"), (std::set<std::string>{"fee(4, 'away')", "fee(4)"}));
  write("fee.inputs.jsonl", "[4]\n[5]\n[6]\n");
  import_with(0);  // an example is never trained on, whatever the split
  EXPECT_TRUE(std::ranges::count(held_out("fee"), "(4)") &&
              std::ranges::count(held_out("fee"), "(4, 'away')"));
  write_file(csv, "rule,kilos,expected\nfee,4,10\nfee,5,12\n");
  import_with(1);
  expect(import_table(imported_.files), "known.csv:3: fee(5) is 12.5, but the file says 12");
  write_file(csv, "rule,kilos,expected\nfee,4,10\nfee,4,11\n");
  import_with(1);
  expect(import_table(imported_.files), "known.csv:3: fee(4) is 11, but known.csv:2 says 10");
  write_file(csv, "rule,weight,expected\nfee,4,10\n");
  import_with(1);
  expect(import_table(imported_.files), "known.csv:2: fee has no parameter 'weight'");
  write_file(csv, "kilos,expected\n4,10\n");
  EXPECT_THROW(import_with(1), InputError);  // of which rule?
}

TEST_F(Import, FilesAndFoldersMayBeNamedTogether) {
  write("a.py", "def a(x):\n    return x + 1\n");
  write("inner/b.py", "def b(x):\n    return x + 2\n");
  options_.source_only_share = 1;
  const auto import_of = [&](const std::vector<fs::path>& paths) {
    fs::remove_all(folder_);
    imported_ = import_python({.paths = paths, .examples = {}}, options_, *runners_, folder_);
    return imported_.corpus.programs.size();
  };
  EXPECT_EQ(import_of({python_}), 2u);
  expect(import_table(imported_.files), "inner/b.py  accepted");
  EXPECT_EQ(import_of({python_, python_ / "inner"}), 2u);
  EXPECT_EQ(imported_.files.size(), 2u);
  EXPECT_EQ(import_of({python_ / "a.py", python_}), 2u);
  EXPECT_EQ(import_of({python_ / "inner/b.py"}), 1u);
  EXPECT_THROW(import_of({python_ / "absent.py"}), InputError);
  write("notes.txt", "x");
  EXPECT_THROW(import_of({python_ / "notes.txt"}), InputError);
}

TEST_F(Import, WhatIsObjectedToIsRefusedWithTheReason) {
  write("a.py", "def a(x):\n    return x + 1\n");
  write("b.py", "def b(x):\n    return x + 2\n");
  const auto object_to_b = [](const Program& program) {
    return program.name == "b" ? std::optional(Objection{"too odd", "make it even"}) : std::nullopt;
  };
  imported_ = import_python({.paths = {python_}, .examples = {}}, options_, *runners_, folder_,
                            Replace::nothing, object_to_b);
  expect(import_table(imported_.files), "b.py:1: too odd");
  expect(import_table(imported_.files), "HINT: make it even");
  EXPECT_EQ(imported_.corpus.programs.size(), 1u);
}

TEST_F(Import, TwinsAreRefused) {
  write("a.py", "def a(x):\n    # the fee\n    y = x + 1\n    return y * 2\n");
  write("b.py",
        "def b(count: int) -> int:\n    \"\"\"Fee.\"\"\"\n    fee = (count +\n           1)\n    return fee "
        "* 2\n");
  write("c.py", "def c(x):\n    y = x + 1\n    return y * 3\n");
  for (const char* name : {"a", "b", "c"}) write(std::string(name) + ".inputs.jsonl", "[1]\n[2]\n[3]\n");
  import();
  const std::string table = import_table(imported_.files);
  expect(table, "b.py:1: the same function as a in a.py");
  EXPECT_EQ(imported_.corpus.programs.size(), 2u) << table;
}

TEST_F(Import, TheTableIsShortAndActsOnNoTerminal) {
  const std::string table =
      row("f", "def f(x):\n    '\x1b]0;title\a >>> f(1)'\n    return [hash('salt')] * 9000\n", "[1]\n");
  EXPECT_LT(table.size(), 1000u);
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  write("\x1b[2J.py", "def (\n");
  import();
  expect(import_table(imported_.files), "\\x1b[2J.py");
}

// Each is judged for itself: what is wrong beside one program is no other's affair, and nothing is taken for
// what it is not.
TEST_F(Import, WhatIsNoFileOfInputsRefusesItsProgramAlone) {
  const auto program = [](const std::string& name) {
    return "def " + name + "(x):\n    return x * " + std::to_string(name.size()) + "\n";
  };
  for (const char* name : {"good", "pipe_", "zeroes", "nowhere", "emptied_", "doubled__", "unknown___"})
    write(std::string(name) + ".py", program(name));
  write("good.inputs.jsonl", "[1]\n[2]\n[3]\n");
  ASSERT_EQ(::mkfifo((python_ / "pipe_.inputs.jsonl").c_str(), 0600), 0);
  fs::create_symlink("/dev/zero", python_ / "zeroes.inputs.jsonl");
  fs::create_symlink("not_there", python_ / "nowhere.inputs.jsonl");
  write("emptied_.inputs.jsonl", "\n");
  write("doubled__.io.jsonl", "{\"input\": [\"1\"], \"output\": \"8\", \"output\": \"9\"}\n");
  write("unknown___.io.jsonl", "{\"input\": [\"1\"], \"output\": \"10\", \"usee\": \"test\"}\n");
  fs::create_symlink("circle.py", python_ / "circle.py");
  ASSERT_EQ(::mkfifo((python_ / "waiting.py").c_str(), 0600), 0);
  write("huge.py", std::string(1 << 20, '#') + "\n" + program("huge"));
  import();
  const std::map<std::string, std::string> expected = {
      {"good.py", "good: with-IO"},
      {"pipe_.py", "pipe_.inputs.jsonl: is not a regular file"},
      {"zeroes.py", "zeroes.inputs.jsonl: is not a regular file"},
      {"nowhere.py", "nowhere.inputs.jsonl: cannot be read: No such file"},
      {"emptied_.py", "emptied_.inputs.jsonl: no input in it"},
      {"doubled__.py", "doubled__.io.jsonl:1: not JSON: key \"output\" is there twice"},
      {"unknown___.py", "unknown___.io.jsonl:1: unknown key \"usee\""},
      {"circle.py", "not a regular file"},
      {"waiting.py", "not a regular file"},
      {"huge.py", "huge.py: 1048607 bytes, but a program's source has at most 1048576"},
  };
  ASSERT_EQ(imported_.files.size(), expected.size());
  for (const ImportedFile& file : imported_.files) {
    expect(file.reason, expected.at(file.file));
    EXPECT_EQ(file.verdict == ImportVerdict::accepted, file.file == "good.py");
  }
}

// Rule functions in the style of real code, with what their author should be told.
TEST_F(Import, RealisticRulesAreTakenOrRefusedForTheRightReason) {
  python_ = fs::path(PBB_GOLDEN).parent_path() / "sandbox/rules";
  import(0.5);
  const std::map<std::string, std::string> expected = {
      {"bmi_class", ""},
      {"box_price", "box_price.py:9: reads what is typed"},
      {"counted_reorder", ""},
      {"coupon_discount", ""},
      {"credit_band", ""},
      {"defect_class", "returned what is no plain value: a value of type Defect"},
      {"judge_quality", ""},
      {"late_fee_dates", "late_fee_dates.py:4: argument returned is a date"},
      {"late_fee_windows", ""},
      {"loan_ok", ""},
      {"loan_ok_v0",
       "loan_ok_v0.py:6: the doctest has False for loan_ok_v0(19, 40000, 700), the code gives True"},
      {"member_discount", ""},
      {"net_price", ""},
      {"parcel_fee", ""},
      {"price_with_tax", ""},
      {"rebate", ""},
      {"registered_rule", ""},
      {"replenish", ""},
      {"season_order", "season_order.py:5: asks the clock"},
      {"should_reorder", "should_reorder.py:21: argument item is a StockItem"},
      {"spot_check", "line 6 draws at random (random.randint)"},
      {"tax_included", ""},
      {"week_pay", ""},
      {"zone_shipping", ""},
      {"\xe9\x80\x81\xe6\x96\x99\xe8\xa8\x88\xe7\xae\x97", "cannot be a program's name: ASCII"},
  };
  EXPECT_EQ(imported_.files.size(), expected.size());
  for (const ImportedFile& file : imported_.files) {
    const std::string& reason = expected.at(file.file.substr(0, file.file.size() - 3));
    EXPECT_EQ(file.verdict, reason.empty() ? ImportVerdict::accepted : ImportVerdict::refused) << file.reason;
    expect(file.reason, reason);
    if (file.file == "counted_reorder.py") expect(file.notes.at(0), "line 9 changes stats");
    if (file.file == "judge_quality.py") {
      expect(file.notes.at(0),
             "judge_quality.py:11: judge_quality(25.05, 0): abs(25.05 - 25.0) <= 0.05 is False");
      expect(file.notes.at(0), "HINT: round before comparing");
    }
  }
  EXPECT_EQ(answers("coupon_discount").at("('XYZ', 10)"), "raises ValueError");
}

}  // namespace
}  // namespace pbb
