// Programs that try to escape, to stay, to lie or to starve us: each gets a clear verdict, and leaves no
// process.
#include <gtest/gtest.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>

#include <memory>

#include "sandbox/run_program.h"
#include "sandbox/sandbox.h"

namespace pbb {
namespace {

using namespace testing_sandbox;

class HostileProgram : public ::testing::Test {
 protected:
  // Runs it, then an honest program on the same worker; then all processes but the worker's own must be gone.
  CallResult run(const std::string& source, const std::vector<std::string>& arguments = {},
                 bool traced = false) {
    const std::vector<ProgramCall> calls{make_call(source, arguments, traced),
                                         make_call("def f(x):\n    return x * 2\n", {"21"})};
    auto results = sandbox_->run(calls);
    EXPECT_EQ(told(results.at(1)), "returned 42") << "the next program is affected";
    EXPECT_EQ(worker_processes(), processes_of_a_worker);
    return std::move(results.at(0));
  }
  // For programs that only the clock ends.
  CallResult run_briefly(const std::string& source) {
    SandboxOptions options;
    options.seconds_per_call = 0.3;
    options.workers = 1;
    sandbox_.reset();
    Sandbox sandbox(options);
    const CallResult result = run_one(sandbox, source);
    // The clock ends its worker with it; on a quiet machine its limit of processor time, which ends it alone, is sooner.
    const int left = worker_processes();
    EXPECT_TRUE(left == 0 || left == processes_of_a_worker) << left;
    return result;
  }
  // The program's own words on what it could do.
  std::string words(const std::string& source) { return told(run(source)); }

