// Making a corpus: candidates are drawn, run on probes and compared, and those that stay are run on the
// inputs to train and test on.
#include "programs/make.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "programs/execute.h"

namespace pbb {
namespace {

constexpr int largest_batch = 64;

// Probes and what came of them, as one text; nothing when the program does not always return, or always
// returns the same.
std::optional<std::string> behaviour(std::span<const Input> probes, std::span<const CallResult> results) {
  std::string text;
  std::set<std::string> outputs;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (results[i].status != CallStatus::returned) return std::nullopt;
    const std::string output = to_python(results[i].output);
    outputs.insert(output);
    text += call_text("", probes[i]) + output + "\n";
  }
  if (outputs.size() < 2) return std::nullopt;
  return text;
}

class Maker {
 public:
  Maker(const MakeOptions& options, const Runner& run) : options_(options), run_(run) {}

  void add(const DomainRequest& request);
  void write(const std::filesystem::path& folder, const std::string& summary, Replace replace);
  Corpus corpus;

 private:
  std::vector<Program> draw_batch(const DomainRequest& request, int size, int& draws, Random& random);
  std::vector<Program> keep_different(const DomainRequest& request, std::vector<Program> batch);
  void keep_executed(const DomainRequest& request, std::vector<Program> batch, int& with_io,
                     int& source_only);
  std::vector<Input> draw_inputs(const DomainRequest& request, const Program& program) const;
  std::optional<ProgramExecutions> executions(const Program& program, std::span<const Input> inputs,
                                              std::span<CallResult> results) const;

  const MakeOptions& options_;
  const Runner& run_;
  std::set<std::string> names_, bodies_, behaviours_;
  std::map<std::string, ProgramExecutions> executions_;
};

// Up to `size` candidates of which none was drawn before under another name; `draws` are left, and counted
// down.
std::vector<Program> Maker::draw_batch(const DomainRequest& request, int size, int& draws, Random& random) {
  std::vector<Program> batch;
  for (; static_cast<int>(batch.size()) < size && draws > 0; --draws) {
    Program program = request.domain->corpus->draw(request.options, random);
    const std::string body = program.source.substr(program.source.find('('));
    if (bodies_.insert(body).second && names_.insert(program.name).second)
      batch.push_back(std::move(program));
  }
  return batch;
}

std::vector<Program> Maker::keep_different(const DomainRequest& request, std::vector<Program> batch) {
  std::vector<ProgramCall> calls;
  std::vector<std::vector<Input>> probes;
  for (const Program& program : batch) {
    probes.push_back(request.domain->corpus->probes(request.options, program, options_.seed));
    add_calls(program, probes.back(), false, calls);
  }
  const auto results = run_calls(run_, calls);
  std::vector<Program> kept;
  std::size_t at = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto own = std::span(results).subspan(at, probes[i].size());
    at += own.size();
    auto does = behaviour(probes[i], own);
    if (does && behaviours_.insert(std::move(*does)).second) kept.push_back(std::move(batch[i]));
  }
  return kept;
}

// As many different inputs as there are, up to twice what the program needs, so that there is a choice.
std::vector<Input> Maker::draw_inputs(const DomainRequest& request, const Program& program) const {
  const auto enough = static_cast<std::size_t>(2 * (options_.train_inputs + options_.test_inputs));
  Random random(options_.seed, "inputs/" + program.name);
  std::vector<Input> inputs;
  std::set<std::string> seen;
  for (std::size_t attempt = 0; attempt < 20 * enough && inputs.size() < enough; ++attempt) {
    Input input = request.domain->corpus->draw_input(request.options, program, random);
    if (seen.insert(call_text("", input)).second) inputs.push_back(std::move(input));
  }
  return inputs;
}

// Test inputs first, over as many ways through the program as there are; train inputs from what is left.
std::optional<ProgramExecutions> Maker::executions(const Program& program, std::span<const Input> inputs,
                                                   std::span<CallResult> results) const {
  const auto train = static_cast<std::size_t>(program.split == Split::with_io ? options_.train_inputs : 0);
  const auto test = static_cast<std::size_t>(options_.test_inputs);
  if (inputs.size() < train + test) return std::nullopt;
  std::vector<Execution> all;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (results[i].status != CallStatus::returned) return std::nullopt;
    if (results[i].trace.size() > static_cast<std::size_t>(options_.max_trace_steps)) return std::nullopt;
    all.push_back({inputs[i], std::move(results[i].output), std::move(results[i].trace)});
  }
  all = spread_over_paths(std::move(all));
  const auto first_train = all.begin() + static_cast<std::ptrdiff_t>(test);
  const auto end = first_train + static_cast<std::ptrdiff_t>(train);
  return ProgramExecutions{.train = {first_train, end}, .test = {all.begin(), first_train}};
}

