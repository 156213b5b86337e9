// OpenAI's completions and chat completions, as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"

namespace pbb {

enum class EndpointApi { completions, chat };
inline constexpr Choice<EndpointApi> endpoint_apis[] = {{EndpointApi::completions, "completions"},
                                                        {EndpointApi::chat, "chat"}};
std::string api_path(EndpointApi api);  // "/chat/completions"

struct WireRequest {
  std::string model, prompt;  // chat: the words of a user
  int max_tokens = 0;
  bool says_completion_tokens = false;  // as newer models want it: max_completion_tokens
};
// Greedy: a temperature of 0. Bytes that are not UTF-8 go as U+FFFD.
std::string request_body(EndpointApi api, const WireRequest& request);

struct WireReply {
  std::string text;
  bool cut = false;  // at max_tokens
};
// Nothing where the body is not what that API answers.
std::optional<WireReply> read_reply(EndpointApi api, std::string_view body);

// What a server says that refuses: OpenAI's form, {"error": {"message", "code", "param"}}, or what comes near it.
struct WireError {
  std::string message, code, param;  // empty where it is not said
};
WireError read_error(std::string_view body);

// Of GET /models; nothing where it is no such list.
std::optional<std::vector<std::string>> read_model_names(std::string_view body);

}  // namespace pbb
