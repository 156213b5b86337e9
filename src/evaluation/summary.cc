#include "evaluation/summary.h"

#include <algorithm>
#include <set>

#include "evaluation/lenient.h"
#include "programs/domains/table.h"

namespace pbb {
namespace {

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

// Recall of the source, control given recall, values given control.
class Factors {
 public:
  void add(const ItemResult& result) {
    const RecitationCheck& recitation = result.recitation;
    lines_.add(result.program, recitation.lines_right, recitation.lines);
    verbatim_.add(result.program, recitation.verbatim, 1);
    if (!recitation.verbatim) return;
    control_.add(result.program, result.recalled, 1);
    if (result.recalled) values_.add(result.program, std::ranges::all_of(result.steps, &StepCheck::right), 1);
  }
  void put_into(GroupSummary& row) const {
    row.source_lines = lines_.share();
    row.verbatim = verbatim_.share();
    row.control = control_.share();
    row.values = values_.share();
  }

 private:
  Tally lines_, verbatim_, control_, values_;
};

// Of each program's questions, how often each true answer comes.
class Truths {
 public:
  void add(const ItemResult& result) { ++counts_[result.program][result.truth]; }
  Share majority() const {
    Tally tally;
    for (const auto& [program, counts] : counts_) {
      int all = 0, most = 0;
      for (const auto& [truth, count] : counts) {
        all += count;
        most = std::max(most, count);
      }
      tally.add(program, most, all);
    }
    return tally.share();
  }

 private:
  std::map<std::string, std::map<std::string, int>> counts_;
};

GroupSummary summarize_group(const Arm& arm, const Group& group) {
  GroupSummary row;
  row.arm = arm.plan.name;
  row.group = group;
  Tally accuracy, lenient, recall, steps;
  Factors factors;
  Truths truths;
  for (const ItemResult& result : arm.results) {
    if (!group.holds(result)) continue;
    ++row.items;
    row.correct += result.verdict == Verdict::correct;
    row.wrong += result.verdict == Verdict::wrong;
    row.unparsed += result.verdict == Verdict::unparsed;
    row.errors += result.verdict == Verdict::error;
    if (result.verdict == Verdict::error) continue;
    accuracy.add(result.program, result.verdict == Verdict::correct, 1);
    lenient.add(result.program, is_right_leniently(result), 1);
    truths.add(result);
    if (recites(group.form)) factors.add(result);
    if (!is_traced(group.form)) continue;
    recall.add(result.program, result.recalled, 1);
    steps.add(result.program, static_cast<int>(std::ranges::count_if(result.steps, &StepCheck::right)),
              static_cast<int>(result.true_steps.size()));
  }
  row.programs = static_cast<int>(accuracy.programs().size());
  row.accuracy = accuracy.share();
  row.wilson = wilson_interval(row.accuracy.count, row.accuracy.of);
  row.lenient = lenient.share();
  row.recall = recall.share();
  row.steps = steps.share();
  row.majority = truths.majority();
  factors.put_into(row);
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
  return {.arm = arm.plan.name,
          .against = against.plan.name,
          .group = group,
          .programs = static_cast<int>(a.size()),
          .difference = a.empty() ? 0 : difference / static_cast<double>(a.size()),
          .p = paired_permutation_p(a, b)};
}

// All domains together, then each domain, then each kind of it; source-only before with-IO, traces before
// direct answers.
std::vector<Group> groups_of(const std::vector<Arm>& arms) {
  const auto shown_before = [](const auto& a, const auto& b) {
    return std::pair(place_when_shown(a.first), a) < std::pair(place_when_shown(b.first), b);
  };
  std::set<std::pair<std::string, std::string>, decltype(shown_before)> kinds = {{"", ""}};
  for (const Arm& arm : arms) {
    for (const ItemResult& result : arm.results) {
      kinds.insert({result.domain, ""});
      kinds.insert({result.domain, result.kind});
    }
  }
  std::vector<Group> groups;
  for (const Split split : {Split::source_only, Split::with_io}) {
    for (const AnswerForm form :
         {AnswerForm::recite, AnswerForm::assisted, AnswerForm::trace, AnswerForm::direct}) {
      for (const auto& [domain, kind] : kinds) groups.push_back({domain, kind, split, form});
    }
  }
  return groups;
}

}  // namespace

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

const ArmPlan* Summary::arm_in_role(ArmRole role) const {
  const auto found = std::ranges::find(roles, role);
  return found == roles.end() ? nullptr : &arms[static_cast<std::size_t>(found - roles.begin())];
}

AnswerForm Summary::claim_form() const {
  for (const AnswerForm form :
       {AnswerForm::trace, AnswerForm::recite, AnswerForm::direct, AnswerForm::assisted}) {
    if (std::ranges::any_of(rows, [form](const GroupSummary& row) { return row.group.form == form; }))
      return form;
  }
  return AnswerForm::trace;
}

ArmRole Summary::role_of(const std::string& arm) const {
  const auto found = std::ranges::find(arms, arm, &ArmPlan::name);
  return found == arms.end() ? ArmRole::other : roles[static_cast<std::size_t>(found - arms.begin())];
}

Summary summarize(const std::vector<Arm>& arms) {
  Summary summary;
  for (const Arm& arm : arms) summary.arms.push_back(arm.plan);
  summary.roles = arm_roles(summary.arms);
  const auto claim = std::ranges::find(summary.roles, ArmRole::claim) - summary.roles.begin();
  for (const Group& group : groups_of(arms)) {
    for (const Arm& arm : arms) {
      GroupSummary row = summarize_group(arm, group);
      if (row.items > 0) summary.rows.push_back(std::move(row));
    }
    for (std::ptrdiff_t a = 0; a < std::ssize(arms); ++a) {
      if (claim == std::ssize(arms) || a == claim) continue;
      const auto at = [&](std::ptrdiff_t index) -> const Arm& {
        return arms[static_cast<std::size_t>(index)];
      };
      ArmComparison comparison = compare_arms(at(claim), at(a), group);
      if (comparison.programs > 0) summary.comparisons.push_back(std::move(comparison));
    }
  }
  return summary;
}

}  // namespace pbb
