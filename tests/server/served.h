// A server in this process, over real sockets, with a model of a few thousand random weights that speaks
// bytes and has two registered rules.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.h"
#include "base/file_descriptor.h"
#include "base/temporary_folder.h"
#include "decisions/registry.h"
#include "examples/byte_tokenizer.h"
#include "model/byte_decoder.h"
#include "model/load.h"
#include "server/http_server.h"
#include "server/server.h"

namespace pbb {

inline Tokenizer chat_tokenizer() {
  TokenizerData data = byte_tokenizer().data();
  data.tokens.push_back("<|im_start|>");
  data.tokens.push_back("<|im_end|>");
  data.control = {256, 257, 258};
  return Tokenizer(std::move(data));
}

inline Decoder chat_decoder() {
  return byte_decoder(4096, 1, DataType::f32, 259);
}

inline RuleEntry served_rule(const std::string& name, const std::string& parameters, const std::string& body,
                             std::vector<std::string> names, std::size_t required) {
  RuleEntry rule;
  rule.name = name;
  rule.source = "def " + name + "(" + parameters + "):\n" + body;
  rule.signature.head = {.name = name, .line = 1, .parameters = std::move(names), .required = required};
  rule.signature.defaults.assign(rule.signature.head.parameters.size() - required, Value{std::int64_t{0}});
  rule.signature.text = name + "(" + parameters + ")";
  rule.certificate = {{"name", name}, {"recall", {{"recalled", true}}}};
  rule.model = "tiny";
  rule.date = "2026-11-27T00:00:00Z";
  return rule;
}

class Served : public testing::Test {
 protected:
  Served() {
    save_model(folder_ / "m", chat_decoder(), chat_tokenizer());
    write_file(folder_ / "m" / "chat_template.jinja", chat_template);
    const RuleEntry rules[] = {
        served_rule("fee", "x, extra=0", "    if x > 10:\n        return 5 + extra\n    return 2\n",
                    {"x", "extra"}, 1),
        served_rule("check", "x", "    if x < 0:\n        raise ValueError('x')\n    return [x, (x, 1)]\n",
                    {"x"}, 1),
        served_rule("odd", "x", "    return print\n", {"x"}, 1)};
    Registry(folder_ / "m", Database::Mode::write).add(rules);
    options_.model = (folder_ / "m").string();
    options_.form = "recite";
    options_.port = 0;
    options_.parallel = 4;
    options_.context = 1024;
  }
  ~Served() override { stop(); }

  void start() {
    stop_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
    std::promise<std::string> ready;
    auto address = ready.get_future();
    thread_ = std::thread([this, &ready] {
      try {
        const ServeEvents events{.stop = stop_.get(), .reload = reload_.get(), .next_log = next_log_.get()};
        serve(options_, events, [&](const std::string& where) { ready.set_value(where); });
      } catch (...) {
        ready.set_exception(std::current_exception());
      }
    });
    try {
      address_ = address.get();
    } catch (...) {
      thread_.join();
      throw;
    }
  }
  static void tell(const FileDescriptor& event) {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(event.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  }
  void ask_to_stop() { tell(stop_); }
  void stop() {
    if (!thread_.joinable()) return;
    ask_to_stop();
    thread_.join();
  }
  int port() const { return std::stoi(address_.substr(address_.rfind(':') + 1)); }
  httplib::Client client() const {
    httplib::Client one("127.0.0.1", port());
    one.set_read_timeout(120);
    return one;
  }

  struct Answer {
    int status = 0;
    nlohmann::json body;
    httplib::Headers headers;
  };
  static Answer answer_of(const httplib::Result& result) {
    if (!result) return {};
    nlohmann::json body;
    if (result->get_header_value("Content-Type") == "application/json")
      body = nlohmann::json::parse(result->body);
    return {result->status, std::move(body), result->headers};
  }
  Answer get(const std::string& path) const { return answer_of(client().Get(path)); }
  Answer post(const std::string& path, const nlohmann::json& body) const {
    return answer_of(client().Post(path, body.dump(), "application/json"));
  }
  // Of /metrics: the line that begins with `series`; 0 where there is none.
  double metric(const std::string& series) const {
    const auto result = client().Get("/metrics");
    const std::string text = result ? "\n" + result->body : "";
    const std::size_t at = text.find("\n" + series + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + series.size() + 2));
  }

  static constexpr const char* chat_template =
      R"({% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You help.<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %})";

  TemporaryFolder folder_;
  ServeOptions options_;
  FileDescriptor stop_, reload_{::eventfd(0, EFD_CLOEXEC)}, next_log_{::eventfd(0, EFD_CLOEXEC)};
  std::thread thread_;
  std::string address_;
};

// The JSON of each "data: " line of a stream but [DONE].
struct Events {
  std::vector<nlohmann::json> chunks;
  bool done = false;
};
inline Events events_of(const std::string& body) {
  Events events;
  for (std::size_t begin = 0; begin < body.size();) {
    const std::size_t end = body.find("\n\n", begin);
    EXPECT_NE(end, std::string::npos) << body.substr(begin);
    if (end == std::string::npos) break;
    const std::string line = body.substr(begin, end - begin);
    EXPECT_TRUE(line.starts_with("data: ")) << line;
    if (line == "data: [DONE]") {
      events.done = true;
    } else {
      events.chunks.push_back(nlohmann::json::parse(line.substr(6)));
    }
    begin = end + 2;
  }
  return events;
}

}  // namespace pbb
