#include "programs/importers/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "programs/importers/cut.h"
#include "programs/importers/examples.h"
#include "programs/importers/files.h"
#include "programs/importers/importer.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// `step`, which reads, on a candidate that is in; an Error of its refuses the file, not the folder.
template <typename Step>
void judged(Candidate& candidate, Step step) {
  if (!candidate.is_in()) return;
  try {
    step();
  } catch (const Error& error) {
    std::string reason = error.what();
    // The table names a file as it lists it.
    const std::string path = candidate.report.path.string(),
                      folder = (candidate.report.path.parent_path() / "").string();
    if (reason.starts_with(path)) {
      reason.replace(0, path.size(), candidate.report.file);
    } else if (folder.size() > 1 && reason.starts_with(folder)) {
      reason.erase(0, folder.size());
    }
    candidate.refuse(reason, error.hint());
  }
}

// A survey of a slice, by the lines of the file.
void to_lines_of_file(const Candidate& candidate, Survey& survey) {
  const auto map = [&](int& line) { line = candidate.line_in_file(line); };
  map(survey.head.line);
  if (survey.refused) map(survey.refused->line);
  if (survey.not_plain) map(survey.not_plain->line);
  for (auto* remarks : {&survey.dependences, &survey.changes})
    for (Remark& remark : *remarks) map(remark.line);
  for (ToldCall& told : survey.told) map(told.line);
}

void take_survey(Candidate& candidate, Survey survey) {
  to_lines_of_file(candidate, survey);
  candidate.survey = std::move(survey);
  const auto& refused = candidate.survey.refused;
  if (refused) {
    candidate.refuse(fmt::format("{}:{}: {}", candidate.report.file, refused->line, refused->text),
                     refused->hint);
    return;
  }
  candidate.program.name = candidate.survey.head.name;
  candidate.program.domain = candidate.program.kind = "imported";
  if (!is_identifier(candidate.program.name)) {
    throw InputError(fmt::format("{}:{}: {} cannot be a program's name", candidate.report.file,
                                 candidate.survey.head.line, candidate.program.name),
                     "ASCII letters, digits and underscores, at most 100");
  }
}

void add_input(Candidate& candidate, std::set<std::string>& seen, ReadInput input) {
  if (seen.insert(call_text(candidate.program.name, input.arguments)).second)
    candidate.inputs.push_back(std::move(input));
}

// A call that is both in a file beside the program and an example is asked once, as what the example expects.
void take_examples(Candidate& candidate, std::span<const NamedExample* const> examples) {
  for (const NamedExample* example : examples) {
    ReadInput input = example_input(*example, candidate.survey);
    const std::string call = call_text(candidate.program.name, input.arguments);
    const auto before = std::ranges::find_if(candidate.inputs, [&](const ReadInput& other) {
      return call_text(candidate.program.name, other.arguments) == call;
    });
    if (before == candidate.inputs.end()) {
      candidate.inputs.push_back(std::move(input));
      continue;
    }
    if (before->expected && !agrees(*before->expected, *input.expected)) {
      throw InputError(
          fmt::format("{}: {} is {}, but {} says {}", input.place, call, outcome_text(*input.expected),
                      before->place, outcome_text(*before->expected)),
          "one of them is wrong: mend it");
    }
    *before = std::move(input);
  }
}

// Those of the user, and such as are made up: to find out what it does where none lie beside it, its boundaries, and
// such as it is to be practised on.
void take_inputs(Candidate& candidate, std::span<const NamedExample* const> examples,
                 const ImportOptions& options) {
  const fs::path& file = candidate.report.path;
  candidate.inputs =
      read_inputs_beside(!candidate.report.function.empty()
                             ? file.parent_path() / (candidate.program.name + file.extension().string())
                             : file,
                         candidate.survey.head);
  candidate.is_made_up = candidate.inputs.empty();
  take_examples(candidate, examples);
  if (candidate.inputs.empty() && candidate.survey.not_plain) {
    const Remark& remark = *candidate.survey.not_plain;
    return candidate.refuse(fmt::format("{}:{}: {}", candidate.report.file, remark.line, remark.text),
                            remark.hint);
  }
  std::set<std::string> seen;
  for (const ReadInput& input : candidate.inputs)
    seen.insert(call_text(candidate.program.name, input.arguments));
  const auto add = [&](const std::vector<Input>& inputs, InputOrigin origin) {
    for (const Input& input : inputs)
      add_input(candidate, seen, {.place = {}, .arguments = input, .expected = {}, .origin = origin});
  };
  if (options.boundary_inputs + options.practice_inputs > 0)
    add(candidate.survey.boundaries, InputOrigin::boundary);
  if (options.practice_inputs > 0) add(candidate.survey.practice, InputOrigin::practice);
  if (candidate.is_made_up) add(candidate.survey.proposals, InputOrigin::trial);
}

