#include "programs/importers/cut.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/error.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// `is_only`: the file holds no other.
Candidate candidate_of(const Candidate& file, const OwnModules& modules, Slice slice, bool is_only) {
  Candidate candidate{.report = file.report,
                      .program = {},
                      .survey = {},
                      .inputs = {},
                      .executions = {},
                      .examples = {},
                      .boundaries = {},
                      .practice = {},
                      .cut = Cut{modules, std::move(slice.lines)}};
  candidate.program.name = slice.name;
  if (!is_only) candidate.report.function = slice.name;
  candidate.program.source = std::move(slice.source);
  if (!slice.left_out.empty()) {
    candidate.report.verdict = ImportVerdict::left_out;
    candidate.report.reason = fmt::format("{}:{}: {}", file.report.file, slice.line, slice.left_out);
  } else if (slice.refused) {
    candidate.refuse(fmt::format("{}:{}: {}", file.report.file, slice.refused->line, slice.refused->text),
                     slice.refused->hint);
  }
  return candidate;
}

// Inputs beside a file of several functions are each one's own, by its name.
void judge_inputs_of_cut_files(std::vector<Candidate>& all) {
  std::set<std::string> cut_files;
  std::set<fs::path> functions;
  for (const Candidate& candidate : all) {
    if (candidate.report.function.empty()) continue;
    cut_files.insert(candidate.report.file);
    functions.insert(candidate.report.path.parent_path() / candidate.report.function);
  }
  std::erase_if(all, [&](const Candidate& candidate) {
    const std::string path = candidate.report.path.string();
    const InputFormat* format = candidate.cut ? nullptr : input_format_of(path);
    return format && functions.contains(path.substr(0, path.size() - format->suffix.size()));
  });
  for (std::size_t i = 0, files = all.size(); i < files; ++i) {
    if (!cut_files.erase(all[i].report.file)) continue;  // once a file
    for (const InputFormat& format : input_formats()) {
      fs::path beside = all[i].report.path;
      beside.replace_extension(format.suffix);
      if (!fs::exists(fs::symlink_status(beside))) continue;
      ImportedFile told{.file = fs::path(all[i].report.file).replace_extension(format.suffix).string(),
                        .path = beside,
                        .verdict = ImportVerdict::left_out,
                        .reason = {},
                        .hint = {},
                        .notes = {}};
      told.reason = fmt::format("{} holds several functions, of which these are none's by their name",
                                all[i].report.path.filename().string());
      told.hint = fmt::format("name it after the function that it is of: {}{}", all[i].report.function,
                              format.suffix);
      all.emplace_back().report = std::move(told);
    }
  }
}

}  // namespace

int Candidate::line_in_file(int line) const {
  if (!cut || line < 1 || line > std::ssize(cut->lines)) return line;
  return cut->lines[static_cast<std::size_t>(line) - 1];
}

void cut_files(const Importer& importer, const Runner& run, std::span<Candidate* const> files,
               std::vector<SurveyedSource> sources, std::vector<Candidate>& all) {
  for (std::size_t i = 0; i < files.size(); ++i)
    sources[i].modules = own_modules(files[i]->report.path, sources[i].source);
  auto slices = importer.slice(run, sources);
  std::map<const Candidate*, std::size_t> by_file;
  for (std::size_t i = 0; i < files.size(); ++i)
    if (!slices[i].empty()) by_file.emplace(files[i], i);
  if (by_file.empty()) return;
  std::vector<Candidate> cut;
  for (Candidate& candidate : all) {
    const auto found = by_file.find(&candidate);
    if (found == by_file.end()) {
      cut.push_back(std::move(candidate));
      continue;
    }
    auto& found_in_it = slices[found->second];
    for (Slice& slice : found_in_it) {
      cut.push_back(
          candidate_of(candidate, sources[found->second].modules, std::move(slice), found_in_it.size() == 1));
    }
  }
  all = std::move(cut);
  judge_inputs_of_cut_files(all);
}

void refuse_wrong_cuts(std::vector<Candidate>& candidates, const Runner& run) {
  std::vector<CutProgram> programs;
  std::vector<Candidate*> compared;
  for (Candidate& candidate : candidates) {
    if (!candidate.is_in() || !candidate.cut) continue;
    CutProgram& program = programs.emplace_back(candidate.program.source, candidate.program.name,
                                                candidate.cut->modules, std::vector<Input>());
    for (const auto* executions :
         {&candidate.executions, &candidate.examples, &candidate.boundaries, &candidate.practice})
      for (const Execution& one : *executions) program.inputs.push_back(one.arguments);
    compared.push_back(&candidate);
  }
  const auto agreements = compare_with_modules(run, programs);
  for (std::size_t i = 0; i < compared.size(); ++i) {
    Candidate& candidate = *compared[i];
    const int line = candidate.survey.head.line;
    if (!agreements[i].differs.empty()) {
      candidate.refuse(fmt::format("{}:{}: {} cannot be cut out of its file: {}", candidate.report.file, line,
                                   candidate.program.name, agreements[i].differs),
                       fmt::format("put it with what it uses into a file {}.py", candidate.program.name));
    } else if (!agreements[i].unrun.empty()) {
      candidate.report.notes.push_back(
          fmt::format("the file cannot be run as a whole ({}), so that {} was not compared with it",
                      shortened(agreements[i].unrun), candidate.program.name));
    }
  }
}

}  // namespace pbb
