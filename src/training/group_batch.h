// What one sampling of a stage of GRPO gave: groups of answers to one question each, what they are worth, and how
// likely they were. Plain values: what a checkpoint holds where more than one update is made of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "examples/example.h"
#include "examples/step_source.h"
#include "training/group_policy.h"

namespace pbb {

// What a judge says of an answer.
struct AnswerMark {
  bool right = false;   // it holds the value that the program gives, or raises what it raises
  bool parsed = false;  // it holds a value
  double recalled = 0;  // share of the program's lines that it recalls
};

struct GroupAnswer {
  std::vector<std::int32_t> tokens;  // of the question, from the tokeniser's prefix on, and of the answer
  std::size_t question = 0;          // so many of them are the question's
  AnswerMark mark;
  bool cut = false;
  double reward = 0;
  double log_probability = 0;  // SampledAnswer's
  // Of the answer's tokens; empty where no update wants them, and in dead groups.
  std::vector<float> sampled = {}, reference = {};

  std::int64_t answer_tokens() const { return static_cast<std::int64_t>(tokens.size() - question); }
};

struct AnswerGroup {
  std::string program;
  int template_index = 0;
  std::uint64_t execution = 0;
  std::vector<GroupAnswer> answers;

  std::vector<double> rewards() const;
};

struct GroupBatch {
  std::int64_t number = -1;  // from 0; -1: none yet
  std::vector<AnswerGroup> groups;
};

// The answers of its live groups, in order, without weights: those that an update learns from.
std::vector<Example> live_examples(const GroupBatch& batch);
// How these fared so far as an update wants to know: natural logs under the model as it is, in their order.
using AnswerScores = std::vector<std::vector<float>>;

// What an update of a batch is made of.
struct PolicyUpdate {
  std::vector<Example> examples;  // weighted
  double divisor = 1;
  double clipped_ratio = 0;  // share of the tokens that are clipped
  double divergence = 0;     // from the reference, nats a token
};
// scores: of live_examples(batch); empty where the model is still the one that was sampled and there is no reference.
// most_tokens: that all answers of a batch may have.
PolicyUpdate policy_update(const GroupBatch& batch, const AnswerScores& scores, std::int64_t most_tokens,
                           const PolicyOptions& options);

// Over all groups: reward, right, recalled_lines, unparsed, capped, dead_groups (shares), answer_tokens (mean) and
// entropy (nats a token: the mean of -log p of what was sampled).
StepFigures batch_figures(const GroupBatch& batch);

nlohmann::json to_json(const GroupBatch& batch);
GroupBatch group_batch_from_json(const nlohmann::json& object);

}  // namespace pbb
