#include "endpoint/endpoint_answering.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <thread>
#include <utility>

#include "base/cancellation.h"
#include "base/error.h"
#include "evaluation/assisted.h"
#include "examples/templates.h"

namespace pbb {
namespace {

constexpr std::size_t most_in_a_row = 20;                // questions without an answer
constexpr int most_corrections = 64;                     // of one answer
constexpr auto look_up = std::chrono::milliseconds(50);  // between looks at whether to stop

}  // namespace

// What the threads share.
struct EndpointAnswering::Work {
  std::span<const AskedPrompt> prompts;
  std::vector<std::size_t> to_ask;
  std::vector<PromptAnswer>& answers;

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t next = 0, done = 0, unanswered_in_a_row = 0, working = 0;
  std::exception_ptr failure;
};

EndpointAnswering::EndpointAnswering(EndpointClient& client, AnswerJournal& journal, Waiting& waiting,
                                     EndpointArm arm)
    : client_(client), journal_(journal), waiting_(waiting), arm_(std::move(arm)) {}

PromptAnswer EndpointAnswering::converse(HttpConnection& connection, const AskedPrompt& prompt) {
  const AskedForm asked = prompt.asked;
  const bool hands_over = !arm_.executor_model.empty() && recites(asked.form) && !asked.source_given;
  std::string model = arm_.model;
  PromptAnswer answer;
  bool recited = false;  // and handed over
  for (int turn = 0; turn < most_corrections; ++turn) {
    const auto reply =
        client_.ask(connection, model, prompt.question.text + answer.text, arm_.max_new_tokens);
    if (const auto* unanswered = std::get_if<Unanswered>(&reply))
      return {.text = {}, .failure = unanswered->why};
    answer.text += std::get<WireReply>(reply).text;
    answer.cut = std::get<WireReply>(reply).cut;
    const std::size_t cue = hands_over && !recited ? answer.text.find(trace_cue()) : std::string::npos;
    if (cue != std::string::npos) {
      answer.text.resize(cue + trace_cue().size());
      model = arm_.executor_model;
      recited = true;
      continue;
    }
    const auto corrected =
        asked.form == AnswerForm::assisted ? assisted_text(answer.text, asked.source_given) : std::nullopt;
    if (!corrected) break;
    answer.text = *corrected;
  }
  if (const std::size_t end = answer_end(asked, answer.text); end != std::string::npos) {
    answer.text.resize(end);
    answer.cut = false;
  }
  return answer;
}

void EndpointAnswering::work(Work& shared, HttpConnection& connection) {
  try {
    while (true) {
      std::size_t place = 0;
      {
        const std::lock_guard lock(shared.mutex);
        if (shared.failure || shared.next == shared.to_ask.size()) break;
        place = shared.to_ask[shared.next++];
      }
      PromptAnswer answer = converse(connection, shared.prompts[place]);
      if (answer.failure.empty()) journal_.add(shared.prompts[place], answer);
      const std::lock_guard lock(shared.mutex);
      shared.unanswered_in_a_row = answer.failure.empty() ? 0 : shared.unanswered_in_a_row + 1;
      if (shared.unanswered_in_a_row >= most_in_a_row) {
        throw Error(fmt::format("{} questions in a row have no answer; the last: {}",
                                shared.unanswered_in_a_row, answer.failure),
                    "what was answered is kept, and the same command goes on");
      }
      shared.answers[place] = std::move(answer);
      ++shared.done;
      shared.changed.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(shared.mutex);
    if (!shared.failure) shared.failure = std::current_exception();
  }
  const std::lock_guard lock(shared.mutex);
  --shared.working;
  shared.changed.notify_all();
}

std::vector<PromptAnswer> EndpointAnswering::answers(std::span<const AskedPrompt> prompts) {
  std::vector<PromptAnswer> answers(prompts.size());
  Work shared{
      .prompts = prompts, .to_ask = {}, .answers = answers, .mutex = {}, .changed = {}, .failure = {}};
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    if (const auto known = journal_.find(prompts[i])) {
      answers[i] = *known;
    } else {
      shared.to_ask.push_back(i);
    }
  }
  asked_ = shared.to_ask.size();

  std::vector<std::unique_ptr<HttpConnection>> connections;
  const std::size_t threads = std::min<std::size_t>(static_cast<std::size_t>(arm_.concurrency), asked_);
  for (std::size_t i = 0; i < threads; ++i) {
    const EndpointOptions& options = client_.options();
    connections.push_back(std::make_unique<HttpConnection>(options.address, options.key, options.times));
  }
  const auto stop_all = [&] {
    waiting_.stop();
    for (const auto& connection : connections) connection->stop();
  };
  std::vector<std::thread> running;
  shared.working = threads;
  for (const auto& connection : connections)
    running.emplace_back([this, &shared, &connection] { work(shared, *connection); });

  std::unique_lock lock(shared.mutex);
  bool stopped = false;
  std::size_t told = 0;
  while (shared.working > 0) {
    shared.changed.wait_for(lock, look_up);
    if (arm_.on_progress && std::exchange(told, shared.done) != shared.done)
      arm_.on_progress(prompts.size() - asked_ + shared.done, prompts.size());
    if (stopped || !(cancellation_requested() || shared.failure)) continue;
    stopped = true;
    lock.unlock();
    stop_all();
    lock.lock();
  }
  lock.unlock();
  for (std::thread& thread : running) thread.join();
  if (cancellation_requested())
    throw Interrupted("stopped while the server was asked", "the same command goes on");
  if (shared.failure) std::rethrow_exception(shared.failure);
  return answers;
}

}  // namespace pbb
