#include "examples/reading_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "examples/fresh_examples.h"
#include "examples/own_texts.h"
#include "examples/recall.h"

namespace pbb {
namespace {

// Fresh executions are bounded by their traces.
constexpr int most_replay_steps = 16;
constexpr std::size_t most_replay_tokens = 512;
// As the rate comes down, what is recalled is asked for half as often as what was lost again.
constexpr int cooldown_revisit_rounds = 2;

// Every second exposure is a recitation, which measures recall; the first is a declaration.
bool is_recitation(std::int64_t exposure) {
  return exposure % 2 == 1;
}

// In the order in which they are read: those that are known before any stage, then the corpus's.
std::vector<const Program*> in_reading_order(const TrainingPrograms& programs,
                                             const ReadingOptions& options) {
  std::vector<const Program*> order;
  for (const Program& program : programs.programs()) {
    if (program.split == Split::source_only || options.reads == ReadPrograms::all) order.push_back(&program);
  }
  const auto is_known = [&](const Program* program) {
    return std::ranges::find(options.known, program->name) != options.known.end();
  };
  for (const std::string& name : options.known) {
    const auto has_name = [&](const Program* program) { return program->name == name; };
    if (std::ranges::none_of(order, has_name)) {
      throw InputError(fmt::format("stage {}: known names '{}', which no program that it reads is called",
                                   options.stage, name),
                       "take it out of stage.*.known");
    }
  }
  std::ranges::stable_partition(order, is_known);
  return order;
}

// Reads so many of the source's tokens as others of it.
void corrupt(Example& declaration, double share, Random& random) {
  declaration.inputs = declaration.tokens;
  const auto [begin, end] = declaration.source;
  const std::span<const std::int32_t> source = std::span(declaration.tokens).subspan(begin, end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    if (random.uniform() < share) declaration.inputs[i] = random.choice(source);
  }
}

}  // namespace

ReadingData::ReadingData(const TrainingPrograms& programs, const Tokenizer& tokenizer, ReadingOptions options,
                         const Runner& run, std::vector<std::vector<std::int32_t>> texts)
    : tokenizer_(&tokenizer),
      options_(std::move(options)),
      texts_(std::move(texts)),
      cooldown_(options_.steps, options_.cooldown_share),
      fresh_({.seed = options_.seed,
              .stream = "reading/" + options_.stage,
              .shares = options_.shares,
              .max_trace_steps = most_replay_steps,
              .taken_names = programs.names(),
              .fits = fits_in(tokenizer, most_replay_tokens)},
             run) {
  std::int64_t place = 0;
  const std::int64_t earlier = programs_read_before(), end = earlier + options_.programs;
  for (const Program* program : in_reading_order(programs, options_)) {
    if (options_.programs > 0 && place == end) break;
    Reading reading{.program = program, .recall = {.program = program->name}};
    // What was read before is asked for first, in one round after the other, and recalled if it is recited then.
    if (place < earlier) {
      reading.recall.exposures = 1;
      reading.recall.recitations = options_.recitations_to_recall - 1;
      reading.due = 1 + place % options_.revisit_rounds;
    }
    ++place;
    readings_.push_back(std::move(reading));
    for (int i = 0; i < declaration_templates(); ++i) {
      Example example = make_declaration(tokenizer, *program, i);
      if (example.tokens.size() > longest_.tokens.size()) longest_ = std::move(example);
    }
  }
  if (place == 0 || place <= earlier) {
    throw InputError(
        fmt::format("stage {} reads {}programs, of which there are none{}", options_.stage,
                    options_.reads == ReadPrograms::all ? "" : "source-only ", place == 0 ? "" : " left"),
        "raise corpus.*.source_only or corpus.source_only_share, or let the stages before it "
        "read fewer (stage.*.programs)");
  }
  for (const auto& text : texts_) {
    if (options_.texts > 0 && text.size() > longest_.tokens.size()) longest_ = make_own_text(text);
  }
  if (options_.executions > 0 && longest_.tokens.size() < most_replay_tokens) {
    longest_.tokens.resize(most_replay_tokens);
    longest_.trained.resize(most_replay_tokens, 1);
  }
}

std::int64_t ReadingData::programs_read_before() const {
  return std::ssize(options_.known) + options_.earlier_programs;
}

bool ReadingData::is_recalled(const Reading& reading) const {
  return reading.recall.recitations >= options_.recitations_to_recall;
}

std::vector<std::size_t> ReadingData::shown(std::int64_t index) const {
  std::vector<std::size_t> order(readings_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(options_.seed, fmt::format("reading/{}/{}", options_.stage, index));
  random.shuffle(std::span<std::size_t>(order));
  std::ranges::stable_sort(
      order, {}, [&](std::size_t i) { return std::tuple(readings_[i].due, readings_[i].recall.exposures); });
  order.resize(std::min(order.size(), static_cast<std::size_t>(options_.declarations)));
  return order;
}

Example ReadingData::show(const Reading& reading, std::int64_t index) const {
  Random random(options_.seed, fmt::format("show/{}/{}/{}", options_.stage, index, reading.recall.program));
  const bool recites = is_recitation(reading.recall.exposures);
  Example example = recites ? make_unanswered_recitation(*tokenizer_, *reading.program, random)
                            : make_declaration(*tokenizer_, *reading.program,
                                               draw_wording(declaration_templates(), random));
  if (!recites && options_.corrupted_share > 0) corrupt(example, options_.corrupted_share, random);
  example.counts_recall = true;
  return example;
}

std::vector<Example> ReadingData::step(std::int64_t index) const {
  std::vector<Example> examples;
  for (const std::size_t i : shown(index)) examples.push_back(show(readings_[i], index));
  const std::size_t declared = examples.size();
  for (int i = 0; i < options_.executions; ++i) {
    const std::int64_t number = index * options_.executions + i;
    Random random(options_.seed, fmt::format("replay/{}/{}", options_.stage, number));
    examples.push_back(make_fresh_execution(*tokenizer_, fresh_.at(number), random));
  }
  for (int i = 0; i < options_.texts && !texts_.empty(); ++i) {
    examples.push_back(own_text_at(texts_, index * options_.texts + i));
  }
  const std::vector<double> errors(drill_kinds().size(), 1.0);
  for (int i = 0; i < options_.drills; ++i) {
    Random random(options_.seed, fmt::format("drill/{}/{}", options_.stage, index * options_.drills + i));
    examples.push_back(make_drills(
        *tokenizer_, draw_drill_plan(drill_shares(errors), options_.drill_length, random), random));
  }
  for (std::size_t i = declared; i < examples.size(); ++i) {
    Example& replay = examples[i];
    replay.keeps = replay.keeps || options_.replay == Replay::kept;
    if (options_.replay_weight != 1)
      replay.weights.assign(replay.tokens.size(), static_cast<float>(options_.replay_weight));
  }
  return examples;
}

void ReadingData::observe(std::int64_t index, std::span<const Example> examples,
                          std::span<const ExampleOutcome> outcomes) {
  const std::vector<std::size_t> order = shown(index);
  for (std::size_t i = 0; i < order.size(); ++i) {
    Reading& reading = readings_[order[i]];
    ProgramRecall& recall = reading.recall;
    if (is_recitation(recall.exposures))
      recall.recitations = is_recited(outcomes[i]) ? recall.recitations + 1 : 0;
    recall.exposures += 1;
    recall.tokens += static_cast<std::int64_t>(examples[i].tokens.size());
    if (is_recalled(reading) && recall.exposures_to_recall < 0) {
      recall.exposures_to_recall = recall.exposures;
      recall.tokens_to_recall = recall.tokens;
    }
    const int revisited = cooldown_.has_begun() ? cooldown_revisit_rounds : options_.revisit_rounds;
    reading.due += is_recalled(reading) ? revisited : 1;
  }
  next_ = index + 1;
  // Once is enough: while the rate is high some are always lost again, and found as it comes down.
  const bool all_recalled = std::ranges::all_of(
      readings_, [](const Reading& reading) { return reading.recall.exposures_to_recall >= 0; });
  if (cooldown_.begin_after(next_, all_recalled)) {
    for (Reading& reading : readings_) reading.due = is_recalled(reading) ? 1 : 0;
  }
}

std::vector<ProgramRecall> ReadingData::recall() const {
  std::vector<ProgramRecall> all;
  for (std::size_t i = 0; i < readings_.size(); ++i) {
    const bool in_earlier_stage = i >= options_.known.size() && std::cmp_less(i, programs_read_before());
    if (!in_earlier_stage) all.push_back(readings_[i].recall);
  }
  return all;
}

StageFingerprint ReadingData::fingerprint() const {
  const auto text = [](const auto& value) { return fmt::format("{}", value); };
  std::uint32_t sources = 0;
  for (const Reading& reading : readings_) {
    sources = checksum(std::as_bytes(std::span(reading.program->source)), sources);
  }
  StageFingerprint all = {{"stage", options_.stage},
                          {"seed", text(options_.seed)},
                          {"steps", text(options_.steps)},
                          {"declarations", text(options_.declarations)},
                          {"executions", text(options_.executions)},
                          {"drills", text(options_.drills)},
                          {"texts", text(texts_.empty() ? 0 : options_.texts)},
                          {"recitations_to_recall", text(options_.recitations_to_recall)},
                          {"revisit_rounds", text(options_.revisit_rounds)},
                          {"cooldown_share", text(options_.cooldown_share)},
                          {"drill_length", text(options_.drill_length)},
                          {"sources read (CRC-32)", fmt::format("{:08x}", sources)}};
  add_shares(all, options_.shares);
  // Stages that were begun before there were such go on.
  if (options_.reads == ReadPrograms::all) all["reads"] = "all";
  if (options_.replay == Replay::kept) all["replay"] = "kept";
  if (options_.corrupted_share > 0) all["corrupted_share"] = fmt::format("{}", options_.corrupted_share);
  if (options_.replay_weight != 1) all["replay_weight"] = fmt::format("{}", options_.replay_weight);
  if (options_.earlier_programs > 0) all["programs read before"] = text(options_.earlier_programs);
  if (!options_.known.empty()) all["known programs"] = fmt::format("{}", fmt::join(options_.known, ", "));
  if (options_.texts > 0 && !texts_.empty())
    all["texts (CRC-32)"] = fmt::format("{:08x}", checksum_of_texts(texts_));
  return all;
}

std::string ReadingData::state() const {
  std::string text = fmt::format("{} {}\n", next_, cooldown_.begun());
  for (const Reading& reading : readings_) {
    const ProgramRecall& recall = reading.recall;
    text += fmt::format("{} {} {} {} {} {}\n", reading.due, recall.exposures, recall.tokens,
                        recall.recitations, recall.exposures_to_recall, recall.tokens_to_recall);
  }
  return text;
}

void ReadingData::restore(std::string_view state) {
  std::istringstream text{std::string(state)};
  std::int64_t begun = -1;
  text >> next_ >> begun;
  cooldown_.restore(begun);
  for (Reading& reading : readings_) {
    ProgramRecall& recall = reading.recall;
    if (!(text >> reading.due >> recall.exposures >> recall.tokens >> recall.recitations >>
          recall.exposures_to_recall >> recall.tokens_to_recall)) {
      throw Error(fmt::format("stage {}: the state of its reading cannot be read", options_.stage));
    }
  }
}

}  // namespace pbb
