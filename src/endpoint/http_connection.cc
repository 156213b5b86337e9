#include "endpoint/http_connection.h"

#include <fmt/format.h>
#include <httplib.h>

#include <atomic>
#include <chrono>

namespace pbb {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t most_bytes = std::size_t{16} << 20;

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace

struct HttpConnection::Implementation {
  Implementation(const EndpointAddress& where, const ApiKey& api_key, const HttpTimes& given)
      : address(where), key(api_key), times(given), client(where.origin()) {
    client.set_connection_timeout(milliseconds(times.connect_seconds));
    client.set_read_timeout(milliseconds(times.answer_seconds));
    client.set_write_timeout(milliseconds(times.answer_seconds));
    client.set_keep_alive(address.encrypted);  // what is agreed on with TLS takes long
    client.set_follow_location(false);
  }

  std::variant<HttpReply, HttpFailure> send(const char* method, const std::string& path,
                                            const std::string& body);
  HttpFailure failure(httplib::Error error, bool too_large, bool late) const;

  EndpointAddress address;
  ApiKey key;
  HttpTimes times;
  httplib::Client client;
  std::atomic<bool> stopped = false;
};

std::variant<HttpReply, HttpFailure> HttpConnection::Implementation::send(const char* method,
                                                                          const std::string& path,
                                                                          const std::string& body) {
  if (stopped) return failure(httplib::Error::Canceled, false, false);
  const auto deadline = Clock::now() + milliseconds(times.answer_seconds);
  HttpReply reply;
  bool too_large = false;
  httplib::Request request;
  request.method = method;
  request.path = address.path + path;
  request.set_header("Accept", "application/json");
  if (key.is_given()) request.set_header("Authorization", "Bearer " + key.tell_server());
  if (!body.empty()) request.set_header("Content-Type", "application/json");
  request.body = body;
  request.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t, std::uint64_t) {
    reply.body.append(bytes, size);
    too_large = reply.body.size() > most_bytes;
    return !too_large && Clock::now() < deadline;
  };
  const httplib::Result result = client.send(request);
  if (!result) return failure(result.error(), too_large, Clock::now() >= deadline);
  reply.status = result->status;
  reply.content_type = result->get_header_value("Content-Type");
  reply.retry_after = result->get_header_value("Retry-After");
  reply.location = result->get_header_value("Location");
  return reply;
}

HttpFailure HttpConnection::Implementation::failure(httplib::Error error, bool too_large, bool late) const {
  using Kind = HttpFailure::Kind;
  using httplib::Error;
  if (stopped) return {Kind::stopped, "stopped"};
  const std::string where = fmt::format("{}:{}", address.host, address.port);
  if (too_large)
    return {Kind::too_large, fmt::format("{} answers with more than {} bytes", where, most_bytes)};
  if (late || error == Error::ConnectionTimeout)
    return {Kind::timed_out, fmt::format("{} gave no whole answer in {:g} seconds", where,
                                         late ? times.answer_seconds : times.connect_seconds)};
  switch (error) {
    case Error::Connection:
    case Error::BindIPAddress:
      return {Kind::unreachable, where + " takes no connection"};
    case Error::SSLServerVerification:
    case Error::SSLLoadingCerts:
      return {Kind::not_trusted, fmt::format("the certificate of {} is not trusted here", where)};
    case Error::SSLConnection:
      return {Kind::no_encryption, where + " takes connections, but speaks no TLS"};
    default:
      return {Kind::broken_off, where + " ended the connection without a whole answer"};
  }
}

HttpConnection::HttpConnection(const EndpointAddress& address, const ApiKey& key, const HttpTimes& times)
    : implementation_(std::make_unique<Implementation>(address, key, times)) {}
HttpConnection::~HttpConnection() = default;

std::variant<HttpReply, HttpFailure> HttpConnection::get(const std::string& path) {
  return implementation_->send("GET", path, "");
}

std::variant<HttpReply, HttpFailure> HttpConnection::post(const std::string& path, const std::string& json) {
  return implementation_->send("POST", path, json);
}

void HttpConnection::stop() {
  implementation_->stopped = true;
  implementation_->client.stop();
}

}  // namespace pbb
