// The search is a program of ours that runs the one that is searched, in the sandbox as any other: source in,
// plain values out.
#include "programs/importers/float_traps.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/sha256.h"
#include "programs/importers/survey.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

// What a hostile program makes of the search is its own affair: anything but the expected is no trap.
std::vector<FloatTrap> traps_of(const CallResult& result) {
  std::vector<FloatTrap> traps;
  const auto* found = std::get_if<ListValue>(&result.output.data);
  if (result.status != CallStatus::returned || found == nullptr) return {};
  for (const Value& value : found->items) {
    const auto* parts = std::get_if<ListValue>(&value.data);
    if (parts == nullptr || parts->items.size() != 6) return {};
    const auto& items = parts->items;
    const auto* line = std::get_if<std::int64_t>(&items[0].data);
    const auto* comparison = std::get_if<std::string>(&items[1].data);
    const auto* answer = std::get_if<bool>(&items[2].data);
    const auto* left = std::get_if<std::string>(&items[3].data);
    const auto* right = std::get_if<std::string>(&items[4].data);
    const auto* arguments = std::get_if<ListValue>(&items[5].data);
    if (!line || !comparison || !answer || !left || !right || !arguments) return {};
    traps.push_back({static_cast<int>(*line), *comparison, *answer, *left, *right, arguments->items});
  }
  return traps;
}

// Whether a float may be written in it: 0.5, .5, 5., 5e-1.
bool may_hold_floats(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '.') return true;
    const bool is_exponent = text[at] == 'e' || text[at] == 'E';
    if (is_exponent && at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9') return true;
  }
  return false;
}

bool may_hold_floats(const TriedProgram& program) {
  return may_hold_floats(program.source) || std::ranges::any_of(program.inputs, [](const Input& input) {
           return may_hold_floats(call_text("", input));
         });
}

}  // namespace

std::string FloatTrap::text(const std::string& name) const {
  return fmt::format(
      "{}: {} is {}, as binary floats compare {} with {}; in decimals the two are equal. HINT: round before "
      "comparing, or use Decimal or whole numbers",
      shortened(call_text(name, arguments)), shortened(comparison), answer ? "True" : "False",
      shortened(left), shortened(right));
}

std::vector<std::vector<FloatTrap>> find_float_traps(const Runner& run,
                                                     std::span<const TriedProgram> programs) {
  std::vector<ProgramCall> calls;
  std::vector<std::size_t> called;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const TriedProgram& program = programs[i];
    if (!may_hold_floats(program)) continue;
    called.push_back(i);
    // Calls of one source may share a process. These run different programs, of which none is to meet another.
    ProgramCall call{.source = survey_source + ("# of " + sha256(program.source) + "\n"),
                     .name = "float_traps",
                     .arguments = {}};
    ListValue inputs;
    for (const Input& input : program.inputs) inputs.items.emplace_back().data = ListValue{input};
    for (const std::string& text : {program.source, program.name}) call.arguments.emplace_back().data = text;
    call.arguments.emplace_back().data = std::move(inputs);
    calls.push_back(std::move(call));
  }
  const auto results = run_calls(run, calls);
  std::vector<std::vector<FloatTrap>> found(programs.size());
  for (std::size_t i = 0; i < called.size(); ++i) found[called[i]] = traps_of(results[i]);
  return found;
}

}  // namespace pbb
