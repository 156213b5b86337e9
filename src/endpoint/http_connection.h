// Requests to one server, one after the other, over cpp-httplib.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "endpoint/address.h"

namespace pbb {

struct HttpReply {
  int status = 0;
  std::string body;
  std::string content_type, retry_after, location;  // headers; empty where there are none
};

struct HttpFailure {
  enum class Kind {
    unreachable,    // nobody answers there
    timed_out,      // no whole answer within the time
    broken_off,     // the connection ended in the middle, or what came is no HTTP
    not_trusted,    // the certificate is not one that this machine trusts
    no_encryption,  // whoever answers speaks no TLS
    too_large,      // an answer of more than 16 MiB
    stopped,        // stop() was called
  };
  Kind kind = Kind::unreachable;
  std::string text;  // "127.0.0.1:8080 takes no connection"
};

struct HttpTimes {
  double connect_seconds = 10;
  double answer_seconds = 300;  // from the request to the end of its answer
};

class HttpConnection {
 public:
  HttpConnection(const EndpointAddress& address, const ApiKey& key, const HttpTimes& times);
  ~HttpConnection();

  // `path` follows the address's: "/models". Redirections are not followed: the key is for this server alone.
  std::variant<HttpReply, HttpFailure> get(const std::string& path);
  std::variant<HttpReply, HttpFailure> post(const std::string& path, const std::string& json);
  // From any thread: what is asked ends at once, and nothing is asked any more.
  void stop();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace pbb
