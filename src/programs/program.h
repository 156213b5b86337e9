// A program, what happens when it is run, and the split it belongs to.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "programs/value.h"

namespace pbb {

enum class Split { with_io, source_only };

struct Program {
  std::string name;    // the function's name, unique in its corpus
  std::string source;  // Python; defines one function `name`
  std::string prose;   // the same steps in natural language; may be empty
  std::string domain;  // "arithmetic", "rules", or "imported"
  std::string kind;    // within the domain: "straight-line", "branch", "loop", "stock", "quality", "price",
                       // "eligibility"
  Split split = Split::with_io;
};

// One executed line of a traced call, in the words of the trace form of an answer:
//   x = x + 13            "x = 5 + 13 = 18"           (names replaced by their values, then the value it
//   gave) y = 7                 "y = 7"                     (a value that needs no working) x += 3 "x = 5 + 3
//   = 8" if stock < 12:        "15 < 12 is False"          (also elif, while) for i in range(3):    "i = 0"
//   (each time round; nothing when the loop ends) return stock * 2      "return 15 * 2 = 30"        (return
//   x: "return 30"); the last step of every trace
struct TraceStep {
  int line = 0;      // in the program's source, from 1
  std::string text;  // the line, stripped of indentation
  std::string step;  // as above
  std::string
      pattern;  // step with every value that is not written in the source replaced by □ (U+25A1): "x = □ + 13
                // = □". It tells which line it is whatever the numbers; recall of the source is judged by it.
};

struct ProgramCall {
  std::string source;
  std::string name;  // the function to call
  std::vector<Value> arguments;
  bool traced = false;
};

enum class CallStatus {
  returned,
  raised,
  timed_out,
  out_of_memory,
  too_much_output,
  killed,
  not_a_value,
  failed
};
// `failed` is ours (the worker could not be started or its answer read); all others are the program's doing.

struct CallResult {
  CallStatus status = CallStatus::failed;
  Value output;                  // when returned
  std::vector<TraceStep> trace;  // when traced
  std::string detail;            // the exception, or what went wrong; one line, printable
};

// Runs calls in isolation; handed in by whoever has a sandbox, so that this room needs none.
using Runner = std::function<std::vector<CallResult>(std::span<const ProgramCall>)>;

// An input with the true answer.
struct Execution {
  std::vector<Value> arguments;
  Value output;
  std::vector<TraceStep> trace;
};

// "Gleeprag(5, 'oak')"
std::string call_text(const std::string& name, std::span<const Value> arguments);

}  // namespace pbb
