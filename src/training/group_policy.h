// The loss of group relative policy optimisation (GRPO, Shao et al. 2024, arXiv:2402.03300): several answers to one
// question are sampled and compared with each other; those that are better than their group become likelier, the others
// less likely. All of it becomes one signed weight a token (Example::weights), with which the step's loss
// -Σ weight · log p / divisor has the gradient that the policy's loss has where the model stands.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/options.h"

namespace pbb {

enum class GroupNormalisation {
  // Rewards in standard deviations of their group; each token of the step's answers counts alike (DAPO, Yu et al.
  // 2025, arXiv:2503.14476).
  token,
  // Rewards as they are, over a number of tokens that is the same for every step: neither hard questions nor short
  // answers count more (Dr. GRPO, Liu et al. 2025, arXiv:2503.20783).
  dr,
};
inline constexpr Choice<GroupNormalisation> group_normalisations[] = {{GroupNormalisation::token, "token"},
                                                                      {GroupNormalisation::dr, "dr"}};

struct PolicyOptions {
  GroupNormalisation normalisation = GroupNormalisation::token;
  // A token's probability is not pushed further once it is below 1 - clip_low or above 1 + clip_high times what it was
  // sampled with. The upper one is the larger (DAPO's clip-higher), so that what is rare can become likelier.
  double clip_low = 0.2, clip_high = 0.28;
  // What the divergence from the model that the stage began with counts; 0: there is none.
  double kl = 0;
};

// Whether all rewards are the same, and nothing can be learnt from the group.
bool is_dead(std::span<const double> rewards);

// How much better than its group's mean each answer is, a sum of zero: (reward - mean) / (deviation + 0.0001), or, of
// Dr. GRPO, reward - mean. The deviation is that of a sample (n - 1). At least two rewards.
std::vector<double> group_advantages(std::span<const double> rewards, GroupNormalisation normalisation);

// What the sum over the tokens of a step is divided by: `tokens`, those of its answers that a gradient comes of, or, of
// Dr. GRPO, `most_tokens`, which all of its answers may have. 1 where that is 0.
double policy_divisor(std::int64_t tokens, std::int64_t most_tokens, GroupNormalisation normalisation);

// Of a token that was sampled, natural logs.
struct TokenProbabilities {
  double now = 0;        // under the model as it is
  double sampled = 0;    // as it was when the token was sampled
  double reference = 0;  // as the stage began
};
struct TokenWeight {
  double weight = 0;
  bool clipped = false;  // it has been pushed as far as it may be: the weight is the divergence's alone
};
// With ratio = exp(now - sampled), A the advantage and d = reference - now, the loss of a token is
//
//   -min(ratio A, clip(ratio, 1 - clip_low, 1 + clip_high) A) + kl (exp(d) - d - 1)
//
// and the weight what its derivative by `now` is times -1.
TokenWeight token_weight(double advantage, const TokenProbabilities& token, const PolicyOptions& options);
// exp(d) - d - 1: what the divergence KL(model ‖ reference) is on average over tokens that the model sampled (Schulman's
// k3; never negative).
double divergence_of(const TokenProbabilities& token);

}  // namespace pbb
