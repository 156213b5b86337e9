// A folder of the user's own Python files as a corpus: reading, judging, splitting, writing, and telling of it.
#include "programs/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "base/random.h"
#include "programs/import_trial.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// Why a file of the folder is not looked at; empty: it is.
std::string reason_to_leave_out(const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  if (name.starts_with("._")) return "a Mac's own file";
  if (name.starts_with(".")) return "a hidden file";
  if (name == "__init__.py" || name == "__main__.py" || name == "setup.py")
    return "a package's file, no rule";
  if (stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest") return "a test";
  return {};
}

// The Python files in order, those that are left out among them, and what else looks as if it should be read.
std::vector<ImportedFile> list_files(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw InputError(fmt::format("{}: expected a folder of Python files", folder.string()));
  }
  std::vector<ImportedFile> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    ImportedFile found{.file = entry.path().filename().string(), .reason = {}, .hint = {}, .notes = {}};
    const std::string stem = entry.path().stem().stem().string();
    const bool is_beside = found.file.ends_with(".inputs.jsonl") || found.file.ends_with(".io.jsonl");
    if (entry.path().extension() == ".py" && entry.is_regular_file()) {
      found.reason = reason_to_leave_out(found.file);
    } else if (is_beside && !found.file.starts_with(".") && !fs::exists(folder / (stem + ".py"))) {
      found.reason = fmt::format("there is no {}.py", stem);
    } else {
      continue;
    }
    if (!found.reason.empty()) found.verdict = ImportVerdict::left_out;
    files.push_back(std::move(found));
  }
  std::ranges::sort(files, {}, &ImportedFile::file);
  const auto is_read = [](const ImportedFile& file) { return file.verdict == ImportVerdict::accepted; };
  if (std::ranges::none_of(files, is_read)) {
    throw InputError(
        fmt::format("{}: no Python file in it{}", folder.string(),
                    files.empty() ? "" : fmt::format(" but {}, {}", files[0].file, files[0].reason)),
        "each program is a file NAME.py with one function");
  }
  return files;
}

// `step` on a candidate that is in; an InputError of its refuses the file, not the folder.
template <typename Step>
void judged(Candidate& candidate, const fs::path& folder, Step step) {
  if (!candidate.is_in()) return;
  try {
    step();
  } catch (const InputError& error) {
    std::string reason = error.what();
    const std::string prefix = (folder / "").string();  // the table is of one folder
    if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
    candidate.refuse(reason, error.hint());
  }
}

