// Programs that dig through the interpreter for what reports their results, and try to speak for others with
// it (case "forge"): whatever they find, other programs' results and traces are the true ones.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sandbox/run_program.h"
#include "sandbox/sandbox.h"

namespace pbb {
namespace {

using namespace testing_sandbox;

constexpr const char* answer =
    R"('{"status":"returned","value":"%s","detail":"","trace":[[2,"return x","return %s","return %s"]]}')";
constexpr const char* end = R"('{"end":true,"exit":0,"signal":0,"fault":"","forged":false}')";

// A program f(x) that runs `dig`, which leaves `send`, and then `attack`; `answer` is a form for three
// values.
std::string forger(const std::string& dig, const std::string& attack) {
  const auto indented = [](const std::string& lines) {
    std::string text = "    ";
    for (const char c : lines) text += c == '\n' ? "\n    " : std::string(1, c);
    return text + "\n";
  };
  return "import atexit, gc, os, sys, time, types\ndef f(x):\n" +
         indented(fmt::format("answer = {}\nend = {}", answer, end)) + indented(dig) + indented(attack) +
         "    return x\n";
}

const std::string from_frames =
    "frame = sys._getframe()\nwhile 'send' not in frame.f_locals:\n    frame = frame.f_back\n"
    "send = frame.f_locals['send']";
const std::string from_a_traceback =
    "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    frame = error.__traceback__.tb_frame\n"
    "while 'send' not in frame.f_locals:\n    frame = frame.f_back\nsend = frame.f_locals['send']";
const std::string from_the_collector =
    "send = [o for o in gc.get_objects() if type(o) is types.FunctionType and o.__name__ == 'send'][0]";
// The nonce and the descriptor, out of the closure of `send`; then written by hand.
const std::string from_closures =
    from_frames +
    "\nheld = dict(zip(send.__code__.co_freevars, [c.cell_contents for c in send.__closure__]))\n"
    "def send(text):\n"
    "    os.write(held['descriptor'], ('%s%016x%s' % (held['nonce'], len(text), text)).encode())";

class Forgery : public ::testing::Test {
 protected:
  // What f(1), f(2) and f(3) of a program came to, and of three honest ones run after it on the same worker:
  // they must be true, in value and in trace.
  std::string run(const std::string& source, double seconds = 20) {
    SandboxOptions options = patient();
    options.seconds_per_call = seconds;
    Sandbox sandbox(options);
    const std::vector<std::string> honest{"def f(x):\n    return x * 1000\n", "def f(x):\n    return x + 5\n",
                                          "def f(x):\n    return -x\n"};
    std::vector<ProgramCall> calls;
    for (const std::string& each : {source, honest[0], honest[1], honest[2]}) {
      for (const char* x : {"1", "2", "3"}) calls.push_back(make_call(each, {x}, true));
    }
    const auto results = sandbox.run(calls);
    std::string others;
    for (std::size_t i = 3; i < results.size(); ++i) {
      others +=
          told(results[i]) + (results[i].trace.empty() ? " -" : " " + results[i].trace.back().step) + "\n";
    }
    EXPECT_EQ(
        others,
        "returned 1000 return 1 * 1000 = 1000\nreturned 2000 return 2 * 1000 = 2000\n"
        "returned 3000 return 3 * 1000 = 3000\nreturned 6 return 1 + 5 = 6\nreturned 7 return 2 + 5 = 7\n"
        "returned 8 return 3 + 5 = 8\nreturned -1 return -1\nreturned -2 return -2\nreturned -3 return -3\n");
    EXPECT_EQ(worker_processes(), processes_of_a_worker);
    return told(results[0]) + " | " + told(results[1]) + " | " + told(results[2]);
  }
};

constexpr const char* too_many =
    "killed it gave more results than there were calls | killed it gave more results than there were calls | "
    "killed it gave more results than there were calls";

TEST_F(Forgery, AForgedEndIsNotTheServersWord) {
  // As the case has it: its own answers, an end, and then answers to the calls of those that come after it.
  const std::string attack =
      "for v in (1, 2, 3): send(answer % (v, v, v))\nsend(end)\n"
      "for rule in range(3):\n    time.sleep(0.05)\n    for v in (7, 7, 7): send(answer % (v, v, v))\n"
      "    send(end)\ntime.sleep(60)";
  for (const auto& dig : {from_frames, from_a_traceback, from_the_collector, from_closures}) {
    EXPECT_EQ(run(forger(dig, attack)), too_many) << dig;
  }
}

TEST_F(Forgery, AnEndInPlaceOfAResultIsAGarbledResult) {
  EXPECT_EQ(run(forger(from_frames, "send(end)\nos._exit(0)")),
            "killed its result is garbled | killed its result is garbled | killed its result is garbled");
}

TEST_F(Forgery, LinesWithinAResultAreRefused) {
  const std::string refused = "killed it wrote to the descriptor of its results";
  for (const char* text : {"(answer % (1, 1, 1)) + '\\ns' + end", "'\\n'", "'\\ns' + end + '\\n'"}) {
    EXPECT_EQ(run(forger(from_frames, fmt::format("send({})\ntime.sleep(60)", text))),
              fmt::format("{0} | {0} | {0}", refused))
        << text;
  }
}

TEST_F(Forgery, TheServersMarkWithinAResultIsNotAtItsStart) {
  EXPECT_EQ(run(forger(from_frames, "send('s' + end)\nos._exit(0)")),
            "killed its result is garbled | killed its result is garbled | killed its result is garbled");
}

TEST_F(Forgery, ResultsNobodyAskedForEndTheProcess) {
  // Each of its own three calls sends one result more than it should.
  EXPECT_EQ(run(forger(from_frames, "send(answer % (7, 7, 7))")), too_many);
  // An endless flood.
  EXPECT_EQ(run(forger(from_frames, "while True: send(answer % (7, 7, 7))")), too_many);
}

TEST_F(Forgery, HalfAResultIsNone) {
  const std::string refused = "killed it wrote to the descriptor of its results";
  EXPECT_EQ(run(forger(from_closures,
                       "os.write(held['descriptor'], (held['nonce'] + '%016x' % 9).encode())\n"
                       "os._exit(0)")),
            fmt::format("{0} | {0} | {0}", refused));
  // And waits: only the clock ends that, and the calls that are left begin again.
  EXPECT_EQ(
      run(forger(from_closures, "if x == 1:\n    os.write(held['descriptor'], b'0')\n    time.sleep(60)"),
          0.5),
      "timed_out more than 0.5 seconds | returned 2 | returned 3");
}

TEST_F(Forgery, ALengthBeyondAllBoundsIsNotReadFor) {
  EXPECT_EQ(run(forger(from_closures,
                       "os.write(held['descriptor'], (held['nonce'] + 'f' * 16).encode())\n"
                       "time.sleep(60)")),
            "killed its result is too long | killed its result is too long | killed its result is too long");
}

TEST_F(Forgery, WhatAProgramLeavesForItsEndIsNotRun) {
  EXPECT_EQ(run(forger(from_frames, "atexit.register(lambda: [send(answer % (7, 7, 7)) for i in range(9)])")),
            "returned 1 | returned 2 | returned 3");
}

TEST_F(Forgery, TracesOfLinesThatAreNotThereAreGarbled) {
  std::string attack = "lines = ['0', '-5', '99999', '99999999999999999999', '\"2\"']\n";
  attack += R"(send('{"status":"raised","value":"","detail":"","trace":[[%s,"","",""]]}' % lines[x - 1]))";
  EXPECT_EQ(run(forger(from_frames, attack + "\nos._exit(0)")),
            "killed its result is garbled | killed its result is garbled | killed its result is garbled");
  EXPECT_EQ(run(forger(from_frames, "x += 2\n" + attack + "\nos._exit(0)")),
            "killed its result is garbled | killed its result is garbled | killed its result is garbled");
}

// Its own results are its own affair (see sandbox.h): what it makes of them stays with its own calls.
TEST_F(Forgery, AProgramThatForgesItsOwnResultsForgesNoOthers) {
  EXPECT_EQ(run(forger(from_frames, "for v in (x, 7, 7)[x - 1:]: send(answer % (v, v, v))\nos._exit(0)")),
            "returned 1 | returned 7 | returned 7");
  // The trace function taken off its own frame.
  EXPECT_EQ(run("import sys\ndef f(x):\n    sys._getframe().f_trace = None\n    return x\n"),
            "returned 1 | returned 2 | returned 3");
  // The harness's own globals, out of the frames: it gets no answer.
  const std::string own =
      run("import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n"
          "        for name in list(frame.f_globals):\n"
          "            if name in ('encoded', 'literal', 'serve', 'relay', 'answer', 'quoted', 'forked'):\n"
          "                frame.f_globals[name] = lambda *a: '7'\n"
          "        frame = frame.f_back\n    return x\n");
  EXPECT_TRUE(own.starts_with("killed") || own.starts_with("raised")) << own;
}

TEST_F(Forgery, TheServersMemoryIsOutOfReach) {
  // The socket is closed in the program's process, the server's own descriptors cannot be opened again.
  EXPECT_EQ(run("import os\ndef f(x):\n    got = []\n    for way in ('/proc/self/fd/3', '/proc/%d/fd/3' % "
                "os.getppid(), '/proc/%d/mem' % os.getppid(), '/dev/fd/3'):\n"
                "        try: got.append(open(way, 'rb+'))\n        except OSError: pass\n"
                "    try: os.write(3, b's{}\\n'); got.append(3)\n    except OSError: pass\n"
                "    return x if not got else -1\n"),
            "returned 1 | returned 2 | returned 3");
}

TEST_F(Forgery, SignalsToTheServerAreRefused) {
  EXPECT_EQ(
      run("import ctypes, os, signal, threading\ndef f(x):\n    done = 0\n"
          "    for number in (9, 15, 19, 2, 10):\n"
          "        for way in (lambda: os.kill(os.getppid(), number), lambda: os.kill(1, number),\n"
          "                    lambda: os.kill(-1, number), lambda: os.killpg(0, number),\n"
          "                    lambda: signal.pidfd_send_signal(os.pidfd_open(os.getppid()), number)):\n"
          "            try:\n                way()\n                done += 1\n"
          "            except OSError:\n                pass\n"
          "        c = ctypes.CDLL(None)\n"
          "        done += c.kill(os.getppid(), number) == 0\n"
          "        done += c.sigqueue(os.getppid(), number, None) == 0\n"
          "    return x if not done else -done\n"),
      "returned 1 | returned 2 | returned 3");
}

TEST(ProgramsWords, ExceptionTextCannotActOnATerminal) {
  Sandbox sandbox(patient());
  EXPECT_EQ(told(run_one(sandbox,
                         "def f():\n    raise ValueError('\\x1b]0;title\\x07 \\x9b2J\\nnext\\tt\\x7f')\n")),
            "raised ValueError: \\x1b]0;title\\x07 \\x9b2J\\nnext\\tt\\x7f (line 2)");
  // The names of its types are its words, too.
  const std::string name = "def f():\n    raise type('E\\x1b[2J', (Exception,), {})('no')\n";
  EXPECT_EQ(told(run_one(sandbox, name)), "raised E\\x1b[2J: no (line 2)");
  const auto traced = run_one(sandbox, name, {}, true);
  ASSERT_FALSE(traced.trace.empty());
  EXPECT_EQ(traced.trace.back().step.find('\x1b'), std::string::npos);
}

TEST(ProgramsWords, AMetaclassHasNoSayInTheNameOfAnException) {
  Sandbox sandbox(patient());
  EXPECT_EQ(told(run_one(sandbox,
                         "class M(type):\n    __name__ = property(lambda self: 1 / 0)\n"
                         "class E(Exception, metaclass=M):\n    __module__ = 'builtins'\n"
                         "    def __str__(self):\n        raise SystemExit\n"
                         "def f():\n    raise E(1, 2)\n")),
            "raised E (line 8)");
}

}  // namespace
}  // namespace pbb
