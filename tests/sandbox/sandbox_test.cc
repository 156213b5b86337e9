// What programs return, raise and print, and how calls are told apart.
#include "sandbox/sandbox.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/temporary_folder.h"
#include "sandbox/run_program.h"

namespace pbb {
namespace {

using namespace testing_sandbox;

TEST(Sandbox, ReturnsPlainValuesWithTheirTypes) {
  Sandbox sandbox(patient());
  const std::string source = "def f(x):\n    return x\n";
  for (const std::string value :
       {"1", "1.0", "True", "None", "-7", "'a\\n\"b\\' \\\\'", "'日本 🙂'", "'\\ud800'",
        "[1, [2.5, (3,)], {}]", "()", "set()", "{1, 2}", "{'a': [1], (1, 2): None}",
        "123456789012345678901234567890", "1e+300", "-0.0"}) {
    EXPECT_EQ(told(run_one(sandbox, source, {value})), "returned " + to_python(literal(value)));
  }
}

TEST(Sandbox, PassesSeveralArgumentsInOrder) {
  Sandbox sandbox(patient());
  EXPECT_EQ(told(run_one(sandbox, "def f(a, b, c):\n    return (c, b, a)\n", {"1", "'x'", "[2]"})),
            "returned ([2], 'x', 1)");
}

TEST(Sandbox, InfinityAndNotANumberGoInAndComeOut) {
  Sandbox sandbox(patient());
  ProgramCall call = make_call("def f(x):\n    return [x, -x, x - x]\n");
  call.arguments.push_back(Value{std::numeric_limits<double>::infinity()});
  const CallResult result = sandbox.run({&call, 1}).at(0);
  ASSERT_EQ(result.status, CallStatus::returned) << result.detail;
  EXPECT_EQ(to_python(result.output), "[inf, -inf, nan]");
}

TEST(Sandbox, OnlyPlainValuesAreValues) {
  Sandbox sandbox(patient());
  for (const std::string expression :
       {"object()", "len", "range(3)", "frozenset()", "b'x'", "1j", "(i for i in [])", "Int(3)", "[Str('a')]",
        "{1: Int(2)}", "type('D', (dict,), {})()"}) {
    const auto result =
        run_one(sandbox, "class Int(int): pass\nclass Str(str): pass\ndef f():\n    return " + expression);
    EXPECT_EQ(result.status, CallStatus::not_a_value) << expression << ": " << told(result);
  }
}

TEST(Sandbox, AProgramsOwnReprNeverRuns) {
  Sandbox sandbox(patient());
  EXPECT_EQ(told(run_one(sandbox,
                         "class Liar(int):\n    def __repr__(self):\n        return '42'\n"
                         "def f():\n    return Liar(1)\n")),
            "not_a_value a value of type Liar");
}

TEST(Sandbox, CyclesAndDeepNestingAreNotValues) {
  Sandbox sandbox(patient());
  EXPECT_EQ(run_one(sandbox, "def f():\n    a = []\n    a.append(a)\n    return a\n").status,
            CallStatus::not_a_value);
  EXPECT_EQ(
      run_one(sandbox, "def f():\n    a = []\n    for i in range(5000):\n        a = [a]\n    return a\n")
          .status,
      CallStatus::not_a_value);
}

TEST(Sandbox, ExceptionsHaveTypeMessageAndLine) {
  Sandbox sandbox(patient());
  EXPECT_EQ(told(run_one(sandbox, "def f(x):\n    y = 1\n    return 1 // x\n", {"0"})),
            "raised ZeroDivisionError: integer division or modulo by zero (line 3)");
  EXPECT_EQ(told(run_one(sandbox, "def f(x):\n    y = 1\n    return 1 // x\n", {"0"}, true)),
            "raised ZeroDivisionError: integer division or modulo by zero (line 3)");
  EXPECT_EQ(told(run_one(sandbox, "def f(x:\n    return 1\n", {"0"})),
            "raised SyntaxError: '(' was never closed (line 1)");
  EXPECT_EQ(told(run_one(sandbox, "def g(x):\n    return 1\n", {"0"})),
            "raised NameError: the source defines no f");
  EXPECT_EQ(told(run_one(sandbox,
                         "class E(Exception):\n    def __str__(self):\n        while True: pass\n"
                         "def f():\n    raise E(1)\n")),
            "raised E (line 5)");
}

TEST(Sandbox, ASourceThatIsNotUtf8IsASyntaxError) {
  Sandbox sandbox(patient());
  EXPECT_EQ(run_one(sandbox, "def f():\n    return '\xff'\n").status, CallStatus::raised);
}

TEST(Sandbox, WhatIsPrintedIsDropped) {
  Sandbox sandbox(patient());
  EXPECT_EQ(told(run_one(sandbox,
                         "import sys\ndef f():\n    print('42')\n    print('x', file=sys.stderr)\n"
                         "    sys.stdout.write('y')\n    return 1\n")),
            "returned 1");
}

TEST(Sandbox, ResultsStandInTheOrderOfTheCalls) {
  Sandbox sandbox(patient(2));
  std::vector<ProgramCall> calls;
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i / 7);
    calls.push_back(
        make_call("def f(x):\n    return (" + number + ", x)\n", {std::to_string(i)}, i % 3 == 0));
  }
  const auto results = sandbox.run(calls);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(told(results[static_cast<std::size_t>(i)]),
              "returned (" + std::to_string(i / 7) + ", " + std::to_string(i) + ")");
  }
}

