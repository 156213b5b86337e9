// What of a user's folder is refused, and how that is said.
#include <sys/stat.h>

#include <map>
#include <set>

#include "import_folder.h"
#include "programs/verify.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using Import = testing_import::Import;

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

// Three draws may begin alike, which says nothing: here the first two always do.
TEST_F(Import, ADrawThatIsTheSameInTwoProcessesIsStillADraw) {
  row("luck",
      "import random\nrandom.setstate(random.Random(7).getstate())\n"
      "def luck(x):\n    return x + random.randint(0, 1000000)\n");
  expect(import_table(imported_.files), "when it is called again; line");
  expect(import_table(imported_.files), "draws at random");
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

TEST_F(Import, WhatGoesByTheMachineIsRefused) {
  for (const char* call :
       {"datetime.datetime.fromtimestamp(x).hour", "time.localtime(x).tm_hour",
        "time.mktime((2020, 1, 1, x, 0, 0, 0, 0, 0))", "time.timezone + x",
        "datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc).astimezone().hour + x"}) {
    expect(row("zone", fmt::format("import datetime\nimport time\n\ndef zone(x):\n    return {}\n", call)),
           "depends on the machine (its time zone)");
  }
  // Where only running it tells.
  expect(row("zone",
             "import datetime\n\ndef zone(x: int):\n    day = datetime.datetime(2020, 1, 2)\n"
             "    return day.timestamp() + x\n"),
         "in one run and");
  expect(row("day",
             "import datetime\n\ndef day(x: int):\n"
             "    return datetime.datetime.fromtimestamp(x, datetime.timezone.utc).hour\n"),
         "accepted");
  expect(row("known", "import pathlib\n\ndef known(x):\n    return pathlib.Path(x).exists()\n"),
         "depends on the machine (files)");
  expect(row("kind", "import pathlib\n\ndef kind(x: str):\n    return pathlib.PurePath(x).suffix\n"),
         "accepted");
  expect(row("folder", "import os\n\ndef folder(x):\n    return os.path.isdir(x)\n"),
         "depends on the machine (os.path.isdir)");
  expect(row("comma", "import locale\n\ndef comma(x):\n    return locale.str(x)\n"),
         "depends on the machine (locale)");
}

TEST_F(Import, ADefaultThatAllCallsShareIsNoneThatTheyMayChange) {
  const std::string changed =
      row("seen", "def seen(x: int, before=[]):\n    before.append(x)\n    return len(before)\n");
  expect(changed, "when it is called again");
  expect(changed, "line 2 changes the default of before, which all calls share");
  expect(row("fresh", "def fresh(x: int, before=[]):\n    return len(before) + x\n"), "accepted");
}

}  // namespace
}  // namespace pbb
