#include "programs/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "programs/execute.h"
#include "programs/execution_lines.h"
#include "programs/importers/float_traps.h"
#include "programs/importers/survey.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct Stored {
  const Program* program = nullptr;
  fs::path file;
  ExecutionLine line;
  CallResult now;

  std::string call() const {
    return fmt::format("{}: {}", file.string(),
                       shortened(call_text(program->name, line.execution.arguments)));
  }
};

// Every line of io/ with what its call comes to now.
std::vector<Stored> run_stored(const Corpus& corpus, const Runner& run) {
  std::vector<Stored> all;
  std::vector<ProgramCall> calls;
  for (const Program& program : corpus.programs) {
    if (program.split == Split::with_io) read_training_executions(corpus, program);  // that there are some
    const fs::path file = corpus.folder / "io" / (program.name + ".jsonl");
    if (!fs::exists(file)) read_test_executions(corpus, program);  // says what is missing
    for (ExecutionLine& line : read_execution_lines(file, program)) {
      add_calls(program, {&line.execution.arguments, 1}, true, calls);
      all.push_back({.program = &program, .file = file, .line = std::move(line), .now = {}});
    }
  }
  auto results = run_calls(run, calls);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].now = std::move(results[i]);
  return all;
}

// How the trace of now differs from the stored one; empty when it does not.
std::string trace_difference(const std::vector<TraceStep>& now, const std::vector<TraceStep>& stored) {
  const auto same = [](const TraceStep& a, const TraceStep& b) {
    return a.line == b.line && a.text == b.text && a.step == b.step && a.pattern == b.pattern;
  };
  const auto [a, b] = std::mismatch(now.begin(), now.end(), stored.begin(), stored.end(), same);
  if (a == now.end() && b == stored.end()) return {};
  const auto shown = [](auto step, const auto& trace) {
    return step == trace.end() ? std::string("no step")
                               : fmt::format("'{}' (line {})", shortened(step->step), step->line);
  };
  return fmt::format("step {} is {}, stored is {}", 1 + (a - now.begin()), shown(a, now), shown(b, stored));
}

// How an execution differs from what is stored; empty when it does not.
std::string difference(const Stored& stored) {
  const auto outcome = stored.now.outcome();
  const Execution& execution = stored.line.execution;
  if (!outcome || !same_answer(execution.outcome, *outcome)) {
    return fmt::format("{} gives {}, stored is {}", stored.call(),
                       outcome ? shortened(outcome_text(*outcome)) : "no outcome (" + stored.now.detail + ")",
                       shortened(outcome_text(execution.outcome)));
  }
  const std::string steps = trace_difference(stored.now.trace, execution.trace);
  return steps.empty() ? "" : stored.call() + ": " + steps;
}

std::vector<std::string> told_of(const Corpus& corpus, std::span<const Stored> all, const Runner& run) {
  std::vector<SurveyedSource> sources;
  for (const Program& program : corpus.programs) sources.push_back({program.source, program.name});
  const auto surveys = survey_sources(run, sources);
  std::map<std::string, const Survey*> by_name;
  for (const Survey& survey : surveys) {
    if (!survey.refused) by_name.emplace(survey.head.name, &survey);
  }
  std::set<std::string> held_out;
  for (const Stored& stored : all) {
    const auto callee = by_name.find(stored.program->name);
    if (stored.line.use == Use::test && callee != by_name.end())
      held_out.insert(usual_call(*callee->second, stored.line.execution.arguments));
  }
  std::vector<std::string> found;
  for (std::size_t i = 0; i < surveys.size(); ++i) {
    for (const ToldCall& told : surveys[i].told) {
      const auto callee = by_name.find(told.name);
      if (callee == by_name.end()) continue;
      const std::string call = usual_call(*callee->second, told.arguments, told.named);
      if (!held_out.contains(call)) continue;
      found.push_back(fmt::format("{}:{}: tells {}, which is held out",
                                  (corpus.folder / "source" / (sources[i].stem + ".py")).string(), told.line,
                                  call));
    }
  }
  return found;
}

std::vector<std::string> float_traps_of(const Corpus& corpus, std::span<const Stored> all,
                                        const Runner& run) {
  std::vector<TriedProgram> programs;
  for (const Program& program : corpus.programs) {
    TriedProgram& tried = programs.emplace_back(program.source, program.name);
    for (const Stored& stored : all) {
      if (stored.program == &program) tried.inputs.push_back(stored.line.execution.arguments);
    }
  }
  std::vector<std::string> notes;
  const auto traps = find_float_traps(run, programs);
  for (std::size_t i = 0; i < programs.size(); ++i) {
    for (const FloatTrap& trap : traps[i]) {
      notes.push_back(fmt::format("{}:{}: {}",
                                  (corpus.folder / "source" / (programs[i].name + ".py")).string(), trap.line,
                                  trap.text(programs[i].name)));
    }
  }
  return notes;
}

}  // namespace

Verification verify_corpus(const Corpus& corpus, const Runner& run) {
  const std::vector<Stored> all = run_stored(corpus, run);
  Verification found{.executions = all.size(),
                     .differences = {},
                     .told = told_of(corpus, all, run),
                     .notes = float_traps_of(corpus, all, run)};
  for (const Stored& stored : all) {
    if (std::string text = difference(stored); !text.empty()) found.differences.push_back(std::move(text));
  }
  return found;
}

void refuse_untrue(const Corpus& corpus, const Runner& run) {
  const Verification found = verify_corpus(corpus, run);
  const std::string folder = corpus.folder.string();
  if (!found.differences.empty()) {
    throw InputError(
        fmt::format("{} ({} of {} stored executions are not what the sources do)", found.differences[0],
                    found.differences.size(), found.executions),
        fmt::format("pbb check {0} shows each; pbb check {0} --renew writes answers and traces anew",
                    folder));
  }
  if (!found.told.empty()) {
    throw InputError(found.told[0],
                     "take it out of the source, or make the line in io/ \"use\": \"train\", "
                     "or take that line away");
  }
}

Renewal renew_corpus(const Corpus& corpus, const Runner& run) {
  std::vector<Stored> all = run_stored(corpus, run);
  Renewal renewal{.executions = all.size()};
  std::map<fs::path, std::string> files;
  for (Stored& stored : all) {
    const auto outcome = stored.now.outcome();
    if (!outcome) {
      throw InputError(
          fmt::format("{} {}: {}", stored.call(), status_name(stored.now.status), stored.now.detail),
          "mend the program, or take the line away; nothing was written");
    }
    if (!difference(stored).empty()) ++renewal.differed;
    Execution& execution = stored.line.execution;
    execution.outcome = *outcome;
    execution.trace = std::move(stored.now.trace);
    files[stored.file.filename()] += execution_lines({&execution, 1}, stored.line.use);
  }
  const fs::path io = corpus.folder / "io";
  replace_folder(io, [&](const fs::path& to) {
    fs::copy(io, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    for (const auto& [name, lines] : files) write_file(to / name, lines);
  });
  return renewal;
}

}  // namespace pbb
