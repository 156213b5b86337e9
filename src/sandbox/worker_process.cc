#include "sandbox/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/cancellation.h"
#include "base/error.h"
#include "sandbox/syscall_filter.h"

namespace pbb {
namespace {

constexpr std::chrono::seconds start_limit{60};  // a loaded machine; normally some 50 ms

// Above the numbers that the worker's descriptors take, so that handing them over never clobbers one.
FileDescriptor move_up(int descriptor) {
  const FileDescriptor given(descriptor);
  return FileDescriptor(given ? ::fcntl(given.get(), F_DUPFD_CLOEXEC, 10) : -1);
}

void require(bool good, const char* what) {
  if (!good)
    throw Error(fmt::format("cannot start a worker for programs: {}: {}", what, std::strerror(errno)));
}

struct Pipe {
  FileDescriptor reader, writer;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  require(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe");
  Pipe pipe{move_up(ends[0]), move_up(ends[1])};
  require(pipe.reader && pipe.writer, "pipe");
  return pipe;
}

// Starts `command` in a session of its own with only descriptors 0 to 4: nothing to read, nowhere to print.
pid_t spawn(const std::vector<std::string>& command, const SandboxOptions& options, int socket, int errors,
            int information) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::vector<std::string> variables;
  for (const auto& [name, value] : worker_environment(options))
    variables.push_back(fmt::format("{}={}", name, value));
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);

  const FileDescriptor null = move_up(::open("/dev/null", O_RDWR | O_CLOEXEC));
  require(static_cast<bool>(null), "/dev/null");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, null.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, null.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, errors, 2);
  posix_spawn_file_actions_adddup2(&actions, socket, worker_descriptor);
  posix_spawn_file_actions_adddup2(&actions, information, information_descriptor);
  posix_spawn_file_actions_addclosefrom_np(&actions, information_descriptor + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigfillset(&defaults);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t process = -1;
  errno = ::posix_spawn(&process, arguments[0], &actions, &attributes, arguments.data(), environment.data());
  const int failure = errno;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  errno = failure;
  require(failure == 0, arguments[0]);
  return process;
}

// "pbb-worker-OURS-N": by it the processes of this pbb's workers can be told in a list of processes.
std::string next_marker() {
  static std::atomic<int> started{0};
  return fmt::format("pbb-worker-{}-{}", ::getpid(), ++started);
}

}  // namespace

WorkerProcess::WorkerProcess(const SandboxOptions& options) : isolated_(!options.unsafe_no_isolation) {
  const auto command = worker_command(options, next_marker());
  std::array<int, 2> sockets{-1, -1};
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) == 0, "socketpair");
  socket_ = move_up(sockets[0]);
  const FileDescriptor worker_socket = move_up(sockets[1]);
  require(socket_ && worker_socket, "socketpair");
  Pipe errors = make_pipe();
  errors_ = std::move(errors.reader);
  // No pipe: bubblewrap would fail to write to one when we are killed as it starts, and end without its
  // child, which would then wait for a word from it for ever.
  information_ = move_up(::memfd_create("information", MFD_CLOEXEC));
  require(static_cast<bool>(information_), "memfd_create");
  process_ = spawn(command, options, worker_socket.get(), errors.writer.get(), information_.get());
  queue(fmt::format(R"({{"filter":"{}","seconds":{},"memory":{},"output":{},"steps":{}}})",
                    syscall_filter_hex(), options.seconds_per_call, options.memory_bytes,
                    options.output_bytes, options.max_trace_steps));
}

// The first process of a PID namespace takes all others with it, and is gone only when they are.
void WorkerProcess::end_namespace() {
  ::syscall(SYS_pidfd_send_signal, first_process_.get(), SIGKILL, nullptr, 0);
  pollfd gone{first_process_.get(), POLLIN, 0};
  while (::poll(&gone, 1, -1) < 0 && errno == EINTR) {
  }
}

WorkerProcess::~WorkerProcess() {
  if (process_ < 0) return;
  if (first_process_) end_namespace();
  ::kill(-process_, SIGKILL);  // what is left of bubblewrap, or Python itself, whose programs die with it
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// bubblewrap tells the number of the namespace's first process as it starts.
void WorkerProcess::find_first_process() {
  std::array<char, 256> text{};
  const ssize_t size = ::pread(information_.get(), text.data(), text.size(), 0);
  information_.reset();
  const auto told =
      nlohmann::json::parse(text.data(), text.data() + std::max<ssize_t>(size, 0), nullptr, false);
  if (told.is_object() && told.contains("child-pid") && told["child-pid"].is_number_integer()) {
    first_process_ =
        FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, told["child-pid"].get<pid_t>(), 0)));
  }
  require(static_cast<bool>(first_process_), "the namespace's first process");
}

std::string WorkerProcess::startup_failure() {
  std::string said(4096, '\0');
  pollfd ready{errors_.get(), POLLIN, 0};
  ssize_t size = 0;
  if (::poll(&ready, 1, 1000) > 0) size = ::read(errors_.get(), said.data(), said.size());
  said.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return said.empty() ? "it ended without a word" : said;
}

void WorkerProcess::wait_until_ready() {
  const auto give_up = std::chrono::steady_clock::now() + start_limit;
  std::string line, failure;
  while (failure.empty() && !next_line(line)) {
    throw_if_cancelled();
    pollfd ready{socket_.get(), static_cast<short>(wants_to_send() ? POLLIN | POLLOUT : POLLIN), 0};
    ::poll(&ready, 1, 200);
    if (!send() || !receive()) {
      failure = startup_failure();
    } else if (std::chrono::steady_clock::now() > give_up) {
      failure = fmt::format("not ready within {} seconds", start_limit.count());
    }
  }
  if (failure.empty() && line != R"(s{"ready": true})") failure = line;
  if (!failure.empty()) {
    throw InputError(
        fmt::format("{} for programs could not be started: {}",
                    isolated_ ? "an isolated worker (bubblewrap and Python)" : "a Python worker", failure),
        isolated_ ? "bubblewrap needs user namespaces: see sysctl kernel.unprivileged_userns_clone and "
                    "user.max_user_namespaces, or, in a container, give it the right to make them; or pass "
                    "--unsafe-no-isolation if you trust the programs"
                  : "");
  }
  errors_.reset();
  if (isolated_) find_first_process();
}

bool WorkerProcess::alive() {
  char byte = 0;
  const ssize_t size = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

void WorkerProcess::queue(std::string_view line) {
  outbox_ += line;
  outbox_ += '\n';
}

bool WorkerProcess::send() {
  while (!outbox_.empty()) {
    const ssize_t size = ::send(socket_.get(), outbox_.data(), outbox_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN;
    outbox_.erase(0, static_cast<std::size_t>(size));
  }
  return true;
}

bool WorkerProcess::receive() {
  std::array<char, 65536> bytes;
  while (true) {
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    inbox_.append(bytes.data(), static_cast<std::size_t>(size));
  }
}

bool WorkerProcess::next_line(std::string& line) {
  const std::size_t end = inbox_.find('\n', read_);
  if (end == std::string::npos) {
    inbox_.erase(0, read_);
    read_ = 0;
    return false;
  }
  line.assign(inbox_, read_, end - read_);
  read_ = end + 1;
  return true;
}

}  // namespace pbb
