// A folder of the user's own Python files as a corpus. What a file may hold is judged by running it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "programs/execute.h"
#include "programs/execution_lines.h"
#include "programs/json_fields.h"
#include "programs/make.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// An input with the place it was read at, and the answer that the file promises, if it does.
struct ReadInput {
  std::string place;
  Input arguments;
  std::optional<Value> expected;
};

struct ImportedProgram {
  Program program;
  FunctionHead head;
  std::vector<ReadInput> inputs;
};

std::vector<fs::path> python_files(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw InputError(fmt::format("{}: expected a folder of Python files", folder.string()));
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".py") files.push_back(entry.path());
  }
  if (files.empty()) {
    throw InputError(fmt::format("{}: no Python file in it", folder.string()),
                     "each program is a file NAME.py with one function");
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The function of the file's name, else the only one.
FunctionHead choose_function(const fs::path& file, const std::string& source) {
  if (auto own = find_function(source, file.stem().string())) return *own;
  const auto all = find_functions(source);
  if (all.size() == 1) return all[0];
  const std::string found = all.empty() ? "no function" : fmt::format("{} functions", all.size());
  throw InputError(fmt::format("{}:{}: {} in it, and none is called {}", file.string(),
                               all.empty() ? 1 : all[1].line, found, file.stem().string()),
                   "name the file after the function that is the program");
}

// A JSON value as the Python value that json.loads gives.
Value from_json(const json& value) {
  const char* hint = "write the arguments as a Python tuple in a string: \"(5, 'oak')\"";
  Value result;
  if (value.is_boolean()) result.data = value.get<bool>();
  if (value.is_string()) result.data = value.get<std::string>();
  if (value.is_number_integer()) result = *parse_value(value.dump());
  if (value.is_number_float()) {
    const double number = value.get<double>();
    // Our JSON reader gives integers beyond 64 bits as floats, so such floats could be either.
    if (std::abs(number) >= 0x1p63) throw InputError(fmt::format("{} is too large for JSON", number), hint);
    result.data = number;
  }
  if (value.is_array()) {
    ListValue list;
    for (const json& item : value) list.items.push_back(from_json(item));
    result.data = std::move(list);
  }
  if (value.is_object()) {
    DictValue dict;
    for (const auto& [key, item] : value.items()) {
      auto& entry = dict.items.emplace_back();
      entry.first.data = key;
      entry.second = from_json(item);
    }
    result.data = std::move(dict);
  }
  return result;
}

// A line of NAME.inputs.jsonl: [5, "oak"], or a Python tuple in a string for what JSON cannot say: "(5, {1,
// 2})".
Input read_input(const json& line) {
  if (line.is_array()) {
    Input input;
    for (const json& argument : line) input.push_back(from_json(argument));
    return input;
  }
  if (line.is_string()) {
    const auto value = parse_value(line.get<std::string>());
    if (value && std::holds_alternative<TupleValue>(value->data))
      return std::get<TupleValue>(value->data).items;
  }
  throw InputError(fmt::format("{} is no list of arguments", shown(line)),
                   "write [5, \"oak\"], or a Python tuple in a string: \"(5, 'oak')\"");
}

ReadInput read_execution(const json& line) {
  ReadInput input;
  if (!line.is_object() || !line.contains("input") || !line["input"].is_array() || !line.contains("output")) {
    throw InputError(
        "expected {\"input\": [...], \"output\": ...}",
        "inputs and output are Python literals in strings: {\"input\": [\"5\"], \"output\": \"90\"}");
  }
  for (const json& argument : line["input"]) {
    input.arguments.push_back(literal(argument, "an argument in \"input\""));
  }
  input.expected = literal(line["output"], "\"output\"");
  return input;
}

void read_inputs(const fs::path& file, bool with_outputs, ImportedProgram& imported) {
  std::set<std::string> seen;
  read_json_lines(file, [&](const json& line, int number) {
    ReadInput input;
    if (with_outputs) {
      input = read_execution(line);
    } else {
      input.arguments = read_input(line);
    }
    check_argument_count(imported.head, input.arguments.size());
    const std::string call = call_text(imported.program.name, input.arguments);
    if (!seen.insert(call).second) throw InputError(fmt::format("{} is asked for twice", call));
    input.place = fmt::format("{}:{}", file.string(), number);
    imported.inputs.push_back(std::move(input));
  });
}

ImportedProgram read_program(const fs::path& file) {
  ImportedProgram imported;
  Program& program = imported.program;
  program.source = read_file(file);
  std::erase(program.source, '\r');
  check_source_text(file, program.source);
  imported.head = choose_function(file, program.source);
  program.name = imported.head.name;
  program.domain = "imported";
  program.kind = "imported";
  if (!is_identifier(program.name)) {
    throw InputError(
        fmt::format("{}:{}: {} cannot be a program's name", file.string(), imported.head.line, program.name),
        "ASCII letters, digits and underscores, at most 100");
  }
  const fs::path base = file.parent_path() / file.stem();
  const fs::path inputs = base.string() + ".inputs.jsonl", executions = base.string() + ".io.jsonl";
  if (fs::exists(inputs) && fs::exists(executions)) {
    throw InputError(fmt::format("{}: there is {} too", inputs.string(), executions.filename().string()),
                     "keep one of them");
  }
  if (fs::exists(inputs)) read_inputs(inputs, false, imported);
  if (fs::exists(executions)) read_inputs(executions, true, imported);
  return imported;
}

// Those without inputs to spare must be source-only; of the others, as many as the share asks for.
void split(std::vector<ImportedProgram>& all, const ImportOptions& options) {
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  Random random(options.seed, "import/split");
  random.shuffle(std::span(order));
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return all[i].inputs.size() < 2; });
  const auto wanted =
      static_cast<std::size_t>(std::llround(options.source_only_share * static_cast<double>(all.size())));
  for (std::size_t i = 0; i < order.size(); ++i) {
    ImportedProgram& imported = all[order[i]];
    const bool source_only = i < wanted || imported.inputs.size() < 2;
    imported.program.split = source_only ? Split::source_only : Split::with_io;
  }
}

