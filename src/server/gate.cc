#include "server/gate.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "base/printable.h"
#include "base/stopwatch.h"
#include "server/api_error.h"
#include "text/utf8.h"

namespace pbb {
namespace {

using nlohmann::json;

// In a time that does not tell how far they are alike.
bool same_text(const std::string& a, const std::string& b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^
                                        static_cast<unsigned char>(b[i % (b.size() + 1)]));
  return difference == 0;
}

std::string key_in(const httplib::Request& request) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string authorization = request.get_header_value("Authorization");
  if (authorization.starts_with(scheme)) return authorization.substr(scheme.size());
  return request.get_header_value("X-Api-Key");
}

// The name in "localhost:8080", "[::1]:8080".
std::string host_name(const std::string& host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

void require_json(const httplib::Request& request) {
  const std::string type = request.get_header_value("Content-Type");
  if (type.starts_with("application/json")) return;
  throw ApiError(415, "invalid_request_error", "Send JSON, with the header Content-Type: application/json.",
                 "unsupported_media_type");
}

json body_of(const httplib::Request& request) {
  try {
    check_utf8(request.body, "the body");
    return parse_json(request.body);
  } catch (const json::exception& error) {
    throw bad_request(fmt::format("The body is no JSON: {}", error.what()), "", "invalid_json");
  } catch (const Error& error) {
    throw bad_request(fmt::format("The body is no JSON: {}", error.what()), "", "invalid_json");
  }
}

void set_error(httplib::Response& response, const ApiError& error) {
  response.status = error.status;
  if (error.status == 503) response.set_header("Retry-After", "1");
  if (error.status == 401) response.set_header("WWW-Authenticate", "Bearer");
  response.set_content(error_body(error), "application/json");
}

}  // namespace

std::vector<ApiKey> read_api_keys(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0)
    throw InputError(fmt::format("{}: everybody on this machine can read these keys", file.string()),
                     fmt::format("chmod 600 {}", file.string()));
  std::vector<ApiKey> keys;
  std::istringstream lines(read_file(file));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    ApiKey key;
    if (!(words >> key.key)) continue;
    std::getline(words >> std::ws, key.name);
    while (!key.name.empty() && std::isspace(static_cast<unsigned char>(key.name.back())) != 0)
      key.name.pop_back();
    if (key.name.empty()) key.name = fmt::format("key {}", keys.size() + 1);
    if (key.key.size() < 16)
      throw InputError(
          fmt::format("{}:{}: a key of {} characters can be guessed", file.string(), number, key.key.size()),
          "openssl rand -hex 24 makes one");
    keys.push_back(std::move(key));
  }
  if (keys.empty())
    throw InputError(fmt::format("{}: there is no key in it", file.string()),
                     "write one a line; openssl rand -hex 24 makes one");
  return keys;
}

void set_json(httplib::Response& response, const nlohmann::ordered_json& body) {
  response.set_content(json_text(body) + "\n", "application/json");
}

std::string Gate::client_of(const httplib::Request& request) const {
  if (!options_.keys.empty()) {
    const std::string given = key_in(request);
    for (const ApiKey& one : options_.keys) {
      if (same_text(one.key, given)) return one.name;
    }
    throw ApiError(401, "authentication_error",
                   given.empty() ? "An API key is needed: Authorization: Bearer KEY." : "Invalid API key.",
                   "invalid_api_key");
  }
  const std::string host = host_name(request.get_header_value("Host"));
  if (options_.is_local && host != "localhost" && host != "[::1]" && !host.starts_with("127."))
    throw ApiError(
        403, "invalid_request_error",
        fmt::format("The name {:?} is not this machine's own. Ask by 127.0.0.1, or serve with an API key.",
                    host),
        "forbidden_host");
  return "";
}

std::shared_ptr<void> Gate::take_place() {
  std::shared_ptr<void> place(nullptr, [this](void*) { --in_progress_; });
  if (++in_progress_ > options_.most_at_once)
    throw unavailable(
        fmt::format("{} requests are being answered already. Try again in a moment.", options_.most_at_once));
  return place;
}

Gate::Handler Gate::counted(const std::string& endpoint, Handler handler) {
  return [this, endpoint, handler = std::move(handler)](const httplib::Request& request,
                                                        httplib::Response& response) {
    const Stopwatch watch;
    try {
      handler(request, response);
      if (response.status == -1) response.status = 200;
    } catch (const ApiError& error) {
      set_error(response, error);
    } catch (const InputError& error) {
      set_error(response,
                bad_request(error.hint().empty() ? error.what()
                                                 : fmt::format("{} ({})", error.what(), error.hint())));
    } catch (const std::exception& error) {  // what went wrong within is for who runs it, not for a client
      fmt::print(stderr, "pbb: {} {}: {}\n", request.method, endpoint, printable_line(error.what()));
      set_error(response, {500, "server_error", "The server failed at this request.", "internal_error"});
    }
    metrics_.add("pbb_requests_total", {{"endpoint", endpoint}, {"status", std::to_string(response.status)}});
    metrics_.add("pbb_request_seconds_total", {{"endpoint", endpoint}}, watch.seconds());
  };
}

Gate::Handler Gate::open(const std::string& endpoint, Handler handler) {
  return counted(endpoint, std::move(handler));
}

Gate::Handler Gate::closed(const std::string& endpoint, Handler handler) {
  return counted(endpoint, [this, handler = std::move(handler)](const httplib::Request& request,
                                                                httplib::Response& response) {
    client_of(request);
    handler(request, response);
  });
}

Gate::Handler Gate::asking(const std::string& endpoint,
                           std::function<void(const Asked&, httplib::Response&)> handler) {
  return counted(endpoint, [this, handler = std::move(handler)](const httplib::Request& request,
                                                                httplib::Response& response) {
    std::string client = client_of(request);
    require_json(request);
    json body = body_of(request);
    const auto time = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(options_.seconds));
    handler({.http = request,
             .body = std::move(body),
             .client = std::move(client),
             .deadline = std::chrono::steady_clock::now() + time,
             .place = take_place()},
            response);
  });
}

}  // namespace pbb
