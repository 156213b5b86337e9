// Both are programs of ours that run in the sandbox as any other: sources in, plain values out.
#include "programs/importers/slices.h"

#include "base/error.h"
#include "base/sha256.h"
#include "programs/importers/survey_values.h"

namespace pbb {
namespace {

using namespace survey_values;

// [name, line, source, lines, why it is left out or "", [line, why it is refused, hint] or []]
Slice slice_of(const Value& value) {
  const auto& parts = list(value);
  Slice slice{.name = as<std::string>(parts.at(0)),
              .line = line_of(parts.at(1)),
              .source = as<std::string>(parts.at(2)),
              .lines = {},
              .left_out = as<std::string>(parts.at(4)),
              .refused = optional_remark(parts.at(5))};
  for (const Value& line : list(parts.at(3))) slice.lines.push_back(line_of(line));
  return slice;
}

Value text_value(const std::string& text) {
  Value value;
  value.data = text;
  return value;
}

Value sources_value(const OwnModules& modules) {
  DictValue sources;
  for (const auto& [name, source] : modules.sources)
    sources.items.emplace_back(text_value(name), text_value(source));
  Value value;
  value.data = std::move(sources);
  return value;
}

// As its text shows: one function, of no other modules of the user's, is the program.
bool is_surely_whole(const SurveyedSource& source) {
  const std::size_t functions = find_functions(source.source).size();
  const bool has_class =
      source.source.starts_with("class ") || source.source.find("\nclass ") != std::string::npos;
  return source.modules.sources.size() < 2 && (functions == 1 || (functions == 0 && !has_class));
}

// What a hostile program makes of the comparison is its own affair; it is run by itself, too.
Agreement agreement_of(const CallResult& result) {
  if (result.status != CallStatus::returned)
    return {{}, std::string(status_name(result.status)) + ": " + result.detail};
  const auto* parts = std::get_if<ListValue>(&result.output.data);
  if (parts == nullptr) return {{}, "it gives no list"};
  if (parts->items.empty()) return {};
  if (parts->items.size() != 2) return {{}, "it gives another list"};
  const auto* differs = std::get_if<std::string>(&parts->items[0].data);
  const auto* unrun = std::get_if<std::string>(&parts->items[1].data);
  if (!differs || !unrun) return {{}, "it gives no text"};
  return {*differs, *unrun};
}

}  // namespace

std::vector<std::vector<Slice>> slice_modules(const Runner& run, std::span<const SurveyedSource> sources) {
  std::vector<std::vector<Slice>> found(sources.size());
  std::vector<ProgramCall> calls;
  std::vector<std::size_t> called;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const OwnModules& modules = sources[i].modules;
    if (is_surely_whole(sources[i])) continue;
    called.push_back(i);
    calls.push_back(
        {.source = survey_source,
         .name = "slices",
         .arguments = {text_value(sources[i].stem), sources_value(modules), text_value(modules.main)}});
  }
  const auto results = run_calls(run, calls);
  for (std::size_t i = 0; i < called.size(); ++i) {
    if (results[i].status != CallStatus::returned) continue;  // the survey says what is the matter with it
    for (const Value& one : list(results[i].output)) found[called[i]].push_back(slice_of(one));
  }
  return found;
}

std::vector<Agreement> compare_with_modules(const Runner& run, std::span<const CutProgram> programs) {
  std::vector<ProgramCall> calls;
  for (const CutProgram& program : programs) {
    ListValue inputs;
    for (const Input& input : program.inputs) inputs.items.emplace_back().data = ListValue{input};
    // Calls of one source may share a process. These run different programs, of which none is to meet another.
    ProgramCall& call = calls.emplace_back(ProgramCall{
        .source = survey_source + ("# of " + sha256(program.source + program.modules.main) + "\n"),
        .name = "agreement",
        .arguments = {text_value(program.source), text_value(program.name)}});
    call.arguments.emplace_back().data = std::move(inputs);
    call.arguments.push_back(sources_value(program.modules));
    call.arguments.push_back(text_value(program.modules.main));
  }
  std::vector<Agreement> found;
  for (const CallResult& result : run_calls(run, calls)) found.push_back(agreement_of(result));
  return found;
}

}  // namespace pbb
