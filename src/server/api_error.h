// What a client is told when its request is not answered, in OpenAI's form:
// {"error": {"message", "type", "param", "code"}}.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>

namespace pbb {

struct ApiError : std::runtime_error {
  ApiError(int http_status, std::string error_type, const std::string& message, std::string error_code = "",
           std::string parameter = "")
      : std::runtime_error(message),
        status(http_status),
        type(std::move(error_type)),
        code(std::move(error_code)),
        param(std::move(parameter)) {}

  int status;
  std::string type, code, param;  // code and param: empty where there is none
};

// 400, by the name of the parameter at fault.
inline ApiError bad_request(const std::string& message, const std::string& param = "",
                            const std::string& code = "") {
  return {400, "invalid_request_error", message, code, param};
}
inline ApiError unavailable(const std::string& message) {
  return {503, "unavailable_error", message, "unavailable"};
}

std::string error_body(const ApiError& error);

}  // namespace pbb
