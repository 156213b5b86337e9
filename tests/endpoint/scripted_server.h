// A server over real sockets that answers as a test says, and time that passes only where a test waits.
#pragma once

#include <gtest/gtest.h>
#include <httplib.h>

#include <deque>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "endpoint/client.h"

namespace pbb {

class ScriptedServer {
 public:
  using Answer = std::function<void(const httplib::Request&, httplib::Response&)>;

  // Requests to the two APIs are answered by the script's answers in turn, and when it is at its end by `otherwise`.
  explicit ScriptedServer(Answer otherwise) : otherwise_(std::move(otherwise)) {
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      Answer next = otherwise_;
      {
        const std::lock_guard lock(mutex_);
        requests.push_back(request);
        if (!script.empty()) {
          next = script.front();
          script.pop_front();
        }
      }
      next(request, response);
    };
    server_.Post("/v1/completions", answer);
    server_.Post("/v1/chat/completions", answer);
    server_.Get("/v1/models", [this](const httplib::Request& request, httplib::Response& response) {
      models(request, response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~ScriptedServer() {
    server_.stop();
    thread_.join();
  }
  EndpointAddress address() const {
    return parse_endpoint("http://127.0.0.1:" + std::to_string(port_) + "/v1");
  }

  std::deque<Answer> script;
  std::vector<httplib::Request> requests;  // to be read when nobody asks any more
  Answer models = [](const httplib::Request&, httplib::Response& response) {
    response.set_content(R"({"object": "list", "data": [{"id": "m"}, {"id": "n"}]})", "application/json");
  };

 private:
  std::mutex mutex_;
  Answer otherwise_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

inline ScriptedServer::Answer with(int status, const std::string& body, httplib::Headers headers = {},
                                   const std::string& type = "application/json") {
  return [=](const httplib::Request&, httplib::Response& response) {
    response.status = status;
    response.headers = headers;
    response.set_content(body, type.c_str());
  };
}
inline ScriptedServer::Answer says(const std::string& text, const std::string& reason = "stop") {
  return with(200, nlohmann::json{{"choices",
                                   {{{"text", text},
                                     {"message", {{"role", "assistant"}, {"content", text}}},
                                     {"finish_reason", reason}}}}}
                       .dump());
}

// Waits are over at once, and remembered.
class NoWaiting final : public Waiting {
 public:
  SteadyTime now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  bool wait_until(SteadyTime time) override {
    const std::lock_guard lock(mutex_);
    if (time > now_) waits.push_back(Seconds(time - now_).count());
    now_ = std::max(now_, time);
    return !stopped_;
  }
  void stop() override {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }

  std::vector<double> waits;  // seconds

 private:
  mutable std::mutex mutex_;
  SteadyTime now_;
  bool stopped_ = false;
};

}  // namespace pbb
