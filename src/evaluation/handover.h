// Answers of which the trained model writes the beginning and its base the rest: a source is recalled by the weights
// that read it, and run by those that were only ever taught to run. So reading cannot cost what the base could do.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "generation/generate.h"
#include "text/tokenizer.h"

namespace pbb {

// Whether the base goes on after `completion`.
using HandoverDue = std::function<bool(std::span<const std::int32_t> completion)>;
// Once a source was recited: after the cue of the trace. `tokenizer` must outlive it.
HandoverDue after_recitation(const Tokenizer& tokenizer);

// A decoder without its adapter, as long as this lives. Error when there is none.
class WithoutAdapter {
 public:
  explicit WithoutAdapter(Decoder& decoder);
  ~WithoutAdapter();
  WithoutAdapter(const WithoutAdapter&) = delete;
  WithoutAdapter& operator=(const WithoutAdapter&) = delete;

 private:
  Decoder& decoder_;
  std::optional<Adapter> adapter_;
};

// An answer from its beginning and its rest.
Completion joined(Completion begun, const Completion& rest);

// As generate(), with `first`, until `is_due`; then, where that came, with `rest`, without the decoder's adapter, which
// is there again afterwards. The hooks of `first` may not tell prompts apart that are the same: these are begun once.
// The hooks of `rest` are given what the base wrote. Error without an adapter.
std::vector<Completion> generate_with_handover(Decoder& decoder,
                                               std::span<const std::vector<std::int32_t>> prompts,
                                               GenerationOptions first, GenerationOptions rest,
                                               const HandoverDue& is_due);

}  // namespace pbb
