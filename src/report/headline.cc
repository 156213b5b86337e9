#include <fmt/format.h>

#include "report/html.h"
#include "report/sections.h"

namespace pbb {
namespace {

Group key_group(const RunFolder& run) {
  return {"", "", Split::source_only, run.summary.claim_form()};
}

const GroupSummary* asked_in(const RunFolder& run, ArmRole role) {
  const ArmPlan* arm = run.summary.arm_in_role(role);
  const GroupSummary* row = arm ? run.summary.find(arm->name, key_group(run)) : nullptr;
  return row != nullptr && row->accuracy.of > 0 ? row : nullptr;
}

// What the run claims: of the programs whose executions were never shown, in the form of the claim.
std::string key_sentence(const RunFolder& run) {
  const GroupSummary* claim = asked_in(run, ArmRole::claim);
  if (claim == nullptr) return "No trained model has been asked about source-only programs in this run yet.";
  const bool has_read = run.summary.arm_in_role(ArmRole::claim)->has_read;
  std::string sentence = fmt::format(
      "{} the source of {}, the model runs them on new inputs with <b>{}</b> correct <span "
      "class=\"soft\">(95\u202f% interval {})</span>",
      has_read ? "After reading only" : "Without having read", count_of(claim->programs, "program"),
      percent(claim->accuracy.value()), percent_range(claim->accuracy.interval));
  const GroupSummary* before = asked_in(run, ArmRole::base_line);
  const GroupSummary* untrained = asked_in(run, ArmRole::untrained);
  if (before != nullptr) {
    const ArmPlan& base = *run.summary.arm_in_role(ArmRole::base_line);
    sentence += fmt::format(
        ", against {} {}", percent(before->accuracy.value()),
        has_read && !base.has_read ? "before it read them" : "after stage " + escape_html(base.stage));
  }
  if (untrained != nullptr) {
    // Where a run trains an interpreter base on, the model of no stage is not untrained; it has not read them
    // either.
    const bool says_before = before == nullptr && has_read;
    sentence +=
        fmt::format("{} {} {}", before != nullptr ? " and" : ", against",
                    percent(untrained->accuracy.value()), says_before ? "before reading" : "untrained");
  }
  return sentence + ".";
}

std::string fact_line(const RunFolder& run) {
  std::string facts;
  const auto add = [&](const std::string& fact) {
    if (!fact.empty()) facts += (facts.empty() ? "" : " · ") + fact;
  };
  if (run.record) {
    add(escape_html(run.record->model));
    const Sitting first = run.record->training() ? *run.record->training() : Sitting();
    add(escape_html(first.started.empty() ? first.finished : first.started));
    double training = 0;
    for (const StageRecord& stage : run.record->stages) training += stage.seconds;
    if (training > 0) {
      add(fmt::format("trained for {}{}", duration(training),
                      first.cores ? " on " + count_of(*first.cores, "core") : ""));
    }
  }
  const ArmPlan* claim = run.summary.arm_in_role(ArmRole::claim);
  const ArmPlan* base = run.summary.arm_in_role(ArmRole::base_line);
  if (const auto* comparison = base ? run.summary.compare(base->name, key_group(run)) : nullptr) {
    add(fmt::format("{} against {}, paired by program: {} (exploratory, not corrected for other comparisons)",
                    escape_html(claim->name), escape_html(base->name), escape_html(p_value(comparison->p))));
  }
  return facts;
}

}  // namespace

std::string page_title(const RunFolder& run) {
  if (run.record && !run.record->title.empty()) return run.record->title;
  const auto name = std::filesystem::absolute(run.path).lexically_normal();
  return (name.has_filename() ? name : name.parent_path()).filename().string();
}

std::string headline_section(const RunFolder& run) {
  return fmt::format(
      "<header>\n<p class=\"kicker\">Programming by Backprop</p>\n<h1>{}</h1>\n<p class=\"key\">{}</p>\n<p "
      "class=\"facts\">{}</p>\n</header>\n",
      escape_html(page_title(run)), key_sentence(run), fact_line(run));
}

}  // namespace pbb