// Each example with the candidate that it is of; those of refused ones, too, are of somebody.
std::map<const Candidate*, std::vector<const NamedExample*>> examples_by_program(
    const std::vector<Candidate>& all, std::span<const std::vector<NamedExample>> files) {
  std::map<std::string, const Candidate*> by_name;
  for (const Candidate& candidate : all) {
    if (candidate.report.verdict == ImportVerdict::left_out) continue;
    if (candidate.report.function.empty()) by_name.emplace(candidate.report.path.stem().string(), &candidate);
    if (!candidate.program.name.empty()) by_name[candidate.program.name] = &candidate;
  }
  std::map<const Candidate*, std::vector<const NamedExample*>> found;
  for (const auto& file : files) {
    for (const NamedExample& example : file) {
      std::string name = example.program;
      const std::string stem = fs::path(example.place).stem().string();
      if (name.empty()) name = by_name.contains(stem) || by_name.size() != 1 ? stem : by_name.begin()->first;
      const auto place = by_name.find(name);
      if (place != by_name.end()) {
        found[place->second].push_back(&example);
      } else if (example.program.empty()) {
        throw InputError(example.place + ": nothing says of which rule this example is",
                         "add a column rule, or name the file after the rule");
      } else {
        std::vector<std::string> known;
        for (const auto& [each, _] : by_name) known.push_back(each);
        throw InputError(fmt::format("{}: there is no rule '{}'", example.place, name),
                         shortened(fmt::format("one of {}", fmt::join(known, ", "))));
      }
    }
  }
  return found;
}

// Of programs of one name the first is taken that is a file of its own; of functions of files of several, one only
// where all are the same: which is meant is not for us to say.
void refuse_names_that_are_taken(std::vector<Candidate>& all) {
  std::map<std::string, std::vector<Candidate*>> names;
  for (Candidate& candidate : all)
    if (candidate.is_in()) names[candidate.program.name].push_back(&candidate);
  const auto place = [](const Candidate& one) {
    return fmt::format("{}:{}", one.report.file, one.survey.head.line);
  };
  for (const auto& [name, same] : names) {
    if (same.size() < 2) continue;
    const auto whole = std::ranges::find_if(same, [](const Candidate* one) { return !one->cut; });
    const bool are_alike = std::ranges::all_of(
        same, [&](const Candidate* one) { return one->survey.shape == same[0]->survey.shape; });
    const Candidate* kept = whole != same.end() ? *whole : are_alike ? same[0] : nullptr;
    for (Candidate* one : same) {
      if (one == kept) continue;
      const Candidate& other = kept != nullptr ? *kept : one == same[0] ? *same[1] : *same[0];
      one->refuse(fmt::format("{}: {} is defined in {} too", place(*one), name,
                              kept != nullptr && !kept->cut ? kept->report.file : place(other)),
                  kept != nullptr && !one->cut ? "every program needs a name of its own"
                  : are_alike
                      ? "one of them is enough"
                      : "every program needs a name of its own: rename one, or learn the files apart");
    }
  }
}

// What the importer reads, as the survey is to see it.
std::vector<SurveyedSource> sources_of(std::span<Candidate* const> candidates) {
  std::vector<SurveyedSource> sources;
  for (const Candidate* one : candidates) {
    const std::string stem = one->cut ? one->program.name : one->report.path.stem().string();
    sources.push_back({one->program.source, stem, {}});
  }
  return sources;
}

std::vector<Candidate*> those_of(const Importer& importer, std::vector<Candidate>& all) {
  std::vector<Candidate*> found;
  for (Candidate& candidate : all)
    if (candidate.is_in() && importer_of(candidate.report.path) == &importer) found.push_back(&candidate);
  return found;
}

void note_others(Candidate& candidate) {
  const auto& others = candidate.survey.others;
  if (!candidate.is_in() || candidate.cut || others.empty()) return;
  candidate.report.notes.push_back(fmt::format(
      "{}:{}: {}{} no rule of its own, as the file is named after {}. HINT: give the file another "
      "name to learn each of its functions",
      candidate.report.file, others[0].line, others[0].text,
      others.size() > 1 ? fmt::format(" (and {} more) is", others.size() - 1) : " is",
      candidate.program.name));
}

// Those that are the importer's.
void read_and_survey(const Importer& importer, const Runner& run, std::vector<Candidate>& all) {
  for (Candidate* candidate : those_of(importer, all))
    judged(*candidate, [&] { candidate->program.source = importer.read(candidate->report.path); });
  const auto files = those_of(importer, all);
  cut_files(importer, run, files, sources_of(files), all);
  const auto surveyed = those_of(importer, all);
  auto surveys = importer.survey(run, sources_of(surveyed));
  for (std::size_t i = 0; i < surveys.size(); ++i) {
    judged(*surveyed[i], [&] { take_survey(*surveyed[i], std::move(surveys[i])); });
    note_others(*surveyed[i]);
  }
}

}  // namespace

std::vector<Candidate> read_candidates(const PythonSources& given, const ImportOptions& options,
                                       const Runner& run) {
  std::vector<std::vector<NamedExample>> example_files;
  for (const fs::path& file : given.examples) example_files.push_back(read_examples(file));
  std::vector<Candidate> all;
  for (ImportedFile& file : list_files(given.paths)) all.emplace_back().report = std::move(file);
  for (const Importer& importer : importers()) read_and_survey(importer, run, all);
  auto examples = examples_by_program(all, example_files);
  for (Candidate& candidate : all)
    judged(candidate, [&] { take_inputs(candidate, examples[&candidate], options); });
  refuse_names_that_are_taken(all);
  return all;
}

}  // namespace pbb
