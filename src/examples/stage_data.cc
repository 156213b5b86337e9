// Every exposure of a stage, in order. All choices come from named random streams of the seed, so a stage is
// the same wherever and however often it is made.
#include "examples/stage_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "examples/pack.h"

namespace pbb {
namespace {

// Numbers 0 … count-1 without repetition, then again in another order, and so on.
class Cycle {
 public:
  Cycle(std::uint64_t seed, std::string_view stream, std::size_t count)
      : random_(seed, stream), order_(count), used_(count) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }

  std::size_t next() {
    if (used_ == order_.size()) {
      random_.shuffle(std::span<std::size_t>(order_));
      used_ = 0;
    }
    return order_[used_++];
  }

 private:
  Random random_;
  std::vector<std::size_t> order_;
  std::size_t used_;
};

// What a program is still to be shown in.
struct ProgramCycles {
  Cycle declaration_templates, question_templates, executions;
  std::int64_t executions_shown = 0;
};

// How many of something that happens `rate` times a unit have happened by `time`. `phase` in [0, 1) staggers
// what shares a rate. The small term keeps a product such as 0.1 · 30 from falling short of 3.
std::int64_t happened(double rate, double time, double phase) {
  return static_cast<std::int64_t>(std::floor(rate * time + phase + 1e-9));
}

std::vector<ProgramCycles> start_cycles(const TrainingPrograms& programs, const StageDataOptions& options) {
  std::vector<ProgramCycles> cycles;
  for (const Program& program : programs.programs()) {
    const bool with_io = program.split == Split::with_io;
    const std::size_t inputs = with_io ? programs.executions(program.name).size() : 0;
    if (with_io && inputs == 0 && options.with_io_executions > 0) {
      throw InputError(fmt::format("with-IO program '{}' has no executions to train on", program.name),
                       "give it train lines in io/, make it source-only, or set with_io_executions to 0");
    }
    const auto cycle = [&](std::string_view what, std::size_t count) {
      return Cycle(options.seed, fmt::format("stage:{}:{}:{}", options.stage, what, program.name), count);
    };
    cycles.push_back({cycle("declaration", static_cast<std::size_t>(declaration_templates())),
                      cycle("question", static_cast<std::size_t>(question_templates())),
                      cycle("input", inputs)});
  }
  return cycles;
}

// Adds what is shown of program `index` between two times, counted in epochs.
void add_exposures(const TrainingPrograms& programs, std::size_t index, const StageDataOptions& options,
                   double from, double to, ProgramCycles& cycles, std::vector<StageData::Item>& items) {
  const bool with_io = programs.programs()[index].split == Split::with_io;
  const double phase = static_cast<double>(index) / static_cast<double>(programs.programs().size());
  const auto exposures = [&](double rate) { return happened(rate, to, phase) - happened(rate, from, phase); };

  const std::int64_t declarations =
      exposures(with_io ? options.with_io_declarations : options.source_only_declarations);
  for (std::int64_t i = 0; i < declarations; ++i) {
    const auto wording = static_cast<int>(cycles.declaration_templates.next());
    items.push_back({index, ExampleKind::declaration, AnswerForm::trace, wording, 0});
  }
  const std::int64_t executions = with_io ? exposures(options.with_io_executions) : 0;
  for (std::int64_t i = 0; i < executions; ++i) {
    const auto shown = static_cast<double>(cycles.executions_shown++);
    const bool direct =
        happened(options.direct_share, shown + 1, phase) > happened(options.direct_share, shown, phase);
    const auto wording = static_cast<int>(cycles.question_templates.next());
    items.push_back({index, ExampleKind::execution, direct ? AnswerForm::direct : AnswerForm::trace, wording,
                     cycles.executions.next()});
  }
}

// Within an epoch, all examples of all programs in one shuffled order.
std::vector<StageData::Item> order_items(const TrainingPrograms& programs, const StageDataOptions& options) {
  std::vector<ProgramCycles> cycles = start_cycles(programs, options);
  std::vector<StageData::Item> items;
  for (std::int64_t epoch = 0; static_cast<double>(epoch) < options.epochs; ++epoch) {
    const auto from = static_cast<double>(epoch);
    const double to = std::min(from + 1, options.epochs);
    const std::size_t begin = items.size();
    for (std::size_t p = 0; p < cycles.size(); ++p) {
      add_exposures(programs, p, options, from, to, cycles[p], items);
    }
    Random random(options.seed, fmt::format("stage:{}:epoch:{}", options.stage, epoch + 1));
    random.shuffle(std::span<StageData::Item>(items).subspan(begin));
  }
  return items;
}

}  // namespace

StageData::StageData(const TrainingPrograms& programs, const Tokenizer& tokenizer, StageDataOptions options)
    : programs_(&programs), tokenizer_(&tokenizer), options_(std::move(options)) {
  check_ranges(fmt::format("stage {}", options_.stage), options_);
  items_ = order_items(programs, options_);
  if (items_.empty()) {
    throw InputError(
        fmt::format("stage {} has no training examples", options_.stage),
        "raise epochs, with_io_declarations, with_io_executions or source_only_declarations, and "
        "see that the corpus has programs of that split");
  }
  measure();
}

std::int64_t StageData::steps() const {
  const auto items = static_cast<std::int64_t>(items_.size());
  return (items + options_.sequences_per_step - 1) / options_.sequences_per_step;
}

std::vector<Example> StageData::step(std::int64_t index) const {
  if (index < 0 || index >= steps()) {
    throw Error(fmt::format("step {} asked for; stage {} has {}", index, options_.stage, steps()));
  }
  const auto length = static_cast<std::size_t>(options_.sequences_per_step);
  const std::size_t begin = static_cast<std::size_t>(index) * length;
  const std::size_t end = std::min(begin + length, items_.size());
  std::vector<Example> examples;
  examples.reserve(end - begin);
  for (std::size_t i = begin; i < end; ++i) examples.push_back(make_example(items_[i]));
  return examples;
}

StageFingerprint StageData::fingerprint() const {
  const auto text = [](const auto& value) { return fmt::format("{}", value); };
  return {{"stage", options_.stage},
          {"seed", text(options_.seed)},
          {"epochs", text(options_.epochs)},
          {"sequences_per_step", text(options_.sequences_per_step)},
          {"with_io_declarations", text(options_.with_io_declarations)},
          {"with_io_executions", text(options_.with_io_executions)},
          {"source_only_declarations", text(options_.source_only_declarations)},
          {"direct_share", text(options_.direct_share)},
          {"training data (CRC-32)", fmt::format("{:08x}", data_checksum_)}};
}

Example StageData::make_example(const Item& item) const {
  const Program& program = programs_->programs()[item.program];
  if (item.kind == ExampleKind::declaration) {
    return make_declaration(*tokenizer_, program, item.template_index);
  }
  const Execution& execution = programs_->executions(program.name)[item.execution];
  Example example = make_execution(*tokenizer_, program, execution, item.form, item.template_index);
  example.execution = item.execution;
  return example;
}

void StageData::measure() {
  data_checksum_ = checksum(std::as_bytes(std::span(&options_.sequences_per_step, 1)));
  for (const Item& item : items_) {
    Example example = make_example(item);
    tokens_ += static_cast<std::int64_t>(example.tokens.size());
    trained_tokens_ += std::count(example.trained.begin() + 1, example.trained.end(), 1);
    data_checksum_ = checksum(example, data_checksum_);
    if (example.tokens.size() > longest_.tokens.size()) longest_ = std::move(example);
  }
}

}  // namespace pbb
