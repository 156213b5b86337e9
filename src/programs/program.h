// A program, what happens when it is run, and the split it belongs to.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "programs/value.h"

namespace pbb {

enum class Split { with_io, source_only };

// The same program told in another way.
struct View {
  std::string kind;  // "prose": the same steps in natural language; more to come ("renamed", …)
  std::string text;
};

struct Program {
  std::string name;    // the function's name, unique in its corpus
  std::string source;  // Python; defines one function `name`; what is run, and what is true
  std::vector<View> views;
  std::string domain;  // one of domains/table.h, or "imported"
  std::string kind;    // within the domain: "straight-line", "stock"
  Split split = Split::with_io;

  const View* find_view(std::string_view view_kind) const;  // null when it has none of that kind
  std::string& view(std::string_view view_kind);            // its text; empty at first
};

// One executed line of a traced call, in the words of the trace form of an answer: names replaced by the
// values they had, then the expression worked out, each time every operation whose operands are values, to the
// value that the line gave.
//
//   line                       step                       notes
//   def f(x, rate=3):          x = 5, rate = 3            what the call gave each parameter; nothing without one
//   x = x + 13                 x = 5 + 13 = 18
//   y = 7                      y = 7                      a value that needs no working
//   x += (y - 3) * 2           x = 5 + (7 - 3) * 2 = 5 + 4 * 2 = 5 + 8 = 13
//   if stock < 12:             15 < 12 is False           also elif, while; assert, after its word
//   if a < 2 or not b:         5 < 2 or not True: False or False is False
//   for i in range(3):         i = 0                      each time round; nothing when the loop ends
//   match kind:                match 'oak'
//   case 'oak' | 'elm' if x:   case 'oak' | 'elm' if 5    the case that was taken, and what it bound
//   return stock * 2           return 15 * 2 = 30         `return x` is "return 30"
//   y = double(x)              call double: x = 5         of another function of the source, before its own
//                              y = double(5) = 10         steps; when these are done, the statement itself
//   y = 1 // x                 y = 1 // 0 raises ZeroDivisionError
//   raise ValueError("no")     raise ValueError
//
// Of a choice (a if b else c) the condition is worked out first, then what was chosen. What is not worked out by
// parts (comprehensions, formatted text) gives its value at once.
//
// The last step of every trace is that of the call's end: "return …", or "raise NAME" where an exception left
// the function (after the step that raised it, unless that is a `raise` itself).
struct TraceStep {
  int line = 0;      // in the program's source, from 1
  std::string text;  // the line, stripped of indentation
  std::string step;  // as above
  // The step with every value that is not written in the source replaced by □ (U+25A1): "x = □ + 13 = □". It
  // tells which line it is whatever the numbers; recall of the source is judged by it.
  std::string pattern;
};

struct ProgramCall {
  std::string source;
  std::string name;  // the function to call
  std::vector<Value> arguments;
  bool traced = false;
  bool again = false;  // called twice on the same module: the result is the second call's
};

// An exception that left the called function.
struct Raised {
  std::string type;     // "ValueError": an identifier
  std::string message;  // one printable line; may be empty

  bool operator==(const Raised&) const = default;
};

// What a call comes to: the value it returned, or the exception it raised.
using Outcome = std::variant<Value, Raised>;

// As an answer says it: the value as Python's repr, or "raises ValueError" (the message is not asked for).
std::string outcome_text(const Outcome& outcome);
// Whether `answer` says what `truth` is: equal values of equal types, or an exception of the same type.
bool same_answer(const Outcome& truth, const Outcome& answer);

enum class CallStatus {
  returned,
  raised,
  timed_out,
  out_of_memory,
  too_much_output,
  killed,
  not_a_value,
  failed,  // ours (the worker could not be started or its answer read); all others are the program's doing
};

struct CallResult {
  CallStatus status = CallStatus::failed;
  Value output;  // when returned
  // When raised, and by the function itself: not while the source was compiled or run, nor because the
  // arguments are not what the function takes; no SystemExit, no RecursionError (whose depth is ours).
  std::optional<Raised> raised;
  std::vector<TraceStep> trace;  // when traced
  std::string detail;            // the exception, or what went wrong; one line, printable

  std::optional<Outcome> outcome() const;  // when the call came to one
};

// Runs calls in isolation; handed in by whoever has a sandbox, so that this room needs none.
using Runner = std::function<std::vector<CallResult>(std::span<const ProgramCall>)>;
// Two of them that share nothing but the calls: other processes, another order of sets. What is a function of
// its arguments does the same in both.
struct Runners {
  Runner run, other;
};

// An input with its true outcome.
struct Execution {
  std::vector<Value> arguments;
  Outcome outcome;
  std::vector<TraceStep> trace;
};

// "Gleeprag(5, 'oak')"
std::string call_text(const std::string& name, std::span<const Value> arguments);

}  // namespace pbb