void Maker::keep_executed(const DomainRequest& request, std::vector<Program> batch, int& with_io,
                          int& source_only) {
  std::vector<ProgramCall> calls;
  std::vector<std::vector<Input>> inputs;
  for (const Program& program : batch) {
    inputs.push_back(draw_inputs(request, program));
    add_calls(program, inputs.back(), true, calls);
  }
  auto results = run_calls(run_, calls);
  std::size_t at = 0;
  for (std::size_t i = 0; i < batch.size() && with_io + source_only > 0; ++i) {
    const auto own = std::span(results).subspan(at, inputs[i].size());
    at += own.size();
    Program& program = batch[i];
    program.split = with_io > 0 ? Split::with_io : Split::source_only;
    auto shown = executions(program, inputs[i], own);
    if (!shown) continue;
    --(with_io > 0 ? with_io : source_only);
    executions_.emplace(program.name, std::move(*shown));
    corpus.programs.push_back(std::move(program));
  }
}

void Maker::add(const DomainRequest& request) {
  int with_io = request.with_io, source_only = request.source_only;  // still wanted
  const int wanted = with_io + source_only, most_draws = 400 + 40 * wanted;
  const std::string& name = request.domain->name;
  Random random(options_.seed, name);
  for (int draws = most_draws; with_io + source_only > 0;) {
    const int missing = with_io + source_only;
    if (draws == 0) {
      throw InputError(
          fmt::format("{}: {} wanted, but among {} drawn only {} do different things on enough inputs", name,
                      wanted == 1 ? "1 program is" : fmt::format("{} programs are", wanted), most_draws,
                      wanted - missing),
          "ask for fewer programs or inputs, or allow more: statements, constants, operators, conditions, "
          "a wider range of inputs, trace steps");
    }
    auto batch = draw_batch(request, std::min(largest_batch, missing + missing / 4 + 8), draws, random);
    keep_executed(request, keep_different(request, std::move(batch)), with_io, source_only);
  }
}

void Maker::write(const std::filesystem::path& folder, const std::string& summary, Replace replace) {
  corpus.folder = folder;
  corpus.seed = options_.seed;
  corpus.summary = summary;
  write_corpus(corpus, executions_, replace);
}

std::string summary(const MakeOptions& options) {
  std::string text;
  for (const DomainRequest& request : options.domains) {
    if (request.programs() == 0) continue;
    text += fmt::format("{}: {} with-io, {} source-only, {}; ", request.domain->name, request.with_io,
                        request.source_only, request.domain->corpus->summary(request.options));
  }
  return text + fmt::format("{} inputs to train on, {} to test on, at most {} steps", options.train_inputs,
                            options.test_inputs, options.max_trace_steps);
}

void check_options(const MakeOptions& options) {
  int programs = 0;
  for (const DomainRequest& request : options.domains) {
    check_ranges(request.domain->name, request);
    request.domain->corpus->check(request.options);
    programs += request.programs();
  }
  check_ranges("corpus", options);
  if (programs < 1 || programs > 100'000) {
    throw InputError(fmt::format("corpus: the number of programs is {}, expected 1 to 100000", programs),
                     "set the number of programs to a value in that range");
  }
  for (const DomainRequest& request : options.domains) {
    const int needed = options.test_inputs + (request.with_io > 0 ? options.train_inputs : 0);
    if (request.programs() > 0) request.domain->corpus->check_inputs(request.options, needed);
  }
}

}  // namespace

DomainRequest& MakeOptions::of(std::string_view domain) {
  for (DomainRequest& request : domains) {
    if (request.domain->name == domain) return request;
  }
  throw Error(fmt::format("no corpus is made of a domain '{}'", domain));
}

Corpus make_corpus(const MakeOptions& options, const Runner& run, const std::filesystem::path& folder,
                   Replace replace) {
  check_options(options);
  check_replaceable(folder, "corpus", replace);  // before the work
  Maker maker(options, run);
  for (const DomainRequest& request : options.domains) {
    if (request.programs() > 0) maker.add(request);
  }
  maker.write(folder, summary(options), replace);
  return std::move(maker.corpus);
}

}  // namespace pbb
