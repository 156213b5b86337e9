#include "programs/fresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/random.h"
#include "programs/execute.h"

namespace pbb {
namespace {

constexpr int block_size = 256;

struct Draft : FreshDraft {
  const Domain* domain = nullptr;
};

const Domain& draw_domain(const DomainShares& shares, Random& random) {
  for (const DomainShares::Share& share : shares.shares()) {
    if (share.takes_part() && random.uniform() < share.share) return *share.domain;
  }
  return domains().front();
}

Draft draw(const FreshOptions& options, const std::set<std::string>& names, Random& random) {
  const Domain& domain = draw_domain(options.shares, random);
  const FreshRequest request{
      .executions = options.executions, .taken_names = options.taken_names, .drawn_names = names};
  return {domain.fresh.draw(request, random), &domain};
}

// As many executions of a program as are asked for: of its ways, in an order drawn anew, one after
// the other; those that raise only where that `may_raise`.
void choose_ways(std::vector<Execution>& executions, int count, bool may_raise, Random& random) {
  const auto raises = [](const Execution& one) { return std::holds_alternative<Raised>(one.outcome); };
  if (!may_raise) std::erase_if(executions, raises);
  random.shuffle(std::span(executions));
  executions = spread_over_paths(std::move(executions));
  // Every way stands once at the front: which comes first is to be as likely for a narrow one as for a wide
  // one.
  std::set<std::vector<int>> ways;
  for (const Execution& execution : executions) {
    std::vector<int> lines;
    for (const TraceStep& step : execution.trace) lines.push_back(step.line);
    ways.insert(std::move(lines));
  }
  random.shuffle(std::span(executions).first(ways.size()));
  if (std::ssize(executions) > count) executions.resize(static_cast<std::size_t>(count));
}

}  // namespace

FreshPrograms::FreshPrograms(FreshOptions options, Runner run)
    : options_(std::move(options)), run_(std::move(run)) {}

const FreshProgram& FreshPrograms::at(std::int64_t index) {
  const std::int64_t number = index / block_size;
  Block* block = std::ranges::find(blocks_, number, &Block::number);
  if (block == std::end(blocks_)) {
    block = std::ranges::min_element(blocks_, {}, &Block::number);
    *block = {number, make_block(number)};
  }
  return block->programs[static_cast<std::size_t>(index % block_size)];
}

std::vector<FreshProgram> FreshPrograms::make_block(std::int64_t number) const {
  Random random(options_.seed, fmt::format("{}/{}", options_.stream, number));
  std::vector<FreshProgram> kept;
  std::set<std::string> names;
  int choosing = 0, raised = 0;  // programs whose domain chooses ways; those that raise
  while (kept.size() < block_size) {
    std::vector<Draft> drafts;
    std::vector<ProgramCall> calls;
    for (std::size_t missing = block_size - kept.size(); missing > 0; --missing) {
      const Draft& draft = drafts.emplace_back(draw(options_, names, random));
      names.insert(draft.program.name);
      add_calls(draft.program, draft.inputs, true, calls);
    }
    const auto results = run_calls(run_, calls);
    auto result = results.begin();
    for (Draft& draft : drafts) {
      FreshProgram fresh;
      const bool chooses_ways = draft.domain->fresh.chooses_ways;
      for (Input& input : draft.inputs) {
        const CallResult& outcome = *result++;
        const auto came_to =
            chooses_ways || outcome.status == CallStatus::returned ? outcome.outcome() : std::nullopt;
        if (!came_to || std::ssize(outcome.trace) > options_.max_trace_steps) continue;
        Execution execution{std::move(input), *came_to, outcome.trace};
        if (!options_.fits || options_.fits(draft.program, execution))
          fresh.executions.push_back(std::move(execution));
      }
      if (chooses_ways) {
        choose_ways(fresh.executions, options_.executions,
                    raised + 1 <= options_.raised_share * (choosing + 1), random);
      }
      if (fresh.executions.empty()) continue;
      if (chooses_ways) {
        choosing += 1;
        raised += std::ranges::any_of(fresh.executions, [](const Execution& one) {
          return std::holds_alternative<Raised>(one.outcome);
        });
      }
      fresh.program = std::move(draft.program);
      kept.push_back(std::move(fresh));
    }
  }
  return kept;
}

}  // namespace pbb
