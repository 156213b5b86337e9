// What goes wrong with a policy before its reward shows it, told by the figures of its last steps.
#pragma once

#include <deque>
#include <vector>

#include "examples/step_source.h"

namespace pbb {

// Figures are taken as their mean over so many steps, or over all where there were fewer.
inline constexpr std::size_t alarm_steps = 10;

// Those that hold now. `recent`: of the last alarm_steps steps, the newest last; of fewer, none holds.
std::vector<StageAlarm> policy_alarms(const std::deque<StepFigures>& recent);

}  // namespace pbb