TEST(Sandbox, ACallThatFailsIsTheOnlyOneToFail) {
  Sandbox sandbox(patient());
  const std::string source =
      "import os\n"
      "def f(x):\n"
      "    if x == 1: os._exit(0)\n"
      "    if x == 2: return 1 // 0\n"
      "    if x == 3: return object()\n"
      "    if x == 5: return bytearray(10 ** 10)\n"
      "    return x\n";
  std::vector<ProgramCall> calls;
  for (int i = 0; i < 8; ++i) calls.push_back(make_call(source, {std::to_string(i)}));
  std::string statuses;
  for (const auto& result : sandbox.run(calls)) statuses += std::string(name(result.status)) + " ";
  EXPECT_EQ(statuses, "returned killed raised not_a_value returned out_of_memory returned returned ");
}

TEST(Sandbox, ATimeOutIsTheOneCallsAlone) {
  SandboxOptions options;
  options.seconds_per_call = 1.5;
  options.workers = 1;
  Sandbox sandbox(options);
  const std::string source = "def f(x):\n    while x == 1: pass\n    return x\n";
  std::vector<ProgramCall> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(make_call(source, {std::to_string(i)}));
  std::string statuses;
  for (const auto& result : sandbox.run(calls)) statuses += std::string(name(result.status)) + " ";
  EXPECT_EQ(statuses, "returned timed_out returned ");
}

// A corpus that is drawn beside other work is the one that is drawn alone: sleep stands for a processor that is
// not to be had.
TEST(Sandbox, ACallThatABusyMachineHeldUpIsMadeOnceMore) {
  SandboxOptions options;
  options.seconds_per_call = 0.5;
  Sandbox sandbox(options);
  const std::string source = "import time\ndef f(x):\n    if x == 1: time.sleep(1)\n    return x\n";
  std::vector<ProgramCall> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(make_call(source, {std::to_string(i)}));
  for (const auto& result : sandbox.run(calls))
    EXPECT_EQ(result.status, CallStatus::returned) << result.detail;
}

TEST(Sandbox, GlobalsAreFreshInEveryCall) {
  Sandbox sandbox(patient());
  const std::string source =
      "seen = []\ndef f(x, kept=[]):\n    seen.append(x)\n    kept.append(x)\n    return len(seen) + "
      "len(kept)\n";
  const std::vector<ProgramCall> calls(5, make_call(source, {"1"}));
  for (const auto& result : sandbox.run(calls)) EXPECT_EQ(told(result), "returned 2");
}

TEST(Sandbox, TheOrderOfASetIsTheSameInEveryWorker) {
  const std::string source = "def f():\n    return list({'a', 'b', 'c', 'd', 'e', 'f', 'g'})\n";
  Sandbox one(patient()), other(patient());
  EXPECT_EQ(told(run_one(one, source)), told(run_one(other, source)));
}

TEST(Sandbox, NoCallsNoResults) {
  Sandbox sandbox(patient());
  EXPECT_TRUE(sandbox.run({}).empty());
}

TEST(Sandbox, WorkersEndWithTheSandbox) {
  {
    Sandbox sandbox(patient(2));
    EXPECT_EQ(worker_processes(), 2 * processes_of_a_worker);
    Sandbox moved = std::move(sandbox);
    EXPECT_EQ(told(run_one(moved, "def f():\n    return 1\n")), "returned 1");
  }
  EXPECT_EQ(worker_processes(), 0);
}

TEST(Sandbox, ACancelledRunLeavesAWorkingSandbox) {
  Sandbox sandbox(patient());
  request_cancellation();
  EXPECT_THROW(run_one(sandbox, "def f():\n    return 1\n"), Interrupted);
  clear_cancellation();
  EXPECT_EQ(told(run_one(sandbox, "def f():\n    return 1\n")), "returned 1");
}

