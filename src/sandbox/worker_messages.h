// What is said of a call, by the process that its program runs in and by the worker's server.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "programs/execute.h"

namespace pbb {

CallResult result_of(CallStatus status, std::string detail);
CallResult garbled_result();
// A message that a program's process sent: its form is checked (a json exception, or a garbled result), what
// it says is that program's affair. `lines`: of its source.
CallResult read_result(const nlohmann::json& message, std::int64_t lines);
// The verdict on a call whose process was gone before it answered.
CallResult read_end(const nlohmann::json& message);

}  // namespace pbb
