#include "assessment/lines.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "programs/importers/importer.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct Tally {
  std::map<Rest, RestCount> rest;

  void add(Rest why, int functions, int lines) {
    RestCount& count = rest[why];
    count.why = why;
    count.functions += functions;
    count.lines += lines;
  }
};

// What became of the functions of one file.
using Entries = std::vector<const ImportedFile*>;

std::map<fs::path, Entries> entries_by_file(const Imported& imported) {
  std::map<fs::path, Entries> files;
  for (const ImportedFile& file : imported.files) {
    const bool is_of_a_file = importer_of(file.path) != nullptr && fs::is_regular_file(file.path);
    const bool is_left_out_whole = file.function.empty() && file.verdict == ImportVerdict::left_out;
    if (is_of_a_file && !is_left_out_whole) files[file.path].push_back(&file);
  }
  return files;
}

// One that Python or we cannot read has no lines that could be told from others.
std::string text_of(const fs::path& path) {
  try {
    return importer_of(path)->read(path);
  } catch (const Error&) {
    return {};
  }
}

CountedFile counted(const fs::path& path, const Entries& entries, const Corpus& corpus) {
  CountedFile file{.source = text_of(path), .functions = {}, .rules = {}};
  for (const ImportedFile* entry : entries) {
    if (entry->function.empty()) continue;
    file.functions.push_back(entry->function);
    const Program* program = corpus.find(entry->program);
    if (entry->verdict == ImportVerdict::accepted && program != nullptr)
      file.rules.push_back(program->source);
  }
  return file;
}

void count_entries(Assessment& assessment, Tally& tally, const Entries& entries, const CodeLines& lines) {
  assessment.lines += lines.all;
  int told = lines.shared;
  assessment.learnable_lines += lines.shared;
  std::size_t at = 0;
  for (const ImportedFile* entry : entries) {
    const int own = entry->function.empty() ? lines.all : lines.of_functions.at(at++);
    told += own;
    ++assessment.functions;
    if (entry->verdict == ImportVerdict::accepted) {
      assessment.learnable_lines += own;
    } else {
      tally.add(rest_of(entry->reason), 1, own);
    }
  }
  if (told < lines.all) tally.add(Rest::no_function, 0, lines.all - told);
}

}  // namespace

Rest rest_of(const std::string& reason) {
  static constexpr std::pair<const char*, Rest> words[] = {
      {"no plain value", Rest::not_plain},
      {"plain value", Rest::not_plain},
      {"it returns nothing", Rest::no_result},
      {"takes no arguments", Rest::no_result},
      {"has no arguments", Rest::no_result},
      {"the doctest", Rest::contradiction},
      {"but the file says", Rest::contradiction},
      {"the same function as", Rest::contradiction},
      {"is defined in", Rest::contradiction},
      {"clock", Rest::outside_world},
      {"at random", Rest::outside_world},
      {"called again", Rest::outside_world},
      {"another process", Rest::outside_world},
      {"reads what is typed", Rest::outside_world},
      {"environment", Rest::outside_world},
      {"(open", Rest::outside_world},
      {"reads files", Rest::outside_world},
      {"changes", Rest::outside_world},
      {"cannot be cut", Rest::not_cut},
      {"not of the standard library", Rest::not_cut},
      {"as a whole", Rest::not_cut},
      {"another method", Rest::not_cut},
      {"which is defined nowhere", Rest::not_cut},
  };
  for (const auto& [word, why] : words) {
    if (reason.find(word) != std::string::npos) return why;
  }
  return Rest::other;
}

void add_line_counts(Assessment& assessment, const Imported& imported, const Runner& run) {
  const auto files = entries_by_file(imported);
  std::vector<CountedFile> sources;
  for (const auto& [path, entries] : files) sources.push_back(counted(path, entries, imported.corpus));
  const auto lines = count_lines(run, sources);
  Tally tally;
  std::size_t at = 0;
  for (const auto& [_, entries] : files) count_entries(assessment, tally, entries, lines[at++]);
  for (const auto& [_, count] : tally.rest) assessment.rest.push_back(count);
  std::ranges::stable_sort(assessment.rest, std::greater{}, &RestCount::lines);
}

}  // namespace pbb
