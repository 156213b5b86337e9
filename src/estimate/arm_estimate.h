// How long asking an arm's questions will take: its decode calls are planned as a run makes them, and what a
// call takes is measured on a few.
#pragma once

#include <cstdint>
#include <vector>

#include "estimate/workload.h"
#include "generation/generate.h"
#include "model/load.h"

namespace pbb {

// Seconds of a decode call by what it holds.
struct CallCosts {
  struct Decoding {
    std::size_t sequences = 0;
    double seconds = 0;  // of one more token of each
  };
  std::vector<Decoding> decoding;  // measured, by rising number of sequences; a line in between
  double prompt_token = 0;         // what one takes on top
  double seconds(const CallSize& call) const;
};

// What a sample of answers showed.
struct AnswerSample {
  std::vector<std::int64_t> ended;  // tokens of those that ended, with the one that ends them
  std::int64_t running = 0;         // how many did not
};

// Lengths of all `count` answers, of which the sample is a part: one that does not end soon runs to the
// limit. Of those not asked, as many as Laplace's rule says: where all of a sample ended, a few in hundreds
// will not.
std::vector<std::int64_t> expected_answers(const AnswerSample& sample, std::size_t count, std::int64_t limit);

struct LoadingSeconds {
  double model = 0;    // the recipe's, as it comes
  double weights = 0;  // of a stage, into a model that is there
};

// Of each of the workload's arms, with its loading. Untrained arms answer as a sample of questions shows,
// trained ones as long as the true answers are. The model must hold its untrained weights.
std::vector<double> arm_seconds(const Workload& workload, const EvaluationRecipe& evaluation,
                                LoadedModel& model, const LoadingSeconds& loading);

}  // namespace pbb