void take_survey(Candidate& candidate, Survey survey) {
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

// Its own inputs; where there are none, made-up ones, to find out what it does.
void take_inputs(Candidate& candidate, const fs::path& file) {
  candidate.inputs = read_inputs_beside(file, candidate.survey.head);
  if (!candidate.inputs.empty()) return;
  if (const auto& remark = candidate.survey.not_plain) {
    return candidate.refuse(fmt::format("{}:{}: {}", candidate.report.file, remark->line, remark->text),
                            remark->hint);
  }
  candidate.is_made_up = true;
  for (const Input& input : candidate.survey.proposals)
    candidate.inputs.push_back({.place = {}, .arguments = input, .expected = {}});
}

std::vector<Candidate> read_candidates(const fs::path& folder, std::vector<ImportedFile> files,
                                       const Runner& run) {
  std::vector<Candidate> all;
  std::vector<SurveyedSource> sources;
  std::vector<std::size_t> surveyed;
  for (ImportedFile& file : files) {
    Candidate& candidate = all.emplace_back();
    candidate.report = std::move(file);
    const fs::path path = folder / candidate.report.file;
    judged(candidate, folder, [&] { candidate.program.source = read_source(path); });
    if (!candidate.is_in()) continue;
    sources.push_back({candidate.program.source, path.stem().string()});
    surveyed.push_back(all.size() - 1);
  }
  auto surveys = survey_sources(run, sources);
  std::map<std::string, std::string> names;  // to the file that has it
  for (std::size_t i = 0; i < surveys.size(); ++i) {
    Candidate& candidate = all[surveyed[i]];
    judged(candidate, folder, [&] { take_survey(candidate, std::move(surveys[i])); });
    judged(candidate, folder, [&] { take_inputs(candidate, folder / candidate.report.file); });
    if (!candidate.is_in()) continue;
    const auto [place, is_new] = names.emplace(candidate.program.name, candidate.report.file);
    if (!is_new) {
      candidate.refuse(fmt::format("{}:{}: {} is defined in {} too", candidate.report.file,
                                   candidate.survey.head.line, candidate.program.name, place->second),
                       "every program needs a name of its own");
    }
  }
  return all;
}

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
  const auto is_bare = [](const Candidate& candidate) {
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

ProgramExecutions share_out(Candidate& candidate, const ImportOptions& options,
                            const std::map<std::string, std::string>& told) {
  if (candidate.is_made_up) return {};  // they are for trying alone
  std::vector<Execution> all = std::move(candidate.executions);
  Random random(options.seed, "import/" + candidate.program.name);
  random.shuffle(std::span(all));
  all = spread_over_paths(std::move(all));
  // What a source tells is not held out.
  const auto untold = [&](const Execution& one) {
    const auto place = told.find(usual_call(candidate.survey, one.arguments));
    if (place == told.end()) return true;
    candidate.report.notes.push_back(
        fmt::format("{} tells {}, which is not held out therefore", place->second,
                    shortened(call_text(candidate.program.name, one.arguments))));
    return false;
  };
  const auto first_told = std::stable_partition(all.begin(), all.end(), untold);
  const auto holdable = static_cast<std::size_t>(first_told - all.begin());
  // With few inputs, a fifth of them (one at least) are for testing.
  const bool with_io = candidate.program.split == Split::with_io;
  const std::size_t share = with_io ? std::max<std::size_t>(1, all.size() / 5) : all.size();
  const std::size_t test = std::min({share, holdable, static_cast<std::size_t>(options.test_inputs)});
  const std::size_t rest = with_io ? all.size() - test : 0;
  const auto first_train = all.begin() + static_cast<std::ptrdiff_t>(test);
  const auto end = first_train + static_cast<std::ptrdiff_t>(
                                     std::min(rest, static_cast<std::size_t>(options.train_inputs)));
  return {.train = {first_train, end}, .test = {all.begin(), first_train}};
}

std::string place_in_corpus(const Candidate& candidate, const ProgramExecutions& shown) {
  const std::string name = candidate.program.name;
  if (candidate.is_made_up) {
    return fmt::format("{}: source-only without questions, as no inputs lie beside it; tried on {} made up",
                       name, candidate.inputs.size());
  }
  if (candidate.program.split == Split::source_only) {
    return fmt::format("{}: source-only, {} held out", name, shown.test.size());
  }
  return fmt::format("{}: with-IO, {} to train on, {} held out", name, shown.train.size(), shown.test.size());
}

}  // namespace

Imported import_folder(const fs::path& python_folder, const ImportOptions& options, const Runners& runners,
                       const fs::path& folder, Replace replace) {
  check_ranges("import", options);
  check_replaceable(folder, "corpus", replace);  // before the work
  std::vector<Candidate> all = read_candidates(python_folder, list_files(python_folder), runners.run);
  try_candidates(all, options, runners);
  refuse_twins(all);
  std::vector<Candidate*> accepted;
  for (Candidate& candidate : all) {
    if (candidate.is_in()) accepted.push_back(&candidate);
  }
  split(accepted, options);

  Imported imported{.corpus = {.folder = folder, .seed = options.seed, .programs = {}, .summary = {}},
                    .files = {}};
  imported.corpus.summary = fmt::format("imported from {} Python files, a share of {} source-only",
                                        accepted.size(), options.source_only_share);
  const auto told = told_calls(all);
  std::map<std::string, ProgramExecutions> shown;
  for (Candidate* candidate : accepted) {
    const std::string name = candidate->program.name;
    shown.emplace(name, share_out(*candidate, options, told));
    candidate->report.reason = place_in_corpus(*candidate, shown.at(name));
  }
  for (Candidate& candidate : all) {
    if (candidate.is_in()) imported.corpus.programs.push_back(std::move(candidate.program));
    imported.files.push_back(std::move(candidate.report));
  }
  if (!accepted.empty()) write_corpus(imported.corpus, shown, replace);
  return imported;
}

void refuse_empty(const Imported& imported, const fs::path& python_folder) {
  if (!imported.corpus.programs.empty()) return;
  const auto refused = std::ranges::find(imported.files, ImportVerdict::refused, &ImportedFile::verdict);
  throw InputError(fmt::format("{}: none of its files can be a program{}", python_folder.string(),
                               refused == imported.files.end() ? "" : "; the first: " + refused->reason),
                   refused == imported.files.end() ? "" : refused->hint);
}

std::string import_table(std::span<const ImportedFile> files) {
  static constexpr std::string_view verdicts[] = {"accepted", "refused", "left out"};
  std::size_t width = 0;
  for (const ImportedFile& file : files) width = std::max(width, std::min<std::size_t>(file.file.size(), 30));
  const std::string indent(width + 12, ' ');
  std::string text;
  for (const ImportedFile& file : files) {
    text += fmt::format("{:<{}}  {:<8}  {}\n", printable_line(file.file), width,
                        verdicts[static_cast<std::size_t>(file.verdict)], printable_line(file.reason));
    for (const std::string& note : file.notes)
      text += fmt::format("{}note: {}\n", indent, printable_line(note));
    if (!file.hint.empty()) text += fmt::format("{}HINT: {}\n", indent, printable_line(file.hint));
  }
  return text;
}

}  // namespace pbb
