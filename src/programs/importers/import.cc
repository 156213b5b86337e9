// The user's own Python files as a corpus: judging, splitting, writing, and telling of it.
#include "programs/importers/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "programs/importers/candidates.h"
#include "programs/importers/float_traps.h"
#include "programs/importers/trial.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// One that does the same, word for word, would be tested on what the other was shown.
void refuse_twins(std::vector<Candidate>& all) {
  std::map<std::string, const Candidate*> shapes;
  for (Candidate& candidate : all) {
    if (!candidate.is_in()) continue;
    const auto [first, is_new] = shapes.emplace(candidate.survey.shape, &candidate);
    if (is_new) continue;
    candidate.refuse(fmt::format("{}:{}: the same function as {} in {}, but for names, comments and layout",
                                 candidate.report.file, candidate.survey.head.line,
                                 first->second->program.name, first->second->report.file),
                     "keep one of them: what is shown of one would be asked of the other");
  }
}

// Where sources of the corpus tell calls, by the call in its usual words.
std::map<std::string, std::string> told_calls(const std::vector<Candidate>& all) {
  std::map<std::string, const Candidate*> by_name;
  for (const Candidate& candidate : all) {
    if (candidate.is_in()) by_name.emplace(candidate.program.name, &candidate);
  }
  std::map<std::string, std::string> told;
  for (const auto& [_, candidate] : by_name) {
    for (const ToldCall& call : candidate->survey.told) {
      const auto callee = by_name.find(call.name);
      if (callee == by_name.end()) continue;
      told.emplace(usual_call(callee->second->survey, call.arguments, call.named),
                   fmt::format("{}:{}", candidate->report.file, call.line));
    }
  }
  return told;
}

// Those without inputs to spare must be source-only; of the others, as many as the share asks for.
void split(std::span<Candidate* const> all, const ImportOptions& options) {
  const auto is_bare = [&](const Candidate& candidate) {
    if (options.practice_inputs > 0) return candidate.boundaries.empty() && candidate.practice.empty();
    return candidate.is_made_up || candidate.executions.size() < 2;
  };
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  Random random(options.seed, "import/split");
  random.shuffle(std::span(order));
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return is_bare(*all[i]); });
  const auto wanted =
      static_cast<std::size_t>(std::llround(options.source_only_share * static_cast<double>(all.size())));
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool source_only = i < wanted || is_bare(*all[order[i]]);
    all[order[i]]->program.split = source_only ? Split::source_only : Split::with_io;
  }
}

// Where a source tells the call; empty: nowhere. What is told is not held out.
std::string telling(const Candidate& candidate, const Execution& one,
                    const std::map<std::string, std::string>& told) {
  const auto place = told.find(usual_call(candidate.survey, one.arguments));
  return place == told.end() ? std::string() : place->second;
}

// Of those beside a program, what may be shown of it and what is held out.
ProgramExecutions share_out(Candidate& candidate, const ImportOptions& options,
                            const std::map<std::string, std::string>& told) {
  if (candidate.is_made_up) return {};  // they are for trying alone
  std::vector<Execution> all = std::move(candidate.executions);
  Random random(options.seed, "import/" + candidate.program.name);
  random.shuffle(std::span(all));
  all = spread_over_paths(std::move(all));
  const auto untold = [&](const Execution& one) {
    const std::string place = telling(candidate, one, told);
    if (place.empty()) return true;
    candidate.report.notes.push_back(
        fmt::format("{} tells {}, which is not held out therefore", place,
                    shortened(call_text(candidate.program.name, one.arguments))));
    return false;
  };
  const auto first_told = std::stable_partition(all.begin(), all.end(), untold);
  const auto holdable = static_cast<std::size_t>(first_told - all.begin());
  // With few inputs, a fifth of them (one at least) are for testing.
  const bool with_io = candidate.program.split == Split::with_io && options.practice_inputs == 0;
  const std::size_t share = with_io ? std::max<std::size_t>(1, all.size() / 5) : all.size();
  const std::size_t test = std::min({share, holdable, static_cast<std::size_t>(options.test_inputs)});
  const std::size_t rest = with_io ? all.size() - test : 0;
  const auto first_train = all.begin() + static_cast<std::ptrdiff_t>(test);
  const auto end = first_train + static_cast<std::ptrdiff_t>(
                                     std::min(rest, static_cast<std::size_t>(options.train_inputs)));
  return {.train = {first_train, end}, .test = {all.begin(), first_train}};
}

// Adds up to `most` of them to what is held out: every way through the program before any comes up twice, and of each
// way outcomes that are new before others. Their calls.
std::set<std::string> hold_out(const Candidate& candidate, std::vector<Execution> all, int most,
                               const std::map<std::string, std::string>& told, std::vector<Execution>& test) {
  std::erase_if(all, [&](const Execution& one) { return !telling(candidate, one, told).empty(); });
  std::set<std::string> calls, outcomes;
  std::vector<Execution> ordered, repeated;
  for (Execution& one : all) {
    const bool is_new = outcomes.insert(outcome_text(one.outcome)).second;
    (is_new ? ordered : repeated).push_back(std::move(one));
  }
  std::ranges::move(repeated, std::back_inserter(ordered));
  for (Execution& one : spread_over_paths(std::move(ordered))) {
    if (std::ssize(calls) == most) break;
    calls.insert(call_text(candidate.program.name, one.arguments));
    test.push_back(std::move(one));
  }
  return calls;
}

