// Where an API like OpenAI's is to be found, and the key that it wants.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace pbb {

struct EndpointAddress {
  bool encrypted = false;  // https
  std::string host;        // "127.0.0.1", "::1", "api.openai.com"
  int port = 80;
  std::string path;  // before "/completions": "/v1"; without a slash at its end, empty where there is none

  std::string origin() const;  // "http://127.0.0.1:8080"
  std::string url() const { return origin() + path; }
  bool is_this_machine() const;
};
// "http://HOST[:PORT][/PATH]" or "https://…". InputError, with how it should look, for anything else: another scheme,
// no host, a port out of range, a user's name or a query in it.
EndpointAddress parse_endpoint(std::string_view url);

// A key is told to the server alone: no message, file or log has it.
class ApiKey {
 public:
  ApiKey() = default;  // none
  explicit ApiKey(std::string key) : key_(std::move(key)) {}
  bool is_given() const { return !key_.empty(); }
  const std::string& tell_server() const { return key_; }
  // What a server said, with the key taken out wherever it repeats it.
  std::string without_key(std::string text) const;

 private:
  std::string key_;
};
// From the environment variable `variable` or the first line of `file`; none where both names are empty. InputError
// where both are given, where there is no such variable or file, or where it holds no key of printable characters.
ApiKey read_api_key(const std::string& variable, const std::filesystem::path& file);

}  // namespace pbb
