#include "server/api_error.h"

#include <nlohmann/json.hpp>

#include "base/json_text.h"

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
  return json_text(body) + "\n";
}

}  // namespace pbb
