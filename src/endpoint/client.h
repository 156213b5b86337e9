// Asking an OpenAI-compatible server, with the patience that one needs: what may pass is asked again, what cannot ends
// the asking with what to do about it.
#pragma once

#include <atomic>
#include <string>
#include <variant>

#include "endpoint/address.h"
#include "endpoint/http_connection.h"
#include "endpoint/pacing.h"
#include "endpoint/wire.h"

namespace pbb {

struct EndpointOptions {
  EndpointAddress address;
  ApiKey key;
  EndpointApi api = EndpointApi::completions;
  HttpTimes times;
  PacingOptions pacing;
};

// A request that the server answered with a refusal of its own, or not at all, however often it was asked.
struct Unanswered {
  std::string why;
};

class EndpointClient {
 public:
  // `waiting` must outlive it.
  EndpointClient(EndpointOptions options, Waiting& waiting);
  const EndpointOptions& options() const { return options_; }

  // Whether the server is there, takes the key, and has `model`: asked once, without patience. Servers that list no
  // models are believed. Error where nobody is there or what answers is no such server, InputError where the key or the
  // model is none of its own.
  void check(const std::string& model) const;

  // By any thread, with a connection of its own. Throws as check() does what no later request can mend: the key or the
  // model refused, the quota used up, nobody there any more after all retries. Interrupted after Waiting::stop().
  std::variant<WireReply, Unanswered> ask(HttpConnection& connection, const std::string& model,
                                          const std::string& prompt, int max_tokens);

 private:
  struct Judged;  // what an attempt came to
  Judged judge(const HttpReply& reply) const;
  Judged judge(const HttpFailure& failure) const;
  [[noreturn]] void refuse(const HttpReply& reply) const;
  std::string said(const HttpReply& reply) const;

  EndpointOptions options_;
  Waiting& waiting_;
  Pacing pacing_;
  std::atomic<bool> says_completion_tokens_ = false;
};

}  // namespace pbb
