// A Runner for these tests: trusted programs in one plain python3 a batch. The real one is the sandbox.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_lines.h"
#include "base/temporary_folder.h"
#include "programs/program.h"

namespace pbb {

inline std::vector<CallResult> run_in_python(std::span<const ProgramCall> calls) {
  const TemporaryFolder folder;
  {
    std::ofstream requests(folder.path() / "calls");
    for (const ProgramCall& call : calls) {
      nlohmann::json request = {{"source", call.source}, {"name", call.name}, {"traced", call.traced}};
      request["arguments"] = nlohmann::json::array();
      for (const Value& argument : call.arguments) request["arguments"].push_back(to_python(argument));
      requests << request.dump() << "\n";
    }
  }
  const std::string script =
      (std::filesystem::path(PBB_GOLDEN).parent_path() / "programs/run_calls.py").string();
  const std::string command = "python3 -I '" + script + "' < " + (folder.path() / "calls").string() + " > " +
                              (folder.path() / "results").string();
  if (std::system(command.c_str()) != 0) throw Error("python3 failed: " + command);
  std::vector<CallResult> results;
  read_json_lines(folder.path() / "results", [&](const nlohmann::json& line, int) {
    CallResult& result = results.emplace_back();
    result.status = CallStatus::raised;
    result.detail = line.value("detail", "");
    if (line.at("status") != "returned") return;
    const auto output = parse_value(line.at("output").get<std::string>());
    result.status = output ? CallStatus::returned : CallStatus::not_a_value;
    if (output) result.output = *output;
    for (const auto& step : line.at("trace")) {
      result.trace.push_back({step.at("line"), step.at("text"), step.at("step"), step.at("pattern")});
    }
  });
  return results;
}

// The message of the InputError that `action` throws, its hint after it; a failure when it throws none.
template <typename Action>
std::string input_error(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return std::string(error.what()) + " HINT " + error.hint();
  }
  ADD_FAILURE() << "no InputError";
  return {};
}

}  // namespace pbb
