// io/NAME.jsonl: one execution a line. Inputs, outputs and steps are Python literals in JSON strings:
//
//   {"use": "train", "input": ["5", "'oak'"], "output": "90",
//    "trace": [{"line": 2, "text": …, "step": …, "pattern": …}]}
//
// Where the call raises, "raises" stands in place of "output": "ValueError", or "ValueError: its message".
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "programs/program.h"

namespace pbb {

struct FunctionHead;

enum class Use { train, test };

struct ExecutionLine {
  Use use = Use::test;
  Execution execution;
};

// InputError naming file and line: bad JSON, a missing or misspelt field, a value that is no literal, more or
// fewer arguments than the program's function takes, the same input twice (what is tested must not be trained
// on).
std::vector<ExecutionLine> read_execution_lines(const std::filesystem::path& file, const Program& program);
std::string execution_lines(std::span<const Execution> executions, Use use);

// InputError when `head` takes another number of arguments.
void check_argument_count(const FunctionHead& head, std::size_t count);

// What "output" or "raises" of a line says; InputError when it has neither, both, or another thing in it.
Outcome read_outcome(const nlohmann::json& object);

// The literal that the JSON string `text_value` holds; InputError naming `what` otherwise.
Value literal(const nlohmann::json& text_value, const char* what);

}  // namespace pbb
