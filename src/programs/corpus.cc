// Reading a corpus, whoever wrote or edited it, and writing one whole or not at all.
#include "programs/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "programs/execution_lines.h"
#include "programs/json_fields.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* format_name = "pbb-corpus";
constexpr int newest_version = 2;  // 1 knew no exceptions, and prose/ was the only view

std::string_view split_name(Split split) {
  return split == Split::with_io ? "with-io" : "source-only";
}

fs::path source_file(const fs::path& folder, const std::string& name) {
  return folder / "source" / (name + ".py");
}
fs::path view_file(const fs::path& folder, const std::string& kind, const std::string& name) {
  return folder / "views" / kind / (name + ".txt");
}
fs::path io_file(const fs::path& folder, const std::string& name) {
  return folder / "io" / (name + ".jsonl");
}

// Where in corpus.json entry `index` is, for people: JSON values know no lines, so its name is looked up.
std::string entry_place(const fs::path& file, std::size_t index, const std::string& name) {
  const std::string text = read_file(file);
  const std::size_t at = name.empty() ? std::string::npos : text.find("\"" + name + "\"");
  if (at == std::string::npos) return fmt::format("{}: programs[{}]", file.string(), index);
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return fmt::format("{}:{}: program {}", file.string(), line, name);
}

Program read_entry(const json& entry) {
  Program program;
  program.name = text_field(entry, "name");
  if (!is_identifier(program.name)) {
    throw InputError(fmt::format("\"{}\" cannot be a function's name", program.name),
                     "letters, digits and underscores; no digit first; no Python keyword");
  }
  program.domain = text_field(entry, "domain");
  program.kind = text_field(entry, "kind");
  const std::string split = text_field(entry, "split");
  if (split != "with-io" && split != "source-only") {
    throw InputError(fmt::format("\"split\" is \"{}\", expected \"with-io\" or \"source-only\"", split));
  }
  program.split = split == "with-io" ? Split::with_io : Split::source_only;
  return program;
}

// The kinds of views that there are files of, and where these lie; sorted.
std::map<std::string, fs::path> view_folders(const fs::path& folder, int version) {
  if (version == 1) return {{"prose", folder / "prose"}};
  std::map<std::string, fs::path> found;
  if (!fs::is_directory(folder / "views")) return found;
  for (const auto& entry : fs::directory_iterator(folder / "views")) {
    if (entry.is_directory()) found.emplace(entry.path().filename().string(), entry.path());
  }
  return found;
}

void read_texts(const fs::path& folder, const std::map<std::string, fs::path>& view_folders,
                Program& program) {
  const fs::path file = source_file(folder, program.name);
  if (!fs::exists(file)) {
    throw InputError(fmt::format("{}: program {} is listed in corpus.json, but this file is missing",
                                 file.string(), program.name),
                     "put the file back, or take the program's entry out of corpus.json");
  }
  program.source = read_source(file);
  if (!find_function(program.source, program.name)) {
    const auto others = find_functions(program.source);
    throw InputError(
        fmt::format("{}:{}: expected a function {}, {}", file.string(), others.empty() ? 1 : others[0].line,
                    program.name, others.empty() ? "found none" : "found " + others[0].name),
        "a renamed program needs its new name in corpus.json and as the name of its files too");
  }
  for (const auto& [kind, view_folder] : view_folders) {
    const fs::path view = view_folder / (program.name + ".txt");
    if (!fs::exists(view)) continue;
    program.view(kind) = read_file(view);
    check_source_text(view, program.view(kind));
  }
}

void check_no_stray_sources(const Corpus& corpus) {
  std::set<std::string> listed;
  for (const Program& program : corpus.programs) listed.insert(program.name + ".py");
  std::set<fs::path> stray;  // sorted, so that the message does not depend on the file system
  for (const auto& entry : fs::directory_iterator(corpus.folder / "source")) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".py" && !listed.contains(name)) stray.insert(entry.path());
  }
  if (stray.empty()) return;
  throw InputError(fmt::format("{}: this file is not listed in corpus.json", stray.begin()->string()),
                   "add its program to corpus.json, or take the file away");
}

json read_header(const fs::path& file) {
  json document = read_json(file);
  const auto fail = [&](const std::string& what, const char* hint) {
    throw InputError(fmt::format("{}: {}", file.string(), what), hint);
  };
  if (!document.is_object() || document.value("format", json()) != format_name) {
    fail(fmt::format("no \"format\": \"{}\" in it", format_name), "is this the folder of a corpus?");
  }
  const json version = document.value("version", json());
  if (!version.is_number_integer() || version < 1 || version > newest_version) {
    fail(fmt::format("version {}, expected 1 to {}", shown(version), newest_version),
         "it was written by another version of pbb: make it again");
  }
  if (!document.value("seed", json()).is_number_unsigned()) {
    fail("\"seed\" is not a whole number from 0", "");
  }
  if (!document.value("programs", json()).is_array()) fail("\"programs\" is not a list", "");
  return document;
}

void write_texts(const fs::path& folder, const Program& program) {
  write_file(source_file(folder, program.name), program.source);
  for (const View& view : program.views) {
    fs::create_directories(folder / "views" / view.kind);
    write_file(view_file(folder, view.kind, program.name), view.text);
  }
}

