#include "server/text_api.h"

#include <fmt/format.h>

#include <ctime>
#include <deque>

#include "base/json_text.h"
#include "decisions/record.h"
#include "server/api_error.h"
#include "server/completion_text.h"
#include "server/http_server.h"
#include "server/log_probabilities.h"

namespace pbb {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr auto look_up = std::chrono::milliseconds(50);  // between looks at whether the client is still there

// What of an answer can be told at a time.
struct Part {
  std::string text;
  std::vector<ToldToken> tokens;  // that begin in it; none where they were not asked for

  bool empty() const { return text.empty() && tokens.empty(); }
  void append(Part part) {
    text += part.text;
    for (ToldToken& token : part.tokens) tokens.push_back(std::move(token));
  }
};

// An answer while it comes, and the JSON that tells of it.
class Telling {
 public:
  Telling(const TextRequest& asked, bool is_chat, const ServedModel& served)
      : text_(*served.tokenizer, asked.stops),
        tokenizer_(*served.tokenizer),
        is_chat_(is_chat),
        tells_log_probabilities_(asked.tells_log_probabilities),
        model_(served.id),
        id_((is_chat ? "chatcmpl-" : "cmpl-") + new_decision_id()),
        created_(std::time(nullptr)),
        prompt_tokens_(asked.request.prompt.size()) {}

  Part push(const Generation::News& news) {
    if (news.finished && !news.failure.empty())
      throw unavailable("The answer was given up: " + news.failure + ".");
    Part part;
    part.text = text_.push(news.tokens);
    if (news.finished) part.text += text_.finish();
    is_stopped_ = text_.stopped() || news.stopped;
    is_ended_ = news.finished || text_.stopped();
    if (!tells_log_probabilities_) return part;
    choices_.insert(choices_.end(), news.choices.begin(), news.choices.end());
    for (const std::size_t begin : text_.take_begun()) {
      part.tokens.push_back({std::move(choices_.front()), begin});
      choices_.pop_front();
    }
    return part;
  }
  bool is_ended() const { return is_ended_; }
  const char* reason() const { return is_stopped_ ? "stop" : "length"; }

  ordered_json whole(const Part& all) const {
    ordered_json choice = {{"index", 0}};
    if (is_chat_) {
      choice["message"] = {{"role", "assistant"}, {"content", all.text}};
    } else {
      choice["text"] = all.text;
    }
    choice["logprobs"] = log_probabilities(all);
    choice["finish_reason"] = reason();
    ordered_json body = head(is_chat_ ? "chat.completion" : "text_completion");
    body["choices"] = {choice};
    body["usage"] = usage();
    return body;
  }

  // Of a stream: `reason` is null but at the end. tells_usage: every chunk has the field.
  ordered_json chunk(const Part& part, const char* reason, bool is_first, bool tells_usage) const {
    ordered_json choice = {{"index", 0}};
    if (is_chat_) {
      choice["delta"] = ordered_json::object();
      if (is_first) choice["delta"]["role"] = "assistant";
      if (is_first || !part.text.empty()) choice["delta"]["content"] = part.text;
    } else {
      choice["text"] = part.text;
    }
    choice["logprobs"] = reason == nullptr ? log_probabilities(part) : ordered_json(nullptr);
    choice["finish_reason"] = reason == nullptr ? ordered_json(nullptr) : ordered_json(reason);
    ordered_json body = head(is_chat_ ? "chat.completion.chunk" : "text_completion");
    body["choices"] = {choice};
    if (tells_usage) body["usage"] = nullptr;
    return body;
  }

  ordered_json usage_chunk() const {
    ordered_json body = head(is_chat_ ? "chat.completion.chunk" : "text_completion");
    body["choices"] = ordered_json::array();
    body["usage"] = usage();
    return body;
  }

 private:
  ordered_json head(const char* object) const {
    return {{"id", id_},
            {"object", object},
            {"created", created_},
            {"model", model_},
            {"pbb", {{"checked", false}}}};
  }
  ordered_json usage() const {
    return {{"prompt_tokens", prompt_tokens_},
            {"completion_tokens", text_.tokens()},
            {"total_tokens", prompt_tokens_ + text_.tokens()}};
  }
  ordered_json log_probabilities(const Part& part) const {
    if (!tells_log_probabilities_) return nullptr;
    return log_probabilities_json(part.tokens, tokenizer_, is_chat_);
  }

