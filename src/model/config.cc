// What a decoder's shape may be.
#include "model/config.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace pbb {
namespace {

// Bounds far above any real model, and low enough that no product of them overflows 64 bits.
void check_range(const char* field, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high) {
    throw InputError(fmt::format("model config: {} is {}; expected {} to {}", field, value, low, high));
  }
}

}  // namespace

void DecoderConfig::check() const {
  if (family != "llama" && family != "qwen2" && family != "qwen3") {
    throw InputError(fmt::format("model config: family '{}' is not supported", family),
                     "supported families: llama (SmolLM2 among them), qwen2, qwen3");
  }
  check_range("vocabulary", vocabulary, 1, 1 << 22);
  check_range("width", width, 1, 1 << 17);
  check_range("feed_forward", feed_forward, 1, 1 << 19);
  check_range("layers", layers, 1, 1 << 10);
  check_range("heads", heads, 1, 1 << 10);
  check_range("kv_heads", kv_heads, 1, heads);
  check_range("head_size", head_size, 2, 1 << 10);
  check_range("context", context, 1, 1 << 24);
  if (heads % kv_heads != 0) {
    throw InputError(
        fmt::format("model config: kv_heads is {}; expected a divisor of heads ({})", kv_heads, heads));
  }
  if (head_size % 2 != 0) {
    throw InputError(fmt::format("model config: head_size is {}; expected an even number", head_size));
  }
  if (!std::isfinite(rope_base) || rope_base <= 0) {
    throw InputError(fmt::format("model config: rope_base is {}; expected a positive number", rope_base));
  }
  if (!std::isfinite(norm_epsilon) || norm_epsilon <= 0 || norm_epsilon > 1) {
    throw InputError(fmt::format("model config: norm_epsilon is {}; expected 0 to 1", norm_epsilon));
  }
}

}  // namespace pbb
