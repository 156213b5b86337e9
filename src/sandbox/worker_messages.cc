#include "sandbox/worker_messages.h"

#include <fmt/format.h>
#include <signal.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

CallStatus status_of(const std::string& name) {
  if (name == "returned") return CallStatus::returned;
  if (name == "raised") return CallStatus::raised;
  if (name == "out_of_memory") return CallStatus::out_of_memory;
  if (name == "too_much_output") return CallStatus::too_much_output;
  if (name == "not_a_value") return CallStatus::not_a_value;
  return CallStatus::killed;
}

}  // namespace

CallResult result_of(CallStatus status, std::string detail) {
  CallResult result;
  result.status = status;
  result.detail = std::move(detail);
  return result;
}

CallResult garbled_result() {
  return result_of(CallStatus::killed, "its result is garbled");
}

CallResult read_result(const nlohmann::json& message, std::int64_t lines) {
  CallResult result = result_of(status_of(message.at("status").get<std::string>()),
                                printable_line(message.at("detail").get<std::string>()));
  for (const auto& row : message.at("trace")) {
    const auto line = row.at(0).is_number_integer() ? row.at(0).get<std::int64_t>() : 0;
    if (line < 1 || line > lines) return garbled_result();
    result.trace.push_back({static_cast<int>(line), row.at(1).get<std::string>(),
                            row.at(2).get<std::string>(), row.at(3).get<std::string>()});
  }
  if (const auto raised = message.find("raised"); raised != message.end()) {
    result.raised =
        Raised{raised->at(0).get<std::string>(), printable_line(raised->at(1).get<std::string>())};
    if (!is_identifier(result.raised->type)) return garbled_result();
  }
  if (result.status == CallStatus::returned) {
    auto value = parse_value(message.at("value").get<std::string>());
    if (!value) return result_of(CallStatus::not_a_value, "its value cannot be read as a literal");
    result.output = std::move(*value);
  }
  return result;
}

CallResult read_end(const nlohmann::json& message) {
  const int signal = message.at("signal").get<int>();
  if (signal == SIGXCPU) return result_of(CallStatus::timed_out, "its processor time is spent");
  if (signal != 0) {
    const char* name = ::sigdescr_np(signal);
    return result_of(CallStatus::killed, fmt::format("signal {} ({})", signal, name ? name : "unknown"));
  }
  return result_of(CallStatus::killed, fmt::format("its process ended (exit status {}) before the call did",
                                                   message.at("exit").get<int>()));
}

}  // namespace pbb