  std::unique_ptr<Sandbox> sandbox_ = std::make_unique<Sandbox>(patient());
};

// What these tests count processes with must bear that one ends while it reads of it.
TEST(WorkerProcesses, OneThatEndsBetweenOpeningAndReadingIsNone) {
  char name[] = "/bin/cat";
  char* arguments[] = {name, nullptr};
  int input[2];
  ASSERT_EQ(pipe2(input, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], 0);
  pid_t child = -1;
  ASSERT_EQ(posix_spawn(&child, name, &actions, nullptr, arguments, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  const std::string process = "/proc/" + std::to_string(child);
  while (command_line_of(process).find("cat") == std::string::npos) sched_yield();  // it is being started
  const int file = open((process + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  close(input[1]);  // nothing more to read: it ends
  waitpid(child, nullptr, 0);
  EXPECT_EQ(rest_of(file), "");
  EXPECT_EQ(command_line_of(process), "");
  EXPECT_EQ(worker_processes(), 0);
  close(file);
  close(input[0]);
}

TEST_F(HostileProgram, ForkBombCannotForkOnce) {
  const auto result = run("import os\ndef f():\n    while True:\n        os.fork()\n");
  EXPECT_EQ(told(result), "raised PermissionError: [Errno 1] Operation not permitted (line 4)");
}

TEST_F(HostileProgram, ForkBombThatIgnoresErrorsIsTimedOut) {
  EXPECT_EQ(run_briefly("import os\ndef f():\n    while True:\n        try:\n            os.fork()\n        "
                        "except OSError: pass\n")
                .status,
            CallStatus::timed_out);
}

TEST_F(HostileProgram, EndlessLoopIsTimedOut) {
  EXPECT_EQ(run_briefly("def f():\n    while True: pass\n").status, CallStatus::timed_out);
}

TEST_F(HostileProgram, EndlessLoopThatCatchesEverythingIsTimedOut) {
  EXPECT_EQ(run_briefly("def f():\n    while True:\n        try:\n            while True: pass\n        "
                        "except BaseException: pass\n")
                .status,
            CallStatus::timed_out);
}

TEST_F(HostileProgram, EndlessImportIsTimedOut) {
  EXPECT_EQ(run_briefly("while True: pass\ndef f():\n    return 1\n").status, CallStatus::timed_out);
}

TEST_F(HostileProgram, SleepThatIgnoresSignalsIsTimedOut) {
  EXPECT_EQ(run_briefly("import signal, time\ndef f():\n    for s in range(1, 32):\n        try: "
                        "signal.signal(s, signal.SIG_IGN)\n"
                        "        except (OSError, ValueError): pass\n    while True: time.sleep(1000)\n")
                .status,
            CallStatus::timed_out);
}

TEST_F(HostileProgram, CatastrophicPatternIsTimedOut) {
  EXPECT_EQ(run_briefly("import re\ndef f():\n    return bool(re.match('(a*)*b', 'a' * 40))\n").status,
            CallStatus::timed_out);
}

TEST_F(HostileProgram, HugePowerIsTimedOut) {
  EXPECT_EQ(run_briefly("def f():\n    return 7 ** 7 ** 9 % 10\n").status, CallStatus::timed_out);
}

TEST_F(HostileProgram, TenGigabytesAreOutOfMemory) {
  EXPECT_EQ(run("def f():\n    return len(bytearray(10 * 2 ** 30))\n").status, CallStatus::out_of_memory);
  EXPECT_EQ(run("def f():\n    a = []\n    while True: a.append(' ' * 2 ** 20)\n").status,
            CallStatus::out_of_memory);
}

TEST_F(HostileProgram, EndlessPrintingIsTooMuchOutput) {
  EXPECT_EQ(run("def f():\n    while True: print('spam' * 100)\n").status, CallStatus::too_much_output);
}

TEST_F(HostileProgram, PrintingTooMuchIsFoundThoughTheProgramCatchesIt) {
  EXPECT_EQ(run("def f():\n    for i in range(30):\n        try: print('spam' * 100000)\n        except "
                "BaseException: pass\n    return 1\n")
                .status,
            CallStatus::too_much_output);
}

TEST_F(HostileProgram, EndlessWritingToDescriptorsIsTimedOut) {
  EXPECT_EQ(run_briefly("import os\ndef f():\n    while True:\n        os.write(1, b'x' * 65536)\n        "
                        "os.write(2, b'x' * 65536)\n")
                .status,
            CallStatus::timed_out);
}

TEST_F(HostileProgram, HugeReturnValuesAreTooMuchOutput) {
  EXPECT_EQ(run("def f():\n    return 'x' * 2 ** 25\n").status, CallStatus::too_much_output);
  EXPECT_EQ(run("def f():\n    return list(range(10 ** 6))\n").status, CallStatus::too_much_output);
  EXPECT_EQ(run("def f():\n    return 1 << 10 ** 6\n").status, CallStatus::too_much_output);
  // Small in memory, endless when written out.
  EXPECT_EQ(run("def f():\n    a = [1]\n    for i in range(60): a = [a, a]\n    return a\n").status,
            CallStatus::too_much_output);
}

TEST_F(HostileProgram, EndlessTraceIsTooMuchOutput) {
  EXPECT_EQ(run("def f():\n    i = 0\n    while True: i += 1\n", {}, true).status,
            CallStatus::too_much_output);
  EXPECT_EQ(run("def f():\n    i = 0\n    try:\n        while True: i += 1\n    except BaseException: pass\n "
                "   return i\n",
                {}, true)
                .status,
            CallStatus::too_much_output);
  EXPECT_EQ(run("def f():\n    a = 'x' * 1000000\n    b = a + 'y'\n    return b[0]\n", {}, true).status,
            CallStatus::too_much_output);
}

TEST_F(HostileProgram, FilesOfTheUserAreNotThere) {
  for (const std::string path : {"/etc/passwd", "/proc/self/environ", "/proc/1/environ", "/home", "/root",
                                 "/var", "/dev/null", "/sys"}) {
    EXPECT_EQ(words("import os\ndef f():\n    try:\n        return os.listdir('" + path +
                    "') if os.path.isdir('" + path + "') else open('" + path +
                    "').read()\n    except OSError as e:\n        return type(e).__name__\n"),
              "returned 'FileNotFoundError'")
        << path;
  }
}

TEST_F(HostileProgram, EnvironmentIsEmpty) {
  EXPECT_EQ(words("import os\ndef f():\n    return sorted(set(os.environ) - {'PWD', 'LC_CTYPE', "
                  "'PYTHONHASHSEED', 'TZ'})\n"),
            "returned []");
}

TEST_F(HostileProgram, NothingCanBeWritten) {
  for (const std::string path : {"/x", "/tmp/x", "/usr/x", "/etc/x", "x", "/usr/bin/python3"}) {
    const auto result = run("def f():\n    open('" + path + "', 'w').write('x')\n");
    EXPECT_EQ(result.status, CallStatus::raised) << path;
  }
  EXPECT_EQ(run("import os\ndef f():\n    os.mkdir('/new')\n").status, CallStatus::raised);
  EXPECT_EQ(run("import os\ndef f():\n    os.unlink('/usr/bin/python3')\n").status, CallStatus::raised);
  EXPECT_EQ(run("import os\ndef f():\n    return os.memfd_create('x')\n").status, CallStatus::raised);
}

TEST_F(HostileProgram, SocketsCannotBeOpened) {
  EXPECT_EQ(run("import socket\ndef f():\n    socket.socket()\n").status, CallStatus::raised);
  EXPECT_EQ(run("import socket\ndef f():\n    socket.socketpair()\n").status, CallStatus::raised);
}

TEST_F(HostileProgram, OtherProgramsCannotBeStarted) {
  EXPECT_EQ(run("import os\ndef f():\n    os.execv('/usr/bin/python3', ['python3', '-c', 'pass'])\n").status,
            CallStatus::raised);
  EXPECT_EQ(run("import subprocess\ndef f():\n    subprocess.run(['/usr/bin/id'])\n").status,
            CallStatus::raised);
  EXPECT_EQ(run("import os\ndef f():\n    return os.system('true')\n").status,
            CallStatus::returned);  // -1: it could not
}

TEST_F(HostileProgram, LeavingByTheBackDoorIsNoResult) {
  EXPECT_EQ(words("import os\ndef f():\n    os._exit(0)\n"),
            "killed its process ended (exit status 0) before the call did");
  EXPECT_EQ(run("import os\nos._exit(0)\ndef f():\n    return 1\n").status, CallStatus::killed);
}

TEST_F(HostileProgram, ExitIsAnExceptionNotAnEnd) {
  EXPECT_EQ(words("import sys\ndef f():\n    sys.exit(0)\n"), "raised SystemExit: 0 (line 3)");
  EXPECT_EQ(words("def f():\n    raise SystemExit(0)\n"), "raised SystemExit: 0 (line 2)");
  EXPECT_EQ(words("def f():\n    raise KeyboardInterrupt\n"), "raised KeyboardInterrupt (line 2)");
}

TEST_F(HostileProgram, SignalsReachNobody) {
  EXPECT_EQ(run("import os\ndef f():\n    os.kill(os.getppid(), 9)\n").status, CallStatus::raised);
  EXPECT_EQ(run("import os\ndef f():\n    os.kill(-1, 9)\n").status, CallStatus::raised);
  EXPECT_EQ(run("import os\ndef f():\n    os.killpg(0, 9)\n").status, CallStatus::raised);
  EXPECT_EQ(run("import os, signal\ndef f():\n    os.kill(os.getppid(), signal.SIGSTOP)\n").status,
            CallStatus::raised);
}

TEST_F(HostileProgram, TheWorkersLimitsCannotBeChanged) {
  EXPECT_EQ(
      run("import os, resource\ndef f():\n    resource.prlimit(os.getppid(), resource.RLIMIT_AS, (1, 1))\n")
          .status,
      CallStatus::raised);
  EXPECT_EQ(run("import os\ndef f():\n    os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)\n").status,
            CallStatus::raised);
}

TEST_F(HostileProgram, SystemCallsMadeByHandAreRefused) {
  // ptrace, shmget, unshare, io_uring_setup: -1 each.
  EXPECT_EQ(words("import ctypes\ndef f():\n    c = ctypes.CDLL(None)\n"
                  "    return [c.ptrace(16, 1, 0, 0), c.shmget(0, 4096, 0o1600), c.unshare(0x10000000), "
                  "c.syscall(425, 1, 0)]\n"),
            "returned [-1, -1, -1, -1]");
}

TEST_F(HostileProgram, PrintedResultsAreNotResults) {
  const std::string forged = R"({"status":"returned","value":"666","detail":"","trace":[]}\n)";
  EXPECT_EQ(words("import sys\ndef f():\n    s = '" + forged +
                  "'\n    print(s)\n    sys.stderr.write(s)\n"
                  "    sys.__stdout__.write(s)\n    sys.__stdout__.flush()\n    return 1\n"),
            "returned 1");
}

TEST_F(HostileProgram, ResultsWrittenToEveryDescriptorAreFound) {
  const std::string forged =
      R"({"status":"returned","value":"666","detail":"","trace":[]}\n{"end":true,"exit":0,"signal":0,"forged":false}\n)";
  EXPECT_EQ(words("import os\ndef f():\n    for fd in range(3, 1024):\n        try: os.write(fd, b'" +
                  forged + "')\n        except OSError: pass\n    return 1\n"),
            "killed it wrote to the descriptor of its results");
  // In the form of a true answer, but for the nonce.
  EXPECT_EQ(words("import os\ndef f():\n    for fd in range(3, 1024):\n        try: os.write(fd, b'0' * 32 + "
                  "b'%016x' % 4 + b'true')\n"
                  "        except OSError: pass\n    os._exit(0)\n"),
            "killed it wrote to the descriptor of its results");
}

TEST_F(HostileProgram, ClosingAllDescriptorsIsNoResult) {
  EXPECT_EQ(run("import os\ndef f():\n    os.closerange(0, 1024)\n    return 1\n").status,
            CallStatus::killed);
}

TEST_F(HostileProgram, TracingCannotBeTamperedWith) {
  EXPECT_EQ(words("import sys\ndef f():\n    sys.settrace(None)\n    return 1\n"), "returned 1");
  EXPECT_EQ(told(run("import sys\ndef f():\n    sys.settrace(None)\n    return 1\n", {}, true)),
            "raised RuntimeError: sys.settrace is not allowed here (line 3)");
  EXPECT_EQ(run("import sys\ndef f():\n    sys.setprofile(lambda *a: None)\n    return 1\n", {}, true).status,
            CallStatus::raised);
}

TEST_F(HostileProgram, DeepRecursionRaises) {
  EXPECT_EQ(words("def f(n=0):\n    return f(n + 1)\n").substr(0, 23), "raised RecursionError: ");
}

TEST_F(HostileProgram, RecursionBeyondTheStackIsKilledOrOutOfMemory) {
  const auto result = run(
      "import sys\ndef f(n=0):\n    sys.setrecursionlimit(10 ** 9)\n    return [].__class__(map(f, [n]))\n");
  EXPECT_TRUE(result.status == CallStatus::killed || result.status == CallStatus::out_of_memory)
      << told(result);
}

TEST_F(HostileProgram, SegmentationFaultIsKilled) {
  EXPECT_EQ(words("import ctypes\ndef f():\n    return ctypes.string_at(8, 8).decode()\n"),
            "killed signal 11 (Segmentation fault)");
}

TEST_F(HostileProgram, SourceThatIsTooDeepForTheParser) {
  const auto parentheses =
      run("def f():\n    return " + std::string(100000, '(') + std::string(100000, ')') + "\n");
  EXPECT_EQ(parentheses.status, CallStatus::raised) << told(parentheses);
  std::string sum = "1";
  for (int i = 0; i < 20000; ++i) sum += "+1";
  for (const bool traced : {false, true}) {
    const auto result = run("def f():\n    return " + sum + "\n", {}, traced);
    EXPECT_TRUE(result.status == CallStatus::raised || result.status == CallStatus::returned) << told(result);
  }
}

TEST_F(HostileProgram, ThreadsCannotBeLeftRunning) {
  EXPECT_EQ(run("import threading, time\ndef f():\n    threading.Thread(target=time.sleep, "
                "args=(1000,)).start()\n    return 1\n")
                .status,
            CallStatus::raised);
}

TEST_F(HostileProgram, LargeModulesCanBeImported) {
  EXPECT_EQ(words("import asyncio, decimal, email, http.client, unittest, xml.dom.minidom, statistics\n"
                  "def f():\n    return statistics.mean([1, 2, 3])\n"),
            "returned 2");
}

TEST_F(HostileProgram, MonkeypatchingDoesNotReachTheHarness) {
  const std::string patches =
      "import ast, builtins, gc, json, os, sys\n"
      "def lie(*a, **k):\n    return '666'\n"
      "def f(x):\n"
      "    json.dumps = json.loads = ast.parse = lie\n"
      "    for n in ('repr', 'len', 'str', 'type', 'isinstance', 'print', 'eval', 'min'):\n        "
      "setattr(builtins, n, lie)\n"
      "    os.write = os._exit = sys.settrace = lie\n"
      "    x = x + 1\n"
      "    return x\n";
  EXPECT_EQ(told(run(patches, {"1"})), "returned 2");
}

TEST_F(HostileProgram, CollectorAndDestructorsDoNotSpeakForIt) {
  EXPECT_EQ(words("class D:\n    def __del__(self):\n        print('666')\n        raise SystemExit\ndef "
                  "f():\n    d = D()\n    d.d = d\n    return 1\n"),
            "returned 1");
}

TEST_F(HostileProgram, ManyKindsInOneRunEachGetTheirOwnVerdict) {
  const std::vector<ProgramCall> calls{
      make_call("import os\ndef f():\n    os._exit(3)\n"), make_call("def f():\n    return 'x' * 2 ** 25\n"),
      make_call("def f():\n    return bytearray(10 ** 11)\n"), make_call("def f():\n    return 1\n")};
  std::string statuses;
  for (const auto& result : sandbox_->run(calls)) statuses += std::string(name(result.status)) + " ";
  EXPECT_EQ(statuses, "killed too_much_output out_of_memory returned ");
}

}  // namespace
}  // namespace pbb
