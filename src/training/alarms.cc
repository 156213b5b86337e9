#include "training/alarms.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>

namespace pbb {
namespace {

struct AlarmRule {
  const char* figure;
  double limit;
  bool above;        // it holds above the limit; false: below
  const char* text;  // {:.3g}: the figure
};

// The limits are where a run of ours was no longer worth going on with, or had not begun to be.
constexpr AlarmRule alarm_rules[] = {
    {"dead_groups", 0.8, true,
     "{:.3g} of the groups have equal rewards and teach nothing: ask what is right at times, or more "
     "samples"},
    {"capped", 0.3, true,
     "{:.3g} of the answers are cut: raise max_new_tokens, or teach the form of answers in an earlier stage"},
    {"unparsed", 0.5, true,
     "{:.3g} of the answers hold no value: teach the form of answers in an earlier stage"},
    {"clipped_ratio", 0.3, true, "{:.3g} of the tokens are clipped: lower learning_rate, or updates"},
    {"entropy", 0.005, false,
     "samples hardly differ any more ({:.3g} nats a token): lower learning_rate, or hold it by kl"},
    {"entropy", 2.5, true,
     "answers fall apart ({:.3g} nats a token): lower learning_rate, or hold it by kl"}};

std::optional<double> mean_of(const std::deque<StepFigures>& steps, const char* figure) {
  double sum = 0;
  int count = 0;
  for (const StepFigures& figures : steps) {
    for (const auto& [name, value] : figures) {
      if (name == figure) sum += value, ++count;
    }
  }
  return count == 0 ? std::nullopt : std::optional(sum / count);
}

}  // namespace

std::vector<StageAlarm> policy_alarms(const std::deque<StepFigures>& recent) {
  std::vector<StageAlarm> alarms;
  if (recent.size() < alarm_steps) return alarms;
  for (const AlarmRule& rule : alarm_rules) {
    const auto mean = mean_of(recent, rule.figure);
    if (mean && (rule.above ? *mean > rule.limit : *mean < rule.limit))
      alarms.push_back({rule.figure, fmt::format(fmt::runtime(rule.text), *mean)});
  }
  return alarms;
}

}  // namespace pbb