// Of what was made up, and is not held out, so many: every way through the program before any comes up twice.
std::vector<Execution> practice_of(Candidate& candidate, int most, const std::vector<Execution>& test) {
  std::vector<Execution> all = std::move(candidate.boundaries);
  std::ranges::move(candidate.practice, std::back_inserter(all));
  const auto call = [&](const Execution& one) { return call_text(candidate.program.name, one.arguments); };
  std::set<std::string> held_out;
  for (const Execution& one : test) held_out.insert(call(one));
  std::erase_if(all, [&](const Execution& one) { return held_out.contains(call(one)); });
  all = spread_over_paths(std::move(all));
  all.resize(std::min(all.size(), static_cast<std::size_t>(most)));
  return all;
}

std::string place_in_corpus(const Candidate& candidate, const ProgramExecutions& shown) {
  const std::string name = candidate.program.name;
  if (shown.test.empty() && candidate.is_made_up) {
    return fmt::format("{}: source-only without questions, as no inputs lie beside it; tried on {} made up",
                       name, candidate.inputs.size());
  }
  if (candidate.program.split == Split::source_only) {
    return fmt::format("{}: source-only, {} held out", name, shown.test.size());
  }
  return fmt::format("{}: with-IO, {} to train on, {} held out", name, shown.train.size(), shown.test.size());
}

void object_to(std::vector<Candidate>& all, const Objecting& objecting) {
  if (!objecting) return;
  for (Candidate& candidate : all) {
    if (!candidate.is_in()) continue;
    if (const auto objection = objecting(candidate.program))
      candidate.refuse(
          fmt::format("{}:{}: {}", candidate.report.file, candidate.survey.head.line, objection->reason),
          objection->hint);
  }
}

// Tells authors of comparisons that go otherwise than they read.
void note_float_traps(std::span<Candidate* const> accepted, const Runner& run) {
  std::vector<TriedProgram> programs;
  for (const Candidate* candidate : accepted) {
    TriedProgram& program = programs.emplace_back(candidate->program.source, candidate->survey.head.name);
    for (const ReadInput& input : candidate->inputs) program.inputs.push_back(input.arguments);
  }
  const auto traps = find_float_traps(run, programs);
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    for (const FloatTrap& trap : traps[i]) {
      accepted[i]->report.notes.push_back(fmt::format("{}:{}: {}", accepted[i]->report.file,
                                                      accepted[i]->line_in_file(trap.line),
                                                      trap.text(accepted[i]->program.name)));
    }
  }
}

}  // namespace

Imported import_folder(const fs::path& python_folder, const ImportOptions& options, const Runners& runners,
                       const fs::path& folder, Replace replace) {
  if (!fs::is_directory(python_folder)) {
    throw InputError(fmt::format("{}: expected a folder of Python files", python_folder.string()));
  }
  return import_python({.paths = {python_folder}, .examples = {}}, options, runners, folder, replace);
}

Imported import_python(const PythonSources& sources, const ImportOptions& options, const Runners& runners,
                       const fs::path& folder, Replace replace, const Objecting& objecting) {
  check_ranges("import", options);
  check_replaceable(folder, "corpus", replace);  // before the work
  std::vector<Candidate> all = read_candidates(sources, options, runners.run);
  try_candidates(all, options, runners);
  refuse_twins(all);
  object_to(all, objecting);
  std::vector<Candidate*> accepted;
  for (Candidate& candidate : all) {
    if (candidate.is_in()) accepted.push_back(&candidate);
  }
  note_float_traps(accepted, runners.run);
  split(accepted, options);

  Imported imported{.corpus = {.folder = folder, .seed = options.seed, .programs = {}, .summary = {}},
                    .files = {},
                    .boundary_calls = {},
                    .example_calls = {}};
  imported.corpus.summary = fmt::format("imported from {} Python files, a share of {} source-only",
                                        accepted.size(), options.source_only_share);
  const auto told = told_calls(all);
  std::map<std::string, ProgramExecutions> shown;
  for (Candidate* candidate : accepted) {
    const std::string name = candidate->program.name;
    ProgramExecutions executions = share_out(*candidate, options, told);
    imported.example_calls[name] =
        hold_out(*candidate, std::move(candidate->examples), options.test_inputs, told, executions.test);
    imported.boundary_calls[name] =
        hold_out(*candidate, candidate->boundaries, options.boundary_inputs, told, executions.test);
    if (candidate->program.split == Split::with_io && options.practice_inputs > 0) {
      executions.train = practice_of(*candidate, options.practice_inputs, executions.test);
      // All that could be made up is held out.
      if (executions.train.empty()) candidate->program.split = Split::source_only;
    }
    candidate->report.program = name;
    candidate->report.reason = place_in_corpus(*candidate, executions);
    shown.emplace(name, std::move(executions));
  }
  for (Candidate& candidate : all) {
    if (candidate.is_in()) imported.corpus.programs.push_back(std::move(candidate.program));
    imported.files.push_back(std::move(candidate.report));
  }
  if (!accepted.empty()) write_corpus(imported.corpus, shown, replace);
  return imported;
}

}  // namespace pbb
