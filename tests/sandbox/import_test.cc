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
