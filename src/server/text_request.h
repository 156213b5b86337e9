// What a client asks of /v1/chat/completions and /v1/completions, read and checked.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "generation/engine.h"
#include "text/tokenizer.h"

namespace pbb {

struct TextRequest {
  Request request;  // prompt, sampling, length, tokens that end it
  std::vector<std::string> stops;
  bool is_stream = false, tells_usage = false;
  bool tells_log_probabilities = false;  // of each token, and of as many others as request.likeliest says
};

// What is served, as far as requests go by it.
struct ServedModel {
  std::string id;
  const Tokenizer* tokenizer = nullptr;
  std::size_t context = 0;
};

// ApiError for what cannot be done as asked, by the name of the parameter: nothing that would change the
// answer is passed over.
TextRequest read_text_request(const nlohmann::json& body, bool is_chat, const ServedModel& served);

}  // namespace pbb
