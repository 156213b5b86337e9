#include "server/completion_text.h"

#include <algorithm>
#include <utility>

namespace pbb {

CompletionText::CompletionText(const Tokenizer& tokenizer, std::vector<std::string> stops)
    : decoder_(tokenizer), stops_(std::move(stops)) {}

std::string CompletionText::push(std::span<const std::int32_t> tokens) {
  std::string text;
  for (const std::int32_t token : tokens) {
    if (stopped_) break;
    ++tokens_;
    held_ += decoder_.push(token);
    text += release();
  }
  return text;
}

std::string CompletionText::finish() {
  if (stopped_) return "";
  held_ += decoder_.finish();
  std::string text = release();
  if (!stopped_) text += std::exchange(held_, "");
  return text;
}

// What no stop can begin in any more.
std::string CompletionText::release() {
  std::size_t end = std::string::npos;
  for (const std::string& stop : stops_) end = std::min(end, held_.find(stop));
  if (end != std::string::npos) {
    stopped_ = true;
    std::string text = held_.substr(0, end);
    held_.clear();
    return text;
  }
  std::size_t kept = 0;  // the longest end of what is held that a stop begins with
  for (const std::string& stop : stops_) {
    for (std::size_t length = std::min(stop.size() - 1, held_.size()); length > kept; --length) {
      if (std::string_view(held_).substr(held_.size() - length) == std::string_view(stop).substr(0, length))
        kept = length;
    }
  }
  std::string text = held_.substr(0, held_.size() - kept);
  held_.erase(0, text.size());
  return text;
}

}  // namespace pbb
