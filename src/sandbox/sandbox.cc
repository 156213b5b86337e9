#include "sandbox/sandbox.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/cancellation.h"
#include "base/error.h"
#include "sandbox/worker_messages.h"
#include "sandbox/worker_process.h"

namespace pbb {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr std::size_t most_together = 16;  // calls of one source that go in one request
constexpr std::size_t least_memory = 64u << 20;

// On a busy machine a call may have had next to none of its time: by the clock alone none is given up. It is
// made once more, with so many times the time; one that computes without end meets its limit of processor time
// before.
constexpr double patience = 10;

// Calls [first, last) of the span: the same source, one request. Those before `next` are answered.
struct Job {
  std::size_t first = 0, next = 0, last = 0;
  bool is_second_try = false;  // of one call
};

void check(const SandboxOptions& options) {
  const auto refuse = [](const std::string& what, const std::string& hint) {
    throw InputError("sandbox: " + what, hint);
  };
  if (!std::isfinite(options.seconds_per_call) || options.seconds_per_call <= 0 ||
      options.seconds_per_call > 3600) {
    refuse(fmt::format("seconds per call is {}", options.seconds_per_call), "give more than 0, at most 3600");
  }
  if (options.memory_bytes < least_memory) {
    refuse(fmt::format("{} bytes of memory", options.memory_bytes),
           "Python alone takes more: give at least 64 MB");
  }
  if (options.output_bytes < 1 || options.output_bytes > (256u << 20)) {
    refuse(fmt::format("{} bytes of output", options.output_bytes), "give 1 byte to 256 MB");
  }
  if (options.workers < 1 || options.workers > 1024) {
    refuse(fmt::format("{} workers", options.workers), "give 1 to 1024");
  }
  if (options.max_trace_steps < 1) {
    refuse(fmt::format("{} trace steps at most", options.max_trace_steps), "give at least 1");
  }
}

std::deque<Job> jobs_of(std::span<const ProgramCall> calls) {
  std::deque<Job> jobs;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const bool together = !jobs.empty() && i - jobs.back().first < most_together &&
                          calls[i].traced == calls[i - 1].traced && calls[i].again == calls[i - 1].again &&
                          calls[i].name == calls[i - 1].name && calls[i].source == calls[i - 1].source;
    if (together) {
      jobs.back().last = i + 1;
    } else {
      jobs.push_back({i, i, i + 1});
    }
  }
  return jobs;
}