TEST(Sandbox, OptionsThatMakeNoSenseAreRefused) {
  const auto refused = [](auto change) {
    SandboxOptions options;
    change(options);
    EXPECT_THROW(Sandbox{options}, InputError);
  };
  refused([](SandboxOptions& o) { o.seconds_per_call = 0; });
  refused([](SandboxOptions& o) { o.seconds_per_call = std::numeric_limits<double>::quiet_NaN(); });
  refused([](SandboxOptions& o) { o.memory_bytes = 1000; });
  refused([](SandboxOptions& o) { o.workers = 0; });
  refused([](SandboxOptions& o) { o.output_bytes = 0; });
  refused([](SandboxOptions& o) { o.max_trace_steps = 0; });
}

TEST(Sandbox, WithoutIsolationLimitsHoldAllTheSame) {
  SandboxOptions options = patient();
  options.unsafe_no_isolation = true;
  {
    Sandbox sandbox(options);
    EXPECT_EQ(told(run_one(sandbox, "def f(x):\n    return x + 1\n", {"1"}, true)), "returned 2");
    EXPECT_EQ(run_one(sandbox, "import os\ndef f():\n    return os.fork()\n").status, CallStatus::raised);
    EXPECT_EQ(run_one(sandbox, "import os\ndef f():\n    os.kill(os.getppid(), 9)\n").status,
              CallStatus::raised);
    EXPECT_EQ(worker_processes(), 1);
  }
  EXPECT_EQ(worker_processes(), 0);
}

std::string outcome_of(Sandbox& sandbox, const std::string& source,
                       const std::vector<std::string>& arguments = {}) {
  const auto outcome = run_one(sandbox, source, arguments).outcome();
  if (!outcome) return "none";
  const auto* raised = std::get_if<Raised>(&*outcome);
  return outcome_text(*outcome) + (raised ? " (" + raised->message + ")" : "");
}

TEST(Sandbox, AnExceptionOfTheFunctionsOwnIsAnOutcome) {
  Sandbox sandbox(patient());
  EXPECT_EQ(outcome_of(sandbox, "def f(x):\n    return x + 1\n", {"1"}), "2");
  EXPECT_EQ(outcome_of(sandbox, "def f():\n    raise ValueError('no: tier')\n"),
            "raises ValueError (no: tier)");
  EXPECT_EQ(outcome_of(sandbox, "def f(x):\n    assert x > 1, 'small'\n", {"1"}),
            "raises AssertionError (small)");
  EXPECT_EQ(outcome_of(sandbox, "class NoTier(Exception):\n    pass\ndef f():\n    raise NoTier\n"),
            "raises NoTier ()");
  EXPECT_EQ(
      outcome_of(sandbox, "import decimal\ndef f():\n    return int(decimal.Decimal('x'))\n").substr(0, 23),
      "raises InvalidOperation");
}

TEST(Sandbox, WhatIsNotTheFunctionsOwnExceptionIsNoOutcome) {
  Sandbox sandbox(patient());
  for (const char* source :
       {"def f(:\n", "1 / 0\ndef f():\n    return 1\n", "import numpy_is_not_here\ndef f():\n    return 1\n",
        "def g():\n    return 1\n", "def f(x):\n    return x\n", "def f():\n    raise SystemExit\n",
        "def f():\n    return f()\n", "def f():\n    raise KeyboardInterrupt\n",
        "def f():\n    raise type('no name', (Exception,), {})\n"}) {
    const auto result = run_one(sandbox, source);
    EXPECT_EQ(result.status, CallStatus::raised) << source;
    EXPECT_FALSE(result.outcome().has_value()) << source;
  }
}

// Case dataclass_future: dataclasses and enums look for the module that they are defined in.
TEST(Sandbox, AProgramIsAModule) {
  Sandbox sandbox(patient());
  EXPECT_EQ(
      outcome_of(
          sandbox,
          "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom enum import Enum\n"
          "@dataclass\nclass Line:\n    price: float\n    count: int = 1\n"
          "class Kind(Enum):\n    a = 2\n"
          "def f(x):\n    return Line(x).price * Kind.a.value\n",
          {"4"}),
      "8");
}

// A file of the user's in the current folder that bears the name of a module is not imported by the worker.
TEST(Sandbox, WithoutIsolationNoModuleComesFromTheCurrentFolder) {
  const TemporaryFolder folder;
  for (const char* name : {"random.py", "json.py", "copy.py", "ast.py"}) {
    std::ofstream(folder / name) << "raise SystemExit('taken from the current folder')\n";
  }
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  SandboxOptions options = patient();
  options.unsafe_no_isolation = true;
  EXPECT_NO_THROW({
    Sandbox sandbox(options);
    EXPECT_EQ(told(run_one(sandbox, "import copy\ndef f(x):\n    return x + 1\n", {"1"})), "returned 2");
  });
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace pbb
