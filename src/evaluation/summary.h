// The figures of a run: for each arm, group of programs, split and answer form, what was counted and how sure
// it is. summary.json.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "evaluation/arm_plan.h"
#include "evaluation/evaluate.h"
#include "evaluation/statistics.h"

namespace pbb {

// One condition of the comparison with its results.
struct Arm {
  ArmPlan plan;
  std::vector<ItemResult> results;
};

// Which items a row of figures is about. An empty domain: all domains; an empty kind: all kinds of it.
struct Group {
  std::string domain, kind;
  Split split = Split::source_only;
  AnswerForm form = AnswerForm::trace;
  bool holds(const ItemResult& result) const;
  bool operator==(const Group&) const = default;
};

// A share of items (or steps), with the 95 % interval over programs.
struct Share {
  int count = 0, of = 0;
  Interval interval{0, 1};
  double value() const { return of > 0 ? static_cast<double>(count) / of : 0; }
};

struct GroupSummary {
  std::string arm;
  Group group;
  int programs = 0;  // with at least one item that was asked
  int items = 0;     // all verdicts together
  int correct = 0, wrong = 0, unparsed = 0, errors = 0;
  Share accuracy;   // correct of the items asked (errors left out)
  Interval wilson;  // the same by items, as if they were independent: for orientation
  Share lenient;    // right where answers are read leniently (lenient.h); beside the accuracy, never in it
  Share recall;     // traced forms: items whose every line was recalled
  Share steps;      // traced forms: true steps that were written as they are, at their place
  // What the most frequent answer scores: of each program's questions, the largest number that share one true
  // answer. It is the score of one who knows each program's usual answer and never looks at the input; a
  // generous floor, since the questions themselves say what is usual.
  Share majority;
  // The forms that recite. Accuracy is near the product of the first three; what else is right is luck.
  Share verbatim;      // items whose source was recited verbatim
  Share control;       // of these, those whose trace has every line at its place, whatever its values
  Share values;        // of those again, those whose every value is right
  Share source_lines;  // of the true sources' lines, those recited in order
};

// Two arms on the same programs of a group.
struct ArmComparison {
  std::string arm, against;
  Group group;
  int programs = 0;       // asked in both
  double difference = 0;  // mean over programs of the difference in accuracy
  double p = 1;           // paired_permutation_p
};

struct Summary {
  std::vector<ArmPlan> arms;  // in the order of every table and plot
  std::vector<ArmRole> roles;
  std::vector<GroupSummary> rows;          // by group (all, each domain, each kind), arms in the order given
  std::vector<ArmComparison> comparisons;  // the claim with every other arm
  const ArmPlan* arm_in_role(ArmRole role) const;  // the first; null when there is none
  ArmRole role_of(const std::string& arm) const;
  // The form that the claim is made in: traces where they were asked for, else the first of recite, direct
  // and assisted that was.
  AnswerForm claim_form() const;
  const GroupSummary* find(const std::string& arm, const Group& group) const;  // null when nothing was asked
  const ArmComparison* compare(const std::string& against, const Group& group) const;
};

Summary summarize(const std::vector<Arm>& arms);
void write_summary(const std::filesystem::path& file, const Summary& summary);
Summary read_summary(const std::filesystem::path& file);

}  // namespace pbb
