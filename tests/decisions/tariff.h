// A rule for tests of guard and log: registered, run by a table, and answered for by models that say what the
// test wants.
#pragma once

#include "decisions/guard.h"
#include "examples/byte_tokenizer.h"
#include "examples/example.h"

namespace pbb {

inline const char* tariff_source() {
  return "def tariff(x):\n    if x < 0:\n        raise ValueError('x')\n    if x >= 10:\n        return x * "
         "3\n    return x * 2\n";
}

inline RegisteredRule tariff_rule() {
  RegisteredRule rule;
  rule.entry.name = "tariff";
  rule.entry.source = tariff_source();
  rule.entry.signature.head = {.name = "tariff", .line = 1, .parameters = {"x"}, .required = 1};
  rule.entry.signature.text = "tariff(x)";
  rule.entry.certificate = nlohmann::json::object();
  rule.source_sha256 = "5e";
  return rule;
}

inline Execution tariff_execution(std::int64_t x) {
  Execution execution;
  execution.arguments = {{x}};
  const std::string text = std::to_string(x);
  const auto step = [&](int line, const std::string& step_text, const std::string& pattern) {
    execution.trace.push_back({.line = line, .text = "", .step = step_text, .pattern = pattern});
  };
  step(1, "x = " + text, "x = □");
  step(2, text + " < 0 is " + (x < 0 ? "True" : "False"), "□ < 0 is □");
  if (x < 0) {
    execution.outcome = Raised{"ValueError", "x"};
    step(3, "raise ValueError", "raise ValueError");
    return execution;
  }
  step(4, text + " >= 10 is " + (x >= 10 ? "True" : "False"), "□ >= 10 is □");
  const std::int64_t factor = x >= 10 ? 3 : 2;
  execution.outcome = Value{x * factor};
  step(x >= 10 ? 5 : 6,
       "return " + text + " * " + std::to_string(factor) + " = " + std::to_string(x * factor),
       "return □ * " + std::to_string(factor) + " = □");
  return execution;
}

inline Runner tariff_runner() {
  return [](std::span<const ProgramCall> calls) {
    std::vector<CallResult> results;
    for (const ProgramCall& call : calls) {
      CallResult& result = results.emplace_back();
      const auto* x = std::get_if<std::int64_t>(&call.arguments.at(0).data);
      if (x == nullptr) {
        result.status = CallStatus::raised;
        result.detail = "TypeError: '>=' not supported";
        continue;
      }
      const Execution execution = tariff_execution(*x);
      result.trace = execution.trace;
      if (const auto* raised = std::get_if<Raised>(&execution.outcome)) {
        result.status = CallStatus::raised;
        result.raised = *raised;
      } else {
        result.status = CallStatus::returned;
        result.output = std::get<Value>(execution.outcome);
      }
    }
    return results;
  };
}

inline std::string right_completion(std::int64_t x) {
  Program program;
  program.name = "tariff";
  program.source = tariff_source();
  return answer_text(program, tariff_execution(x), AnswerForm::recite);
}

inline Completing says(const std::string& completion, bool cut = false) {
  return [completion, cut](const AskedQuestion&) {
    ModelAnswer answer;
    answer.completion = completion;
    answer.cut = cut;
    return answer;
  };
}

}  // namespace pbb
