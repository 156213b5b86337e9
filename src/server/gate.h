// What every request passes before it is answered, and what every failure is told as: keys, the number of
// requests under way, JSON, errors in OpenAI's form, counters.
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/metrics.h"

namespace pbb {

struct ApiKey {
  std::string key, name;  // the name is what logs say; "key 2" where the file has none
};
// A key a line, with a name after it where one is wanted; # begins a comment. InputError when there is none
// in it, or the file can be read by everybody.
std::vector<ApiKey> read_api_keys(const std::filesystem::path& file);

struct GateOptions {
  std::vector<ApiKey> keys;       // none: nobody needs one
  std::size_t most_at_once = 64;  // requests for the model
  double seconds = 120;           // that one may take
  bool is_local =
      true;  // listens to this machine alone, so that a name of another is a trick (DNS rebinding)
};

// A request for the model that passed.
struct Asked {
  const httplib::Request& http;
  nlohmann::json body;
  std::string client;  // by the name of its key; empty: no key was needed
  std::chrono::steady_clock::time_point deadline;
  std::shared_ptr<void> place;  // one of most_at_once, given back with its last copy
};

class Gate {
 public:
  using Handler = httplib::Server::Handler;

  Gate(GateOptions options, Metrics& metrics) : options_(std::move(options)), metrics_(metrics) {}

  // Anybody's request.
  Handler open(const std::string& endpoint, Handler handler);
  // Needs a key.
  Handler closed(const std::string& endpoint, Handler handler);
  // Needs a key, a place and a body of JSON.
  Handler asking(const std::string& endpoint, std::function<void(const Asked&, httplib::Response&)> handler);

  std::size_t in_progress() const { return in_progress_; }

 private:
  Handler counted(const std::string& endpoint, Handler handler);
  std::string client_of(const httplib::Request& request) const;
  std::shared_ptr<void> take_place();

  GateOptions options_;
  Metrics& metrics_;
  std::atomic<std::size_t> in_progress_ = 0;
};

void set_json(httplib::Response& response, const nlohmann::ordered_json& body);

}  // namespace pbb
