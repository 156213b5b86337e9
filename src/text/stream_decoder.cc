#include "text/stream_decoder.h"

#include <span>

#include "text/utf8.h"

namespace pbb {
namespace {

constexpr std::string_view replacement = "\uFFFD";

}  // namespace

std::string StreamDecoder::push(std::int32_t token) {
  waiting_ += tokenizer_->decode(std::span(&token, 1));
  std::string text;
  std::string_view rest = waiting_;
  while (!rest.empty()) {
    const Utf8Sequence sequence = utf8_sequence(rest);
    if (sequence.kind == Utf8Kind::truncated) break;
    text += sequence.kind == Utf8Kind::complete ? rest.substr(0, sequence.length) : replacement;
    rest.remove_prefix(sequence.length);
  }
  waiting_ = std::string(rest);
  return text;
}

std::string StreamDecoder::finish() {
  const bool cut = !waiting_.empty();
  waiting_.clear();
  return cut ? std::string(replacement) : std::string();
}

}  // namespace pbb