  CompletionText text_;
  std::deque<TokenChoice> choices_;  // of tokens whose text has not begun to be told
  const Tokenizer& tokenizer_;
  bool is_chat_, tells_log_probabilities_, is_stopped_ = false, is_ended_ = false;
  std::string model_, id_;
  std::time_t created_;
  std::size_t prompt_tokens_;
};

// A stream under way: each call sends what has come.
struct Streaming {
  Streaming(const TextRequest& request, bool is_chat, const ServedModel& served,
            std::shared_ptr<Generation> started, const Asked& asked, Metrics& counters,
            std::shared_ptr<const void> of)
      : owner(std::move(of)),
        telling(request, is_chat, served),
        generation(std::move(started)),
        deadline(asked.deadline),
        place(asked.place),
        tells_usage(request.tells_usage),
        metrics(counters) {}

  // False: the client has gone.
  bool send(httplib::DataSink& sink) {
    try {
      const Part part = telling.push(next_news(*generation, deadline, metrics));
      if (is_first || !part.empty()) {
        if (!write(sink, telling.chunk(part, nullptr, is_first, tells_usage))) return false;
        is_first = false;
      }
      if (!telling.is_ended()) return true;
      generation->cancel();
      if (!write(sink, telling.chunk({}, telling.reason(), false, tells_usage))) return false;
      if (tells_usage && !write(sink, telling.usage_chunk())) return false;
      return finish(sink, "data: [DONE]\n\n");
    } catch (const ApiError& error) {
      return finish(sink, "data: " + error_body(error) + "\n");
    }
  }

  std::shared_ptr<const void> owner;  // goes last
  Telling telling;
  std::shared_ptr<Generation> generation;
  std::chrono::steady_clock::time_point deadline;
  std::shared_ptr<void> place;
  bool tells_usage, is_first = true;
  Metrics& metrics;

 private:
  static bool write(httplib::DataSink& sink, const ordered_json& body) {
    const std::string line = "data: " + json_text(body) + "\n\n";
    return sink.write(line.data(), line.size());
  }
  static bool finish(httplib::DataSink& sink, const std::string& line) {
    if (!sink.write(line.data(), line.size())) return false;
    sink.done();
    return true;
  }
};

}  // namespace

Generation::News next_news(Generation& generation, std::chrono::steady_clock::time_point deadline,
                           Metrics& metrics) {
  while (true) {
    const auto now = std::chrono::steady_clock::now();
    Generation::News news = generation.wait(std::min(now + look_up, deadline));
    if (client_is_gone()) {
      generation.cancel();
      metrics.add("pbb_clients_gone_total");
      throw ApiError(499, "invalid_request_error", "The client has closed the connection.",
                     "client_closed_request");
    }
    if (news.finished || !news.tokens.empty()) return news;
    if (now < deadline) continue;
    generation.cancel();
    throw ApiError(504, "timeout_error", "The answer took too long, and was given up.", "timeout");
  }
}

void TextApi::answer(const Asked& asked, bool is_chat, httplib::Response& response,
                     std::shared_ptr<const void> owner) {
  TextRequest request = read_text_request(asked.body, is_chat, served_);
  const auto generation = model_.start(request.request);
  if (request.is_stream) {
    const auto stream =
        std::make_shared<Streaming>(request, is_chat, served_, generation, asked, metrics_, std::move(owner));
    response.set_header("Cache-Control", "no-cache");
    response.set_chunked_content_provider(
        "text/event-stream", [stream](std::size_t, httplib::DataSink& sink) { return stream->send(sink); },
        [stream](bool) { stream->generation->cancel(); });
    return;
  }
  Telling telling(request, is_chat, served_);
  Part all;
  while (!telling.is_ended()) all.append(telling.push(next_news(*generation, asked.deadline, metrics_)));
  generation->cancel();
  set_json(response, telling.whole(all));
}

}  // namespace pbb
