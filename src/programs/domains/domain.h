// A domain: a kind of programs that are drawn, without end. Each is a pair of files in this folder that gives
// one of these, and a row of table.cc. What makes corpora, draws fresh programs, reads and writes recipes,
// adds flags and documents keys goes by the rows and knows no domain by name.
#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/options.h"
#include "base/random.h"
#include "programs/execute.h"
#include "programs/program.h"

namespace pbb {

// A domain's options, of whichever type they are, with the list of them (base/options.h).
class DomainOptions {
 public:
  template <typename Options>
  static DomainOptions of(Options defaults) {
    DomainOptions options;
    options.held_ = std::move(defaults);
    options.list_ = [](std::any& held, OptionVisitor& visitor) {
      list_options(visitor, std::any_cast<Options&>(held));
    };
    return options;
  }
  // Those of another type are a fault of ours: std::bad_any_cast.
  template <typename Options>
  Options& as() {
    return std::any_cast<Options&>(held_);
  }
  template <typename Options>
  const Options& as() const {
    return std::any_cast<const Options&>(held_);
  }
  void list(OptionVisitor& visitor) { list_(held_, visitor); }

 private:
  std::any held_;
  void (*list_)(std::any&, OptionVisitor&) = nullptr;
};

// What makes corpora of a domain.
struct CorpusDomain {
  std::string help;  // of its command, and heads nothing else: "Invent business rules"
  DomainOptions defaults;
  // InputError naming the option, its value and what it may be.
  std::function<void(const DomainOptions&)> check;
  // InputError when there are not so many different inputs.
  std::function<void(const DomainOptions&, int inputs)> check_inputs;
  // The options in words, for the corpus's summary: "constants 1 to 20, inputs 0 to 20".
  std::function<std::string(const DomainOptions&)> summary;
  // A candidate; whether its name is taken is the caller's to see.
  std::function<Program(const DomainOptions&, Random&)> draw;
  std::function<Input(const DomainOptions&, const Program&, Random&)> draw_input;
  // Two programs that do the same on the same probes are one program too many.
  std::function<std::vector<Input>(const DomainOptions&, const Program&, std::uint64_t seed)> probes;
};

struct FreshDraft {
  Program program;
  std::vector<Input> inputs;  // different ones
};

struct FreshRequest {
  int executions = 1;
  const std::set<std::string>& taken_names;  // that no program gets
  const std::set<std::string>& drawn_names;  // of programs drawn not long before, which may come up again
};

// What draws fresh programs of a domain (programs/fresh.h). Difficulty is drawn for each program anew, so
// that an interpreter meets short and long ones, small numbers and large ones, side by side.
struct FreshDomain {
  // Of the programs that the domains below it in the table left, so many are of this one; of the first, all
  // that are left. Its key in recipes is NAME_share.
  double share = 0;
  std::string share_help;
  std::function<FreshDraft(const FreshRequest&, Random&)> draw;
  // Its programs may raise, and their ways are seldom equally wide: which inputs are shown is chosen by what
  // comes of them.
  bool chooses_ways = false;
};

struct Domain {
  std::string name;                // Program::domain; the table of its options in a recipe; pbb make NAME
  std::vector<std::string> kinds;  // Program::kind of its programs
  // A call of its programs gives whole numbers and words, as many as there are parameters.
  bool has_plain_calls = false;
  std::optional<CorpusDomain> corpus;  // nothing: no corpus is made of it
  FreshDomain fresh;
};

// A row's function of the domain's own type of options.
template <typename Options, typename Function>
auto with_options(Function function) {
  return [function](const DomainOptions& options, auto&&... rest) {
    return function(options.as<Options>(), std::forward<decltype(rest)>(rest)...);
  };
}

// For rows: up to `count` different inputs.
std::vector<Input> draw_different_inputs(int count, const std::function<Input()>& draw);
// For rows: the program under a fresh name. Its own stands in the head of the function and nowhere else.
void give_fresh_name(Program& program, const FreshRequest& request, Random& random);

}  // namespace pbb
