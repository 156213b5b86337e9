// /v1/chat/completions and /v1/completions: a model's words in OpenAI's form, unchecked.
#pragma once

#include "server/gate.h"
#include "server/model_thread.h"
#include "server/text_request.h"

namespace pbb {

class TextApi {
 public:
  TextApi(ServedModel served, ModelThread& model, Metrics& metrics)
      : served_(std::move(served)), model_(model), metrics_(metrics) {}

  // `owner`: what must live until a stream has ended.
  void answer(const Asked& asked, bool is_chat, httplib::Response& response,
              std::shared_ptr<const void> owner);

 private:
  ServedModel served_;
  ModelThread& model_;
  Metrics& metrics_;
};

// Waits for what comes next, but not beyond the deadline or for a client that has gone: then the generation
// is cancelled, and an ApiError says why.
Generation::News next_news(Generation& generation, std::chrono::steady_clock::time_point deadline,
                           Metrics& metrics);

}  // namespace pbb
