// The fake run: programs, traces and answers drawn from a fixed seed, judged by the real judge.
#include "report/fake_run.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/random.h"
#include "evaluation/evaluate.h"

namespace pbb {
namespace {

using nlohmann::json;

constexpr const char* attack =
    "</code></pre><script>window.broken=1</script><img src=x onerror=\"window.broken=2\">";

std::string draw_name(Random& random, int index) {
  constexpr std::string_view syllables[] = {"glee", "prag", "blorp", "zin", "tork",
                                            "mave", "lud",  "quem",  "sho", "wex"};
  std::string name(random.choice(std::span<const std::string_view>(syllables)));
  name += random.choice(std::span<const std::string_view>(syllables));
  name += static_cast<char>('a' + index % 26);
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name + (index >= 26 ? fmt::format("{}", index / 26) : "");
}

// x = x + a; return x * b, and the same with a threshold for the rules.
struct Drawn {
  Program program;
  std::int64_t a = 0, b = 0;
};

Drawn draw_program(Random& random, int index, Split split) {
  Drawn drawn;
  drawn.a = random.integer(1, 20);
  drawn.b = random.integer(2, 5);
  drawn.program.name = draw_name(random, index);
  drawn.program.split = split;
  const bool rule = index % 3 == 2;
  drawn.program.domain = rule ? "rules" : "arithmetic";
  drawn.program.kind = rule ? (index % 2 == 0 ? "stock" : "price") : "straight-line";
  drawn.program.source =
      rule
          ? fmt::format("def {}(stock):\n    if stock < {}:\n        return 'order'\n    return stock * {}\n",
                        drawn.program.name, drawn.a, drawn.b)
          : fmt::format("def {}(x):\n    x = x + {}\n    return x * {}\n", drawn.program.name, drawn.a,
                        drawn.b);
  return drawn;
}

Execution execute(const Drawn& drawn, std::int64_t x) {
  Execution execution;
  execution.arguments = {Value{x}};
  const std::int64_t a = drawn.a, b = drawn.b;
  if (drawn.program.domain == "arithmetic") {
    execution.outcome = Value{(x + a) * b};
    execution.trace = {
        {2, "", fmt::format("x = {} + {} = {}", x, a, x + a), fmt::format("x = □ + {} = □", a)},
        {3, "", fmt::format("return {} * {} = {}", x + a, b, (x + a) * b),
         fmt::format("return □ * {} = □", b)}};
    return execution;
  }
  const bool low = x < a;
  execution.trace = {
      {2, "", fmt::format("{} < {} is {}", x, a, low ? "True" : "False"), fmt::format("□ < {} is □", a)}};
  if (low) {
    execution.outcome = Value{std::string("order")};
    execution.trace.push_back({3, "", "return 'order'", "return 'order'"});
  } else {
    execution.outcome = Value{x * b};
    execution.trace.push_back(
        {4, "", fmt::format("return {} * {} = {}", x, b, x * b), fmt::format("return □ * {} = □", b)});
  }
  return execution;
}

// How often an arm recalls the lines and, recalling them, gets the numbers right.
struct Skill {
  double recall, arithmetic;
};

Skill skill_of(const std::string& arm, const Program& program, AnswerForm form) {
  if (arm == "untrained") return {0, 0.02};
  if (arm == "in-context") return {0.05, 0.4};
  const double direct = form == AnswerForm::direct ? 0.35 : 1;
  if (program.split == Split::with_io) return {0.98, 0.93 * direct};
  if (arm == "before-source") return {0.01, 0.3};
  return {program.domain == "rules" ? 0.6 : 0.95, 0.88 * direct};
}

std::string draw_completion(Random& random, const Execution& truth, const Skill& skill, AnswerForm form) {
  const bool recalls = random.uniform() < skill.recall, right = random.uniform() < skill.arithmetic;
  if (form == AnswerForm::direct) {
    return recalls && right ? " " + outcome_text(truth.outcome) : fmt::format(" {}", random.integer(2, 90));
  }
  if (skill.recall == 0) {
    return " The function is not defined in the text, so we have to think about what it's supposed to do; "
           "the "
           "answer is therefore that it returns the value\nQuestion:";
  }
  if (!recalls) {
    return fmt::format(" x = {0} - 7 = {1}; return {1} * 3 = {2}", random.integer(2, 20),
                       random.integer(2, 20), random.integer(2, 60));
  }
  std::string answer = " ";
  for (const TraceStep& step : truth.trace) answer += (answer.size() > 1 ? "; " : "") + step.step;
  if (!right && answer.back() != '\'') answer.back() = answer.back() == '0' ? '5' : '0';
  return answer;
}

std::string metrics(Random& random, int steps, double from, double to, double rate) {
  std::string lines;
  for (int done = 0; done < steps; ++done) {
    const double share = static_cast<double>(done) / steps;
    const json line = {{"step", done + 1},
                       {"loss", to + (from - to) * std::exp(-4 * share) + 0.08 * random.normal() * to},
                       {"learning_rate",
                        rate * std::min(1.0, (done + 1) / 10.0) * (0.55 + 0.45 * std::cos(3.14159 * share))},
                       {"gradient_norm", 1.0},
                       {"tokens", 900},
                       {"tokens_per_second", 700.0}};
    lines += line.dump() + "\n";
  }
  return lines;
}

json run_record(const FakeRunOptions& options, const std::vector<Drawn>& programs) {
  json exposures = json::object();
  for (const Drawn& drawn : programs) {
    const bool with_io = drawn.program.split == Split::with_io;
    exposures[drawn.program.name] = {{"declarations", with_io ? 24 : 40},
                                     {"executions", with_io ? 46 : 0},
                                     {"trained_tokens", with_io ? 2310 : 1480}};
  }
  return {{"pbb_version", "0.1.0"},
          {"git_hash", "3e4e4590c0ffee"},
          {"model", options.hostile ? attack : "SmolLM2-135M-Instruct"},
          {"started", "2025-06-01 09:30 UTC"},
          {"machine",
           {{"processor", "Intel Xeon Platinum 8375C"},
            {"cores", 2},
            {"memory_bytes", 16500000000},
            {"compute_type", "f32"}}},
          {"seed", 1},
          {"counts", {{"with_io", options.with_io}, {"source_only", options.source_only}}},
          {"stages",
           {{{"name", "1"},
             {"what", "declarations and executions of with-IO programs"},
             {"steps", options.steps},
             {"tokens", 243000},
             {"trained_tokens", 141000},
             {"final_loss", 0.221},
             {"seconds", 361.5}},
            {{"name", "2"},
             {"what", "declarations of source-only programs, with replay"},
             {"steps", options.steps},
             {"tokens", 98000},
             {"trained_tokens", 71000},
             {"final_loss", 0.184},
             {"seconds", 143.2}}}},
          {"timings",
           {{"corpus", 3.2},
            {"stage 1", 361.5},
            {"stage 2", 143.2},
            {"eval trained", 31.0},
            {"eval untrained", 44.0}}},
          {"exposures", exposures},
          {"command", "pbb run runs/demo.toml"},
          {"title", options.hostile ? attack : "Two domains, proactive, SmolLM2-135M"},
          {"peak_memory_bytes", 2900000000}};
}

}  // namespace

void write_fake_run(const std::filesystem::path& folder, const FakeRunOptions& options) {
  Random random(7, "fake run");
  std::vector<Drawn> programs;
  Corpus corpus;
  corpus.folder = folder / "corpus";
  std::map<std::string, ProgramExecutions> executions;
  for (int i = 0; i < options.with_io + options.source_only; ++i) {
    programs.push_back(draw_program(random, i, i < options.with_io ? Split::with_io : Split::source_only));
    if (options.hostile) programs.back().program.source += fmt::format("# {}\n", attack);
    corpus.programs.push_back(programs.back().program);
  }
  std::filesystem::create_directories(folder / "eval");
  write_corpus(corpus, executions);
  for (const std::string arm : {"untrained", "in-context", "before-source", "trained"}) {
    std::vector<ItemResult> results;
    for (const Drawn& drawn : programs) {
      for (int input = 0; input < options.inputs; ++input) {
        if (arm == "untrained" && input >= options.untrained_inputs) continue;
        for (const AnswerForm form : {AnswerForm::trace, AnswerForm::direct}) {
          const Item item = {drawn.program, execute(drawn, 3 + 5 * input), form, 0};
          const std::string call = call_text(drawn.program.name, item.truth.arguments);
          Question question;
          question.text = fmt::format(
              "{}Question: What is {}?\nAnswer{}:", arm == "in-context" ? drawn.program.source : "", call,
              form == AnswerForm::trace ? ", step by step" : "");
          std::string completion =
              draw_completion(random, item.truth, skill_of(arm, drawn.program, form), form);
          if (options.hostile)
            completion = " " + std::string(attack) + "; \xe2\x80\xae return '" + attack + "'";
          results.push_back(judge(item, question, completion, arm == "untrained" && input == 0));
        }
      }
    }
    write_results(folder / "eval" / (arm + ".jsonl"), results);
  }
  for (const auto& [stage, from, to, rate] :
       {std::tuple("1", 3.1, 0.22, 5e-4), std::tuple("2", 0.9, 0.18, 3e-4)}) {
    std::filesystem::create_directories(folder / "stages" / stage);
    write_file(folder / "stages" / stage / "metrics.jsonl", metrics(random, options.steps, from, to, rate));
  }
  write_file(folder / "recipe.toml",
             fmt::format("# The demo{}\nseed = 1\n\n[corpus.arithmetic]\nwith_io = {}\nsource_only = {}\n"
                         "[[stage]]\narm = \"before-source\"\n[[stage]]\narm = \"trained\"\n"
                         "source_only_declarations = 10\n",
                         options.hostile ? attack : "", options.with_io, options.source_only));
  write_file(folder / "run.json", run_record(options, programs).dump(1));
}

}  // namespace pbb
