// What the domains draw stays the same bytes: recipes name programs by options and a seed alone.
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/sha256.h"
#include "base/temporary_folder.h"
#include "programs/domains/arithmetic.h"
#include "programs/domains/rules.h"
#include "programs/execute.h"
#include "programs/fresh.h"
#include "programs/make.h"

namespace pbb {
namespace {

// Answers that tell programs and inputs apart, so that what is kept hangs on the draws and not on Python.
std::vector<CallResult> answer_by_text(std::span<const ProgramCall> calls) {
  std::vector<CallResult> results;
  for (const ProgramCall& call : calls) {
    CallResult& result = results.emplace_back();
    result.status = CallStatus::returned;
    result.output.data = sha256(call.source + call_text(call.name, call.arguments)).substr(0, 8);
    result.trace.push_back({1, "return", "return", "return"});
  }
  return results;
}

std::string text_of(const Program& program) {
  return program.domain + "/" + program.kind + "\n" + program.source + program.views.at(0).text;
}

TEST(Domains, DrawTheSameCorpusAsEver) {
  MakeOptions options;
  options.seed = 11;
  for (const char* domain : {"arithmetic", "rules"}) {
    options.of(domain).with_io = 20;
    options.of(domain).source_only = 10;
  }
  auto& arithmetic = options.of("arithmetic").as<ArithmeticOptions>();
  arithmetic.max_statements = 4;
  arithmetic.operators = "+-*//%";
  arithmetic.branch_share = arithmetic.loop_share = arithmetic.call_share = 0.25;
  options.of("rules").as<RulesOptions>().stock = false;
  options.train_inputs = 8;
  const TemporaryFolder folder;
  const Corpus corpus = make_corpus(options, answer_by_text, folder.path() / "corpus");
  std::string text = corpus.summary + "\n";
  for (const Program& program : corpus.programs) {
    text += text_of(program);
    for (const Execution& execution : read_test_executions(corpus, program))
      text += call_text(program.name, execution.arguments) + "\n";
  }
  EXPECT_EQ(sha256(text), "daef0b907d5b6d14f90cb2862fa154eed33b2b51a2efa223b08c85ad76bfa38d");
}

TEST(Domains, DrawTheSameFreshProgramsAsEver) {
  FreshPrograms programs({.seed = 12, .executions = 2, .shares = {{"everyday", 0.4}, {"rules", 0.5}}},
                         answer_by_text);
  std::string text;
  for (std::int64_t i = 0; i < 300; ++i) {
    const FreshProgram& fresh = programs.at(i);
    text += fresh.program.domain + "/" + fresh.program.kind + "\n" + fresh.program.source;
    for (const Execution& execution : fresh.executions)
      text += call_text(fresh.program.name, execution.arguments) + "\n";
  }
  EXPECT_EQ(sha256(text), "ee6d06bc556923c1f08fdef03065051f9776a3625ca6df5711596da38cf71580");
}

TEST(Domains, ThatAreLeftOutTakeNothingFromTheRandomStream) {
  FreshPrograms programs({.seed = 12, .shares = {{"rules", 0}}}, answer_by_text);
  EXPECT_EQ(sha256(programs.at(3).program.source),
            "a286bddad1f8af1f3c060c7a17c322f9321ac9eb01e3d169c25c461c47699871");
}

}  // namespace
}  // namespace pbb
