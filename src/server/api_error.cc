#include "server/api_error.h"

#include <nlohmann/json.hpp>

namespace pbb {

std::string error_body(const ApiError& error) {
  using nlohmann::ordered_json;
  const auto or_null = [](const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
  };
  const ordered_json body = {{"error",
                              {{"message", error.what()},
                               {"type", error.type},
                               {"param", or_null(error.param)},
                               {"code", or_null(error.code)}}}};
  return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pbb
