// summary.json.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "evaluation/names.h"
#include "evaluation/summary.h"

namespace pbb {
namespace {

using nlohmann::json;

json to_json(const Interval& interval) {
  return {interval.low, interval.high};
}
json to_json(const Share& share) {
  return {{"count", share.count},
          {"of", share.of},
          {"share", share.value()},
          {"interval", to_json(share.interval)}};
}
json to_json(const Group& group) {
  return {{"domain", group.domain},
          {"kind", group.kind},
          {"split", split_label(group.split)},
          {"form", answer_form_name(group.form)}};
}
json to_json(const GroupSummary& row) {
  json out = {{"arm", row.arm},
              {"group", to_json(row.group)},
              {"programs", row.programs},
              {"items", row.items},
              {"correct", row.correct},
              {"wrong", row.wrong},
              {"unparsed", row.unparsed},
              {"errors", row.errors},
              {"accuracy", to_json(row.accuracy)},
              {"wilson", to_json(row.wilson)},
              {"lenient", to_json(row.lenient)},
              {"recall", to_json(row.recall)},
              {"steps", to_json(row.steps)},
              {"majority", to_json(row.majority)}};
  if (recites(row.group.form)) {
    out["verbatim"] = to_json(row.verbatim);
    out["control"] = to_json(row.control);
    out["values"] = to_json(row.values);
    out["source_lines"] = to_json(row.source_lines);
  }
  return out;
}
json to_json(const ArmComparison& comparison) {
  return {{"arm", comparison.arm},
          {"against", comparison.against},
          {"group", to_json(comparison.group)},
          {"programs", comparison.programs},
          {"difference", comparison.difference},
          {"p", comparison.p}};
}

Interval interval_from(const json& value) {
  return {value.at(0).get<double>(), value.at(1).get<double>()};
}
Share share_from(const json& value) {
  return {.count = value.at("count"), .of = value.at("of"), .interval = interval_from(value.at("interval"))};
}
Group group_from(const json& value) {
  return {.domain = value.at("domain"),
          .kind = value.at("kind"),
          .split = split_from(value.at("split")),
          .form = answer_form_from(value.at("form"))};
}
GroupSummary row_from(const json& value) {
  // Earlier summaries of pbb 0.1 have none of the later shares.
  const auto later_share = [&](const char* key) {
    return value.contains(key) ? share_from(value.at(key)) : Share{};
  };
  return {.arm = value.at("arm"),
          .group = group_from(value.at("group")),
          .programs = value.at("programs"),
          .items = value.at("items"),
          .correct = value.at("correct"),
          .wrong = value.at("wrong"),
          .unparsed = value.at("unparsed"),
          .errors = value.at("errors"),
          .accuracy = share_from(value.at("accuracy")),
          .wilson = interval_from(value.at("wilson")),
          .lenient = later_share("lenient"),
          .recall = share_from(value.at("recall")),
          .steps = share_from(value.at("steps")),
          .majority = later_share("majority"),
          .verbatim = later_share("verbatim"),
          .control = later_share("control"),
          .values = later_share("values"),
          .source_lines = later_share("source_lines")};
}
ArmComparison comparison_from(const json& value) {
  return {.arm = value.at("arm"),
          .against = value.at("against"),
          .group = group_from(value.at("group")),
          .programs = value.at("programs"),
          .difference = value.at("difference"),
          .p = value.at("p")};
}

}  // namespace

void write_summary(const std::filesystem::path& file, const Summary& summary) {
  const auto name_of = [&](ArmRole role) {
    const ArmPlan* arm = summary.arm_in_role(role);
    return arm ? json(arm->name) : json();
  };
  json out = {{"arms", json::array()},
              {"claim", name_of(ArmRole::claim)},
              {"base_line", name_of(ArmRole::base_line)},
              {"rows", json::array()},
              {"comparisons", json::array()}};
  for (const ArmPlan& arm : summary.arms) out["arms"].push_back(to_json(arm));
  for (const GroupSummary& row : summary.rows) out["rows"].push_back(to_json(row));
  for (const ArmComparison& comparison : summary.comparisons) {
    out["comparisons"].push_back(to_json(comparison));
  }
  write_file(file, json_text(out, 1) + '\n');
}

Summary read_summary(const std::filesystem::path& file) {
  const json in = read_json(file);
  Summary summary;
  try {
    // Summaries of pbb 0.1 before arms were tables do not tell of them.
    for (const json& arm : in.value("arms", json::array())) summary.arms.push_back(arm_plan_from(arm));
    summary.roles = arm_roles(summary.arms);
    for (const json& row : in.at("rows")) summary.rows.push_back(row_from(row));
    for (const json& row : in.at("comparisons")) summary.comparisons.push_back(comparison_from(row));
  } catch (const std::exception& error) {  // a missing field, a wrong type, an unknown name
    throw InputError(file.string() + ": " + error.what(), "`pbb report RUN` writes it anew");
  }
  return summary;
}

}  // namespace pbb
