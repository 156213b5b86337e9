// What a server lives through: keys, crowds, clients that break off, and requests that are none.
#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/random.h"
#include "server/gate.h"
#include "server/served.h"

namespace pbb {
namespace {

using nlohmann::json;

class Http : public Served {
 protected:
  // What comes back for these bytes, until the server closes the connection.
  std::string raw(const std::string& bytes, bool ends = true) const {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = ::send(socket.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;  // it has heard enough
      sent += static_cast<std::size_t>(count);
    }
    if (ends) ::shutdown(socket.get(), SHUT_WR);
    std::string answer;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::recv(socket.get(), buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(count));
    return answer;
  }
  static json long_answer() {
    return {{"prompt", "hello"}, {"max_tokens", 900}, {"temperature", 2}, {"seed", 1}};
  }
  // Streams, and does `meanwhile` when the first part has come; whether the stream came to its end.
  bool during_stream(const std::function<bool()>& meanwhile) const {
    bool met = false;
    std::string all;
    json body = long_answer();
    body["stream"] = true;
    httplib::Request request;
    request.method = "POST";
    request.path = "/v1/completions";
    request.body = body.dump();
    request.set_header("Content-Type", "application/json");
    request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      all.append(data, size);
      if (met) return true;
      met = true;
      return meanwhile();
    };
    client().send(request);
    EXPECT_TRUE(met);
    return all.ends_with("data: [DONE]\n\n");
  }
};

TEST_F(Http, HealthNeedsNoKeyAndAnswersWhileTheModelComputes) {
  start();
  std::atomic<bool> enough = false;
  auto asking = std::async(std::launch::async, [&] {
    while (!enough) EXPECT_EQ(post("/v1/completions", long_answer()).status, 200);
  });
  while (metric("pbb_sequences_running") < 1) std::this_thread::yield();
  EXPECT_EQ(get("/health").body, (json{{"status", "ok"}}));
  enough = true;
  asking.get();
}

TEST_F(Http, WhereThereAreKeysAllButHealthNeedsOne) {
  write_file(folder_ / "keys", "# ours\n0123456789abcdef0123 billing desk\nfedcba98765432100000\n");
  std::filesystem::permissions(folder_ / "keys", std::filesystem::perms::owner_read);
  options_.api_key_file = (folder_ / "keys").string();
  options_.audit = (folder_ / "log.jsonl").string();
  start();
  EXPECT_EQ(get("/health").status, 200);
  for (const char* path : {"/v1/models", "/v1/rules", "/v1/rules/fee", "/metrics"}) {
    EXPECT_EQ(get(path).status, 401) << path;
    EXPECT_EQ(get(path).body.at("error").at("type"), "authentication_error");
  }
  EXPECT_EQ(post("/v1/rules/fee/ask", {{"arguments", {{"x", 1}}}}).status, 401);
  const auto with = [&](const httplib::Headers& headers) {
    return client().Get("/v1/models", headers)->status;
  };
  EXPECT_EQ(with({{"Authorization", "Bearer 0123456789abcdef0123"}}), 200);
  EXPECT_EQ(with({{"X-Api-Key", "fedcba98765432100000"}}), 200);
  EXPECT_EQ(with({{"Authorization", "Bearer 0123456789abcdef012"}}), 401);
  EXPECT_EQ(with({{"Authorization", "0123456789abcdef0123"}}), 401);
  EXPECT_EQ(client()
                .Post("/v1/rules/fee/ask", {{"Authorization", "Bearer 0123456789abcdef0123"}},
                      R"({"arguments": {"x": 1}})", "application/json")
                ->status,
            200);
  stop();
  EXPECT_NE(read_file(options_.audit).find("\"requested_by\":\"billing desk\""), std::string::npos);
}

TEST_F(Http, KeysThatCanBeGuessedOrReadByAllAreRefusedAndSoIsANetworkWithoutKeys) {
  const auto refused = [&](const std::string& keys, int mode) {
    write_file(folder_ / "keys", keys);
    std::filesystem::permissions(folder_ / "keys", static_cast<std::filesystem::perms>(mode));
    EXPECT_THROW(read_api_keys(folder_ / "keys"), InputError) << keys;
  };
  refused("short\n", 0600);
  refused("# none\n", 0600);
  refused("0123456789abcdef0123\n", 0644);
  EXPECT_THROW(read_api_keys(folder_ / "absent"), InputError);
  options_.host = "0.0.0.0";
  EXPECT_THROW(start(), InputError);
}

TEST_F(Http, ANameThatIsNotThisMachinesOwnIsATrickOfAPage) {
  start();
  EXPECT_EQ(client().Get("/v1/rules", {{"Host", "evil.example:80"}})->status, 403);
  EXPECT_EQ(client().Get("/v1/rules", {{"Host", "localhost:8080"}})->status, 200);
  EXPECT_EQ(client().Post("/v1/rules/fee/ask", R"({"arguments": {"x": 1}})", "text/plain")->status, 415);
}

TEST_F(Http, AClientThatBreaksOffIsNoticedAndItsPlaceIsFree) {
  options_.max_requests = 1;
  start();
  EXPECT_FALSE(during_stream([] { return false; }));
  {  // one that goes before its whole answer
    const std::string body = R"({"prompt":"hello","max_tokens":900,"temperature":2,"seed":1})";
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    while (metric("pbb_requests_in_progress") > 0) std::this_thread::yield();
    ASSERT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const std::string request =
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    ASSERT_EQ(::send(socket.get(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    while (metric("pbb_prompt_tokens_total") < 10) std::this_thread::yield();
  }
  while (metric("pbb_requests_in_progress") > 0 || metric("pbb_sequences_running") > 0)
    std::this_thread::yield();
  EXPECT_EQ(post("/v1/completions", {{"prompt", "x"}, {"max_tokens", 2}}).status, 200);
}

TEST_F(Http, OneRequestTooManyIsToldToComeAgain) {
  options_.max_requests = 1;
  start();
  std::atomic<int> refused = 0;
  std::vector<std::future<void>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::async(std::launch::async, [&] {
      while (refused < 3) {
        const Answer answer = post("/v1/completions", long_answer());
        if (answer.status == 200) continue;
        ++refused;
        EXPECT_EQ(answer.status, 503);
        EXPECT_EQ(answer.body.at("error").at("type"), "unavailable_error");
        EXPECT_EQ(answer.headers.find("Retry-After")->second, "1");
      }
    }));
  }
  for (auto& one : clients) one.get();
}

TEST_F(Http, AStopLetsThoseBeingServedFinish) {
  start();
  EXPECT_TRUE(during_stream([&] {
    ask_to_stop();
    return true;
  }));
  thread_.join();
  EXPECT_FALSE(client().Get("/health"));
}

TEST_F(Http, WhatIsNoRequestIsRefusedAndHarmsNobody) {
  options_.max_body_kilobytes = 64;
  start();
  const std::string head =
      "POST /v1/rules/fee/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  const std::string body = R"({"arguments": {"x": 1}})";
  const auto with_body = [&](const std::string& text) {
    return head + "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
  };
  EXPECT_TRUE(raw(with_body(body)).starts_with("HTTP/1.1 ")) << "half closed";
  const std::pair<std::string, const char*> cases[] = {
      {with_body("{"), "HTTP/1.1 400"},
      {with_body("\xff\xfe"), "HTTP/1.1 400"},
      {with_body(std::string("{}\0", 3)), "HTTP/1.1 400"},
      {with_body(std::string(20000, '[')), "HTTP/1.1 400"},
      {with_body("[]"), "HTTP/1.1 400"},
      {with_body(std::string(70000, 'x')), "HTTP/1.1 413"},
      {head + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 415"},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 414"},
      {"GET /v1/rules/" + std::string(7000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404"},
      {"GET /v1/rules/%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404"},
      {"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404"},
      {"DELETE /v1/rules/fee HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404"},
      {"nonsense\r\n\r\n", "HTTP/1.1 400"},
  };
  for (const auto& [request, status] : cases) {
    const std::string answer = raw(request, false);
    EXPECT_TRUE(answer.starts_with(status)) << request.substr(0, 80) << "\n" << answer.substr(0, 300);
    EXPECT_NE(answer.find("{\"error\":"), std::string::npos) << request.substr(0, 80);
  }
  raw(head + "Content-Length: 500\r\n\r\n" + body);  // less than it said
  raw("");
  raw(std::string(100, '\0'));
  Random random(1, "malformed");
  const std::string whole = with_body(body);
  for (int i = 0; i < 500; ++i) {
    std::string bytes = whole;
    for (std::int64_t change = random.integer(1, 6); change > 0; --change) {
      const auto at =
          static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(bytes.size()) - 1));
      switch (random.integer(0, 2)) {
        case 0:
          bytes[at] = static_cast<char>(random.integer(0, 255));
          break;
        case 1:
          bytes.erase(at, static_cast<std::size_t>(random.integer(1, 20)));
          break;
        default:
          bytes.insert(at, bytes.substr(0, static_cast<std::size_t>(random.integer(1, 40))));
      }
      if (bytes.empty()) break;
    }
    raw(bytes);
  }
  EXPECT_EQ(get("/health").status, 200);
  EXPECT_EQ(post("/v1/rules/fee/ask", json::parse(body)).body.at("answer").at("value"), 2);
}

TEST_F(Http, APortThatIsTakenIsSaidSo) {
  start();
  ServeOptions second = options_;
  second.port = port();
  EXPECT_THROW(serve(second, {.stop = stop_.get()}, [](const std::string&) {}), InputError);
}

}  // namespace
}  // namespace pbb
