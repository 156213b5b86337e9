#include "endpoint/wire.h"

#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "base/json_text.h"

namespace pbb {
namespace {

using nlohmann::json;

// Null where it is no JSON.
json parsed(std::string_view body) {
  try {
    return parse_json(body);
  } catch (const json::exception&) {
    return nullptr;
  }
}

std::string text_in(const json& object, const char* key) {
  const auto field = object.is_object() ? object.find(key) : object.end();
  return field != object.end() && field->is_string() ? field->get<std::string>() : "";
}

}  // namespace

std::string api_path(EndpointApi api) {
  return api == EndpointApi::chat ? "/chat/completions" : "/completions";
}

std::string request_body(EndpointApi api, const WireRequest& request) {
  json body = {{"model", request.model},
               {"temperature", 0},
               {request.says_completion_tokens ? "max_completion_tokens" : "max_tokens", request.max_tokens}};
  if (api == EndpointApi::chat) {
    body["messages"] = json::array({json{{"role", "user"}, {"content", request.prompt}}});
  } else {
    body["prompt"] = request.prompt;
  }
  return json_text(body);
}

std::optional<WireReply> read_reply(EndpointApi api, std::string_view body) {
  const json reply = parsed(body);
  if (!reply.is_object() || !reply.contains("choices") || !reply["choices"].is_array() ||
      reply["choices"].empty())
    return std::nullopt;
  const json& choice = reply["choices"].front();
  if (!choice.is_object()) return std::nullopt;
  const char* key = api == EndpointApi::chat ? "content" : "text";
  const json& said = api == EndpointApi::chat && choice.contains("message") ? choice["message"] : choice;
  if (!said.is_object() || !said.contains(key)) return std::nullopt;
  if (!said[key].is_string() && !said[key].is_null()) return std::nullopt;  // null: nothing was said
  return WireReply{.text = text_in(said, key), .cut = text_in(choice, "finish_reason") == "length"};
}

WireError read_error(std::string_view body) {
  const json reply = parsed(body);
  if (!reply.is_object()) return {};
  const json error = reply.contains("error") ? reply["error"] : reply;
  if (error.is_string()) return {.message = error.get<std::string>(), .code = {}, .param = {}};
  WireError said{
      .message = text_in(error, "message"), .code = text_in(error, "code"), .param = text_in(error, "param")};
  if (said.message.empty()) said.message = text_in(error, "detail");
  return said;
}

std::optional<std::vector<std::string>> read_model_names(std::string_view body) {
  const json reply = parsed(body);
  if (!reply.is_object() || !reply.contains("data") || !reply["data"].is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const json& model : reply["data"]) {
    if (const std::string name = text_in(model, "id"); !name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace pbb
