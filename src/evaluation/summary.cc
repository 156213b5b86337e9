#include "evaluation/summary.h"

#include <algorithm>
#include <array>
#include <set>

namespace pbb {
namespace {

int arm_rank(const std::string& name) {
  constexpr std::array<std::string_view, 4> order = {"untrained", "in-context", "before-source", "trained"};
  return static_cast<int>(std::ranges::find(order, name) - order.begin());
}

// Tallies of items by program, each turned into a share with its interval over programs.
class Tally {
 public:
  void add(const std::string& program, int count, int of) {
    programs_[program].correct += count;
    programs_[program].items += of;
  }
  Share share() const {
    Share share;
    std::vector<Cluster> clusters;
    for (const auto& [program, cluster] : programs_) {
      share.count += cluster.correct;
      share.of += cluster.items;
      clusters.push_back(cluster);
    }
    share.interval = cluster_interval(clusters);
    return share;
  }
  const std::map<std::string, Cluster>& programs() const { return programs_; }

 private:
  std::map<std::string, Cluster> programs_;
};

GroupSummary summarize_group(const Arm& arm, const Group& group) {
  GroupSummary row;
  row.arm = arm.name;
  row.group = group;
  Tally accuracy, recall, steps;
  for (const ItemResult& result : arm.results) {
    if (!group.holds(result)) continue;
    ++row.items;
    row.correct += result.verdict == Verdict::correct;
    row.wrong += result.verdict == Verdict::wrong;
    row.unparsed += result.verdict == Verdict::unparsed;
    row.errors += result.verdict == Verdict::error;
    if (result.verdict == Verdict::error) continue;
    accuracy.add(result.program, result.verdict == Verdict::correct, 1);
    if (group.form != AnswerForm::trace) continue;
    recall.add(result.program, result.recalled, 1);
    steps.add(result.program, static_cast<int>(std::ranges::count_if(result.steps, &StepCheck::right)),
              static_cast<int>(result.true_steps.size()));
  }
  row.programs = static_cast<int>(accuracy.programs().size());
  row.accuracy = accuracy.share();
  row.wilson = wilson_interval(row.accuracy.count, row.accuracy.of);
  row.recall = recall.share();
  row.steps = steps.share();
  return row;
}

std::map<std::string, Cluster> accuracy_by_program(const Arm& arm, const Group& group) {
  Tally tally;
  for (const ItemResult& result : arm.results) {
    if (group.holds(result) && result.verdict != Verdict::error) {
      tally.add(result.program, result.verdict == Verdict::correct, 1);
    }
  }
  return tally.programs();
}

ArmComparison compare_arms(const Arm& arm, const Arm& against, const Group& group) {
  const auto others = accuracy_by_program(against, group);
  std::vector<double> a, b;
  double difference = 0;
  for (const auto& [program, cluster] : accuracy_by_program(arm, group)) {
    const auto other = others.find(program);
    if (other == others.end()) continue;
    a.push_back(static_cast<double>(cluster.correct) / cluster.items);
    b.push_back(static_cast<double>(other->second.correct) / other->second.items);
    difference += a.back() - b.back();
  }
  return {.arm = arm.name,
          .against = against.name,
          .group = group,
          .programs = static_cast<int>(a.size()),
          .difference = a.empty() ? 0 : difference / static_cast<double>(a.size()),
          .p = paired_permutation_p(a, b)};
}

// All domains together, then each domain, then each kind of it; source-only before with-IO, traces before
// direct answers.
std::vector<Group> groups_of(const std::vector<Arm>& arms) {
  std::set<std::pair<std::string, std::string>> kinds = {{"", ""}};
  for (const Arm& arm : arms) {
    for (const ItemResult& result : arm.results) {
      kinds.insert({result.domain, ""});
      kinds.insert({result.domain, result.kind});
    }
  }
  std::vector<Group> groups;
  for (const Split split : {Split::source_only, Split::with_io}) {
    for (const AnswerForm form : {AnswerForm::trace, AnswerForm::direct}) {
      for (const auto& [domain, kind] : kinds) groups.push_back({domain, kind, split, form});
    }
  }
  return groups;
}

}  // namespace

void sort_arms(std::vector<Arm>& arms) {
  std::ranges::sort(arms, {}, [](const Arm& arm) { return std::pair(arm_rank(arm.name), arm.name); });
}

bool Group::holds(const ItemResult& result) const {
  return result.split == split && result.form == form && (domain.empty() || result.domain == domain) &&
         (kind.empty() || result.kind == kind);
}

const GroupSummary* Summary::find(const std::string& arm, const Group& group) const {
  const auto row =
      std::ranges::find_if(rows, [&](const auto& r) { return r.arm == arm && r.group == group; });
  return row == rows.end() ? nullptr : &*row;
}

const ArmComparison* Summary::compare(const std::string& against, const Group& group) const {
  const auto row = std::ranges::find_if(
      comparisons, [&](const auto& c) { return c.against == against && c.group == group; });
  return row == comparisons.end() ? nullptr : &*row;
}

Summary summarize(const std::vector<Arm>& arms) {
  const auto trained = std::ranges::find(arms, "trained", &Arm::name);
  Summary summary;
  for (const Group& group : groups_of(arms)) {
    for (const Arm& arm : arms) {
      GroupSummary row = summarize_group(arm, group);
      if (row.items > 0) summary.rows.push_back(std::move(row));
    }
    for (const Arm& arm : arms) {
      if (trained == arms.end() || arm.name == trained->name) continue;
      ArmComparison comparison = compare_arms(*trained, arm, group);
      if (comparison.programs > 0) summary.comparisons.push_back(std::move(comparison));
    }
  }
  return summary;
}

}  // namespace pbb
