// AdamW (Loshchilov & Hutter 2019) on flat f32 arrays, and the global gradient norm.
#pragma once

#include <span>

namespace pbb {

struct AdamWOptions {
  float learning_rate = 5e-4F;
  float beta1 = 0.9F;
  float beta2 = 0.95F;
  float epsilon = 1e-8F;
  float weight_decay = 0.0F;
  float gradient_scale = 1.0F;  // multiplies every gradient first (clipping)
};
// One update; `step` counts from 1 (bias correction). All spans are equally long. As torch.optim.AdamW.
void adamw_step(std::span<float> weights, std::span<const float> gradients, std::span<float> first_moments,
                std::span<float> second_moments, const AdamWOptions& options, long step);

// sqrt(Σ g²), summed in double in a fixed order whatever the number of threads.
double global_norm(std::span<const float> gradients);

}  // namespace pbb
