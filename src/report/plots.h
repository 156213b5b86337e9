// The plots of the report, each in two widths: the page shows the one that fits the screen.
#pragma once

#include <string>
#include <vector>

#include "evaluation/summary.h"
#include "report/run_folder.h"

namespace pbb {

// Every arm's accuracy with its interval, a panel a group. "" when no arm was asked anything in them.
struct ArmsPanel {
  std::string title;
  Group group;
};
std::string arms_plot(const RunFolder& run, const std::vector<ArmsPanel>& panels,
                      const std::string& description);

// Loss and learning rate over the steps of all stages, one after the other. "" without any step.
std::string training_plot(const RunFolder& run);

// Of a stage that is rewarded: the mean reward of each step's answers, and which shares of them are right, have no
// value, or teach nothing. "" of any other.
std::string reward_plot(const StageCurve& stage);

}  // namespace pbb