// Nothing when the source is not UTF-8.
std::optional<std::string> request_line(std::span<const ProgramCall> calls, const Job& job) {
  Json request = {{"source", calls[job.next].source},
                  {"name", calls[job.next].name},
                  {"traced", calls[job.next].traced},
                  {"again", calls[job.next].again}};
  for (std::size_t i = job.next; i < job.last; ++i) {
    TupleValue arguments{calls[i].arguments};
    request["calls"].push_back(to_python(Value{std::move(arguments)}));
  }
  try {
    return request.dump(-1, ' ', true);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

struct Sandbox::Implementation {
  struct Worker {
    std::unique_ptr<WorkerProcess> process;
    std::optional<Job> job;  // under way
    bool stopped = false;    // after its last result the process ends, whatever calls are left
    Clock::time_point deadline;
  };

  SandboxOptions options;
  std::vector<Worker> workers;
  // One run:
  std::span<const ProgramCall> calls;
  std::vector<CallResult> results;
  std::deque<Job> jobs;

  explicit Implementation(const SandboxOptions& given) : options(given) {
    check(options);
    workers.resize(static_cast<std::size_t>(options.workers));
    for (auto& worker : workers) worker.process = std::make_unique<WorkerProcess>(options);
    for (auto& worker : workers) worker.process->wait_until_ready();
  }

  void restart_clock(Worker& worker) {
    const std::chrono::duration<double> limit(options.seconds_per_call *
                                              (worker.job->is_second_try ? patience : 1));
    worker.deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(limit);
  }

  void fail(Job job, CallStatus status, const std::string& detail) {
    for (; job.next < job.last; ++job.next) results[job.next] = result_of(status, detail);
  }

  void begin_next_job(Worker& worker) {
    const Job job = jobs.front();
    jobs.pop_front();
    const auto request = request_line(calls, job);
    if (!request) return fail(job, CallStatus::raised, "SyntaxError: the source is not UTF-8");
    try {
      if (!worker.process || !worker.process->alive()) {
        worker.process = std::make_unique<WorkerProcess>(options);
        worker.process->wait_until_ready();
      }
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      worker.process.reset();
      return fail(job, CallStatus::failed, error.what());
    }
    worker.process->queue(*request);
    worker.job = job;
    worker.stopped = false;
    restart_clock(worker);
  }

  // The job's process is gone: the call it was at gets `verdict`, the rest begin again in a new process.
  void end_job(Worker& worker, const std::function<CallResult()>& verdict) {
    Job job = *worker.job;
    worker.job.reset();
    if (job.next < job.last && !worker.stopped) results[job.next++] = verdict();
    job.first = job.next;
    if (job.next < job.last) jobs.push_front(job);
  }

  void try_again(Worker& worker) {
    const Job job = *worker.job;
    worker.job.reset();
    if (job.next + 1 < job.last) jobs.push_front({job.next + 1, job.next + 1, job.last});
    jobs.push_front({job.next, job.next, job.next + 1, true});
  }

  // What the worker's server says: the program's process is gone. One that sent what is no result, or one too
  // many, is believed in nothing.
  void handle_end(Worker& worker, const Json& message) {
    const auto fault = message.at("fault").get<std::string>();
    if (fault.empty()) return end_job(worker, [&] { return read_end(message); });
    worker.job->next = worker.job->first;
    fail(*worker.job, CallStatus::killed, fault);
    worker.job.reset();
  }

  // Who speaks is told by the first byte alone, which the worker's server writes: nothing that a program
  // sends can end its job, and with it begin to answer for the next.
  void handle(Worker& worker, std::string_view line) {
    const bool from_server = line.starts_with('s');
    const Json message = Json::parse(line.substr(std::min<std::size_t>(1, line.size())), nullptr, false);
    if (from_server) return handle_end(worker, message);
    Job& job = *worker.job;
    if (job.next == job.last || worker.stopped) return;  // of calls after one that did not return
    CallResult& result = results[job.next];
    const std::string& source = calls[job.next++].source;
    try {
      result = read_result(message,
                           1 + std::ranges::count_if(source, [](char c) { return c == '\n' || c == '\r'; }));
    } catch (const Json::exception&) {
      result = garbled_result();
    }
    // As the worker has it: a call that came to an outcome is followed by the next, even where its value is
    // beyond our parser.
    worker.stopped =
        !message.is_object() || (message.value("status", "") != "returned" && !message.contains("raised"));
    restart_clock(worker);
  }

  void serve(Worker& worker) {
    const bool open = worker.process->send() && worker.process->receive();
    std::string line;
    while (worker.job && worker.process->next_line(line)) handle(worker, line);
    if (!worker.job) return;
    if (!open) {
      worker.process.reset();
      end_job(worker, [] { return result_of(CallStatus::failed, "the worker ended unexpectedly"); });
    } else if (Clock::now() >= worker.deadline) {
      worker.process.reset();  // and with it the program, before its verdict is given
      if (worker.job->next < worker.job->last && !worker.job->is_second_try && !worker.stopped)
        return try_again(worker);
      end_job(worker, [this] {
        return result_of(CallStatus::timed_out,
                         fmt::format("more than {} seconds", options.seconds_per_call));
      });
    }
  }

  void wait() {
    std::vector<pollfd> ready;
    auto until = Clock::now() + std::chrono::milliseconds(200);  // to notice a cancellation
    for (const auto& worker : workers) {
      if (!worker.job) continue;
      ready.push_back({worker.process->descriptor(),
                       static_cast<short>(worker.process->wants_to_send() ? POLLIN | POLLOUT : POLLIN), 0});
      until = std::min(until, worker.deadline);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (!ready.empty()) ::poll(ready.data(), ready.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
  }

  bool busy() const {
    return std::any_of(workers.begin(), workers.end(),
                       [](const Worker& worker) { return worker.job.has_value(); });
  }

  void run_all() {
    while (!jobs.empty() || busy()) {
      throw_if_cancelled();
      for (auto& worker : workers) {
        while (!worker.job && !jobs.empty()) begin_next_job(worker);
      }
      wait();
      for (auto& worker : workers) {
        if (worker.job) serve(worker);
      }
    }
  }

  void abandon() {
    for (auto& worker : workers) {
      if (worker.job) worker.process.reset();
      worker.job.reset();
    }
    jobs.clear();
  }
};

Sandbox::Sandbox(SandboxOptions options) : implementation_(std::make_unique<Implementation>(options)) {}
Sandbox::~Sandbox() = default;
Sandbox::Sandbox(Sandbox&&) noexcept = default;

std::vector<CallResult> Sandbox::run(std::span<const ProgramCall> calls) {
  Implementation& all = *implementation_;
  all.calls = calls;
  all.results.assign(calls.size(), CallResult{});
  all.jobs = jobs_of(calls);
  try {
    all.run_all();
  } catch (...) {
    all.abandon();
    throw;
  }
  return std::move(all.results);
}

}  // namespace pbb
