// What an arm is: a model, by the training that it has behind it, and a way of asking it. All that is said of
// an arm, and which arm is the claim, follows from this; its name is a name.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "examples/example.h"

namespace pbb {

enum class ShownSource {
  none,      // the question alone
  prompt,    // the program's source stands before the question
  given,     // the source is given as if the model had recited it: what is left is to run it
  shuffled,  // as given, but the source and truth of another program, under this one's name
};
inline constexpr Choice<ShownSource> shown_sources[] = {{ShownSource::none, "none"},
                                                        {ShownSource::prompt, "prompt"},
                                                        {ShownSource::given, "given"},
                                                        {ShownSource::shuffled, "shuffled"}};

enum class AskedName { own, wrong };  // wrong: one that no program has
inline constexpr Choice<AskedName> asked_names[] = {{AskedName::own, "own"},
                                                    {AskedName::wrong, "wrong-name"}};

// Who writes the trace once the source is recited: the model itself, or the base that its adapter stands on
// (handover.h).
enum class Executor { itself, base };
inline constexpr Choice<Executor> executors[] = {{Executor::itself, "itself"}, {Executor::base, "base"}};

struct ArmPlan {
  std::string name;
  std::string stage;  // whose weights; empty: the model as it came
  ShownSource source = ShownSource::none;
  AskedName question = AskedName::own;
  Executor executor = Executor::itself;
  std::vector<AnswerForm> forms;
  int inputs = 0;     // of each program, the first so many that are held out; 0: all of them
  int shots = 0;      // worked examples before the question, of with-IO programs
  bool chat = false;  // within the model's chat template
  // Asked of somebody else's server, in place of our engine: "MODEL at URL". Empty: of our engine.
  std::string asked_at = {};

  // What the stages up to `stage` showed. stages: how many there were; -1 where nothing is known of the arm.
  int stages = -1;
  bool has_read = false;  // the sources of source-only programs
  bool has_run = false;   // executions, of with-IO programs

  std::optional<std::int64_t> questions = std::nullopt;  // how many it is asked, where that is known

  bool is_plain() const {
    return stages >= 0 && source == ShownSource::none && question == AskedName::own &&
           executor == Executor::itself;
  }
};

enum class ArmRole {
  claim,         // what the run is about: asked by name alone, after the last stage, having read the sources
  base_line,     // the same before it had read them
  untrained,     // the model as it came
  source_shown,  // what can be had with the source at hand
  control,       // asked by a wrong name, or of another program's source
  other,
};
// Of each arm, in order. There is at most one claim and one base line: the base line is the last plain arm
// before the claim that has not read the sources, or else the one of the stage before. An arm that was asked of
// somebody else's server is either only where our engine was asked none.
std::vector<ArmRole> arm_roles(const std::vector<ArmPlan>& arms);

// "after stage 2. It has read …": what the arm is, in sentences for a page or a terminal.
std::string describe(const ArmPlan& arm);

nlohmann::json to_json(const ArmPlan& arm);
// InputError naming the field.
ArmPlan arm_plan_from(const nlohmann::json& value);

}  // namespace pbb
