#include "endpoint/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/error.h"
#include "base/file.h"

namespace pbb {
namespace {

constexpr const char* example = "as in http://127.0.0.1:8080/v1 or https://api.openai.com/v1";

[[noreturn]] void refuse(std::string_view url, const std::string& why) {
  throw InputError(fmt::format("--endpoint {}: {}", url, why), example);
}

int port_in(std::string_view url, std::string_view text) {
  int port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535)
    refuse(url, fmt::format("'{}' is no port, expected 1 to 65535", text));
  return port;
}

// "HOST", "HOST:PORT", "[::1]:PORT".
void read_authority(EndpointAddress& address, std::string_view url, std::string_view text) {
  std::size_t port = std::string_view::npos;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) refuse(url, "its address begins with '[' and does not end");
    address.host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') refuse(url, fmt::format("'{}' stands after its address", rest));
    if (!rest.empty()) port = close + 1;
  } else {
    port = text.find(':');
    address.host = text.substr(0, port);
  }
  if (address.host.empty()) refuse(url, "it names no host");
  if (port != std::string_view::npos) address.port = port_in(url, text.substr(port + 1));
}

std::string key_from(const std::string& text, const std::string& where) {
  const std::string line = text.substr(0, text.find_first_of("\r\n"));
  const auto plain = [](char c) { return c > ' ' && c < 0x7f; };
  if (line.empty() || !std::ranges::all_of(line, plain))
    throw InputError(
        fmt::format("{}: holds no API key: expected one line of printable characters without blanks", where),
        "put the key there, and nothing else");
  return line;
}

}  // namespace

std::string EndpointAddress::origin() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", encrypted ? "https" : "http", is_ipv6 ? "[" + host + "]" : host, port);
}

bool EndpointAddress::is_this_machine() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

EndpointAddress parse_endpoint(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) refuse(url, "expected a URL");
  const std::string_view name = url.substr(0, scheme);
  if (name != "http" && name != "https") refuse(url, fmt::format("'{}' is neither http nor https", name));
  if (url.find_first_of("?#") != std::string_view::npos) refuse(url, "it holds a query or a fragment");
  EndpointAddress address;
  address.encrypted = name == "https";
  address.port = address.encrypted ? 443 : 80;
  const std::string_view rest = url.substr(scheme + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  if (rest.substr(0, slash).find('@') != std::string_view::npos) {
    throw InputError("--endpoint: the URL holds a user's name or a password",  // which is not repeated
                     "leave it out; a key comes from --api-key-file or --api-key-env");
  }
  read_authority(address, url, rest.substr(0, slash));
  address.path = rest.substr(slash);
  while (address.path.ends_with('/')) address.path.pop_back();
  for (const std::string_view part : {"/chat/completions", "/completions"}) {
    if (address.path.ends_with(part))
      refuse(url, fmt::format("leave '{}' out: --api says which of them is asked", part));
  }
  return address;
}

std::string ApiKey::without_key(std::string text) const {
  for (std::size_t at = 0; !key_.empty() && (at = text.find(key_, at)) != std::string::npos;)
    text.replace(at, key_.size(), "…");
  return text;
}

ApiKey read_api_key(const std::string& variable, const std::filesystem::path& file) {
  if (!variable.empty() && !file.empty())
    throw InputError("--api-key-env and --api-key-file: both are given", "give one of them");
  if (!file.empty()) return ApiKey(key_from(read_file(file), file.string()));
  if (variable.empty()) return {};
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr)
    throw InputError(fmt::format("--api-key-env: there is no environment variable {}", variable),
                     "name the variable, not the key: --api-key-env OPENAI_API_KEY");
  return ApiKey(key_from(value, "$" + variable));
}

}  // namespace pbb