std::string corpus_json(const Corpus& corpus) {
  // One program a line, so that people can edit it and versions can be compared.
  std::string text =
      fmt::format("{{\n\"format\": \"{}\",\n\"version\": {},\n\"seed\": {},\n\"summary\": {},\n", format_name,
                  newest_version, corpus.seed, json_text(json(corpus.summary)));
  text += "\"programs\": [\n";
  for (std::size_t i = 0; i < corpus.programs.size(); ++i) {
    const Program& program = corpus.programs[i];
    const ordered_json entry = {{"name", program.name},
                                {"domain", program.domain},
                                {"kind", program.kind},
                                {"split", split_name(program.split)}};
    text += json_text(entry) + (i + 1 < corpus.programs.size() ? ",\n" : "\n");
  }
  return text + "]\n}\n";
}

void check_writable(const Corpus& corpus, const std::map<std::string, ProgramExecutions>& executions) {
  std::set<std::string> names;
  for (const Program& program : corpus.programs) {
    if (!is_identifier(program.name))
      throw Error(fmt::format("\"{}\" cannot be a program's name", program.name));
    if (!names.insert(program.name).second) throw Error(fmt::format("two programs called {}", program.name));
    const auto found = executions.find(program.name);
    if (program.split == Split::source_only && found != executions.end() && !found->second.train.empty()) {
      throw Error(fmt::format("program {} is source-only, but has executions to train on", program.name));
    }
  }
}

std::vector<Execution> read_executions(const Corpus& corpus, const Program& program, Use use) {
  const fs::path file = io_file(corpus.folder, program.name);
  if (!fs::exists(file)) {
    throw InputError(fmt::format("{}: the executions of program {} are missing", file.string(), program.name),
                     "make the corpus again, or write an empty file if it has none");
  }
  std::vector<Execution> found;
  for (auto& line : read_execution_lines(file, program)) {
    if (line.use == use) found.push_back(std::move(line.execution));
  }
  return found;
}

}  // namespace

const Program* Corpus::find(const std::string& name) const {
  const auto found = std::find_if(programs.begin(), programs.end(),
                                  [&](const Program& program) { return program.name == name; });
  return found == programs.end() ? nullptr : &*found;
}

Corpus read_corpus(const fs::path& folder) {
  const fs::path file = folder / "corpus.json";
  if (!fs::exists(file)) {
    throw InputError(fmt::format("{}: no such file, so {} is no corpus", file.string(), folder.string()),
                     "a folder of Python files is made into a corpus by importing it");
  }
  const json document = read_header(file);
  Corpus corpus{
      .folder = folder, .seed = document.at("seed").get<std::uint64_t>(), .programs = {}, .summary = {}};
  if (const auto summary = document.find("summary"); summary != document.end() && summary->is_string()) {
    corpus.summary = summary->get<std::string>();
  }
  const auto views = view_folders(folder, document.at("version").get<int>());
  std::set<std::string> names;
  for (const json& entry : document.at("programs")) {
    Program program;
    try {
      program = read_entry(entry);
      if (!names.insert(program.name).second) throw InputError("listed twice");
    } catch (const InputError& error) {
      const bool named = entry.is_object() && entry.value("name", json()).is_string();
      const std::string name = named ? entry.at("name").get<std::string>() : "";
      const std::string place = entry_place(file, corpus.programs.size(), name);
      throw InputError(fmt::format("{}: {}", place, error.what()), error.hint());
    }
    read_texts(folder, views, program);
    corpus.programs.push_back(std::move(program));
  }
  if (fs::is_directory(folder / "source")) check_no_stray_sources(corpus);
  return corpus;
}

std::vector<Execution> read_training_executions(const Corpus& corpus, const Program& program) {
  if (program.split == Split::source_only) {
    throw Error(fmt::format("program {} is source-only: its executions are not for training", program.name));
  }
  auto found = read_executions(corpus, program, Use::train);
  if (found.empty()) {
    throw InputError(fmt::format("{}: no line with \"use\": \"train\", but program {} is with-io",
                                 io_file(corpus.folder, program.name).string(), program.name),
                     "make its split \"source-only\" in corpus.json, or add lines to train on");
  }
  return found;
}

std::vector<Execution> read_test_executions(const Corpus& corpus, const Program& program) {
  return read_executions(corpus, program, Use::test);
}

void write_corpus(const Corpus& corpus, const std::map<std::string, ProgramExecutions>& executions,
                  Replace replace) {
  check_writable(corpus, executions);
  write_folder_with_manifest(corpus.folder, "corpus", replace, [&](const fs::path& folder) {
    for (const char* part : {"source", "io"}) fs::create_directories(folder / part);
    for (const Program& program : corpus.programs) {
      write_texts(folder, program);
      std::string lines;
      if (const auto found = executions.find(program.name); found != executions.end()) {
        lines =
            execution_lines(found->second.train, Use::train) + execution_lines(found->second.test, Use::test);
      }
      write_file(io_file(folder, program.name), lines);
    }
    write_file(folder / "corpus.json", corpus_json(corpus));
  });
}

}  // namespace pbb
