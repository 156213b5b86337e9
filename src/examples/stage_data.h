// The order in which a stage of training sees its examples: a pure function of (options, step), so that
// resuming is exact.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/options.h"
#include "examples/example.h"
#include "examples/step_source.h"

namespace pbb {

// Training's whole view of a corpus. Executions of source-only programs cannot be held: adding one is an
// Error.
class TrainingPrograms {
 public:
  void add(const Program& program, std::vector<Execution> train_executions);  // with-IO
  void add_source_only(const Program& program);
  const std::vector<Program>& programs() const { return programs_; }
  const std::set<std::string>& names() const { return names_; }
  const std::vector<Execution>& executions(const std::string& name) const;

 private:
  void add_program(const Program& program);

  std::vector<Program> programs_;
  std::set<std::string> names_;
  std::map<std::string, std::vector<Execution>> executions_;
};

struct StageDataOptions {
  std::uint64_t seed = 1;
  std::string stage = "1";  // names the random stream
  double epochs = 1;
  int sequences_per_step = 16;
  // How often an epoch shows each program, by split. Executions take a fresh input and question template at
  // every exposure until a program's inputs are used up, then start again in another order. Fractions are
  // spread over epochs (0.5: every second one, half of the programs in each).
  double with_io_declarations = 8;
  double with_io_executions = 12;
  double source_only_declarations = 0;  // there is no source_only_executions
  double direct_share = 0.25;           // of executions, in the direct form; the others are traces
};

template <typename Fields>
void list_options(Fields& fields, StageDataOptions& options) {
  fields("epochs", options.epochs, Range{0, 10'000, true}, "rounds through what follows");
  fields("with_io_declarations", options.with_io_declarations, Range{0, 1000},
         "how often an epoch states the source of each with-IO program");
  fields("with_io_executions", options.with_io_executions, Range{0, 1000},
         "how often an epoch runs it, on another input each time");
  fields("source_only_declarations", options.source_only_declarations, Range{0, 1000},
         "how often an epoch states the source of each source-only program");
  fields("direct_share", options.direct_share, Range{0, 1},
         "of the executions: the value alone, without a trace");
  fields("sequences_per_step", options.sequences_per_step, Range{1, 4096}, "examples of a step");
}

// Refers to `programs` and `tokenizer`, which must outlive it. Everything is tokenised once on construction,
// so that what cannot be tokenised is found before training starts.
class StageData final : public StepSource {
 public:
  StageData(const TrainingPrograms& programs, const Tokenizer& tokenizer, StageDataOptions options);
  std::string_view name() const override { return options_.stage; }
  std::int64_t steps() const override;
  std::vector<Example> step(std::int64_t index) const override;  // the last may be smaller
  std::int64_t tokens() const { return tokens_; }                // of the whole stage
  std::int64_t trained_tokens() const { return trained_tokens_; }
  const Example& longest() const override { return longest_; }
  StageFingerprint fingerprint() const override;
  // Of every token and mask in order, and where steps end: equal for equal training data only.
  std::uint32_t data_checksum() const { return data_checksum_; }
  const StageDataOptions& options() const { return options_; }

  struct Item {  // an example, before it is made
    std::size_t program;
    ExampleKind kind;
    AnswerForm form;
    int template_index;
    std::size_t execution;
  };

 private:
  Example make_example(const Item& item) const;
  void measure();

  const TrainingPrograms* programs_;
  const Tokenizer* tokenizer_;
  StageDataOptions options_;
  std::vector<Item> items_;
  std::int64_t tokens_ = 0;
  std::int64_t trained_tokens_ = 0;
  Example longest_;
  std::uint32_t data_checksum_ = 0;
};

}  // namespace pbb