Execution checked(const ImportedProgram& imported, const ReadInput& input, CallResult& result) {
  const std::string call = call_text(imported.program.name, input.arguments);
  if (result.status != CallStatus::returned) {
    throw InputError(
        fmt::format("{}: {} {}: {}", input.place, call, status_name(result.status), result.detail),
        "mend the program, or take this input away");
  }
  if (input.expected && !(*input.expected == result.output)) {
    throw InputError(fmt::format("{}: {} is {}, but the file says {}", input.place, call,
                                 to_python(result.output), to_python(*input.expected)),
                     "mend the program or the line; 1, 1.0 and True are not the same");
  }
  return {input.arguments, std::move(result.output), std::move(result.trace)};
}

ProgramExecutions executions(const ImportedProgram& imported, const ImportOptions& options,
                             std::span<CallResult> results) {
  std::vector<Execution> all;
  for (std::size_t i = 0; i < results.size(); ++i)
    all.push_back(checked(imported, imported.inputs[i], results[i]));
  Random random(options.seed, "import/" + imported.program.name);
  random.shuffle(std::span(all));
  all = spread_over_paths(std::move(all));
  // With few inputs, a fifth of them (one at least) are for testing.
  const bool with_io = imported.program.split == Split::with_io;
  const std::size_t share = with_io ? std::max<std::size_t>(1, all.size() / 5) : all.size();
  const std::size_t test = std::min(share, static_cast<std::size_t>(options.test_inputs));
  const std::size_t rest = with_io ? all.size() - test : 0;
  const auto first_train = all.begin() + static_cast<std::ptrdiff_t>(test);
  const auto end = first_train + static_cast<std::ptrdiff_t>(
                                     std::min(rest, static_cast<std::size_t>(options.train_inputs)));
  return {.train = {first_train, end}, .test = {all.begin(), first_train}};
}

}  // namespace

Corpus import_folder(const fs::path& python_folder, const ImportOptions& options, const Runner& run,
                     const fs::path& folder, Replace replace) {
  check_ranges("import", options);
  check_replaceable(folder, "corpus", replace);  // before the work
  std::vector<ImportedProgram> all;
  std::map<std::string, fs::path> files;
  for (const fs::path& file : python_files(python_folder)) {
    all.push_back(read_program(file));
    const auto [place, is_new] = files.emplace(all.back().program.name, file);
    if (!is_new) {
      throw InputError(fmt::format("{}:{}: {} is defined in {} too", file.string(), all.back().head.line,
                                   all.back().program.name, place->second.string()),
                       "every program needs a name of its own");
    }
  }
  split(all, options);

  std::vector<ProgramCall> calls;
  for (const ImportedProgram& imported : all) {
    for (const ReadInput& input : imported.inputs)
      add_calls(imported.program, {&input.arguments, 1}, true, calls);
  }
  auto results = run_calls(run, calls);

  Corpus corpus{.folder = folder, .seed = options.seed, .programs = {}, .summary = {}};
  corpus.summary = fmt::format("imported from {} Python files, a share of {} source-only", all.size(),
                               options.source_only_share);
  std::map<std::string, ProgramExecutions> shown;
  std::size_t at = 0;
  for (ImportedProgram& imported : all) {
    const auto own = std::span(results).subspan(at, imported.inputs.size());
    at += own.size();
    shown.emplace(imported.program.name, executions(imported, options, own));
    corpus.programs.push_back(std::move(imported.program));
  }
  write_corpus(corpus, shown, replace);
  return corpus;
}

}  // namespace pbb
