// What Python's own parser sees in a user's source, without running it. Nothing here is a verdict: what a
// program does, only running it shows.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "programs/execute.h"
#include "programs/importers/own_modules.h"
#include "programs/program.h"
#include "programs/source_text.h"

namespace pbb {

struct Remark {
  int line = 0;  // of the source, from 1
  std::string text;
  std::string hint;
};

// A call of literals that stands in a comment or a string of a source, or that its code compares with
// something.
struct ToldCall {
  int line = 0;
  std::string name;
  Input arguments;
  std::vector<std::pair<std::string, Value>> named;  // arguments given by name
  std::optional<Outcome> answer;                     // that the text gives, where it can be read
  bool is_doctest = false;
};

struct Survey {
  std::optional<Remark> refused;  // no function can be called in it; the rest is empty then
  FunctionHead head;
  std::vector<std::optional<Value>> defaults;  // of the last parameters; nothing where it is no literal
  std::vector<Input> proposals;                // inputs to try it on, from annotations and compared constants
  std::vector<Input> boundaries;               // at which the answer may change: many, most telling first
  std::vector<Input> practice;                 // like those, with other numbers
  std::set<std::string> raises;     // the types of exceptions that the code raises in so many words
  std::optional<Remark> not_plain;  // a parameter that is annotated as no plain value
  std::vector<Remark> dependences;  // reached lines that ask the clock, chance, the user, the machine
  std::vector<Remark> changes;      // reached lines that change what outlives the call
  std::vector<Remark> others;       // public functions that the program does not use: their names
  std::vector<ToldCall> told;       // of any function, this one or another program
  std::string
      shape;  // equal of two sources that are the same but for names, comments, annotations and layout
};

struct SurveyedSource {
  std::string source;
  std::string stem;         // of its file: the function of that name is the program, else the only one
  OwnModules modules = {};  // for slices alone
};

// One for each source, in order.
std::vector<Survey> survey_sources(const Runner& run, std::span<const SurveyedSource> sources);

// The call in the one way that equal calls share: arguments given by name in their places, last ones that are
// the defaults left out, 2.0 as 2.
std::string usual_call(const Survey& callee, Input arguments,
                       const std::vector<std::pair<std::string, Value>>& named = {});

extern const char* const survey_source;  // the Python that does it: survey(source, stem)

}  // namespace pbb
