// An arm asked of a model behind an API like OpenAI's.
#pragma once

#include <functional>
#include <string>

#include "endpoint/client.h"
#include "endpoint/journal.h"
#include "evaluation/answering.h"

namespace pbb {

struct EndpointArm {
  std::string model = {};
  std::string executor_model = {};  // that runs what `model` has recited; empty: it does so itself
  int max_new_tokens = 160;         // of each request
  int concurrency = 8;              // questions asked at once
  std::function<void(std::size_t done, std::size_t total)> on_progress = {};
};

// The text of a question is sent as it is: what its tokens are is the server's business, which puts its own begin of a
// text before it. Answers end where our engine would have ended them. In the assisted form, which only completions can
// be asked for, the model goes on from each result that it had wrong, computed.
class EndpointAnswering final : public Answering {
 public:
  // All must outlive it.
  EndpointAnswering(EndpointClient& client, AnswerJournal& journal, Waiting& waiting, EndpointArm arm);

  // What the journal has is not asked for. A question that stays unanswered fails; when twenty in a row do, an Error,
  // as when nobody is there any more. Interrupted where base/cancellation says so. Either way the journal has what was
  // answered.
  std::vector<PromptAnswer> answers(std::span<const AskedPrompt> prompts) override;

  std::size_t asked() const { return asked_; }  // of the last answers(): questions that were sent

 private:
  struct Work;
  PromptAnswer converse(HttpConnection& connection, const AskedPrompt& prompt);
  void work(Work& shared, HttpConnection& connection);

  EndpointClient& client_;
  AnswerJournal& journal_;
  Waiting& waiting_;
  EndpointArm arm_;
  std::size_t asked_ = 0;
};

}  // namespace pbb
