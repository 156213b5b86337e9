#include "server/completion_text.h"

#include <algorithm>
#include <utility>

namespace pbb {
namespace {

constexpr std::string_view replacement = "\uFFFD";

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

CompletionText::CompletionText(const Tokenizer& tokenizer, std::vector<std::string> stops)
    : decoder_(tokenizer), stops_(std::move(stops)) {}

std::string CompletionText::push(std::span<const std::int32_t> tokens) {
  std::string text;
  for (const std::int32_t token : tokens) {
    if (stopped_) break;
    ++tokens_;
    const bool was_waiting = decoder_.is_waiting();
    const std::string decoded = decoder_.push(token);
    // What was waiting became no character, and the token begins after it.
    const bool is_after = was_waiting && decoded.starts_with(replacement);
    begins_.push_back({decoded_.bytes + (is_after ? replacement.size() : 0), decoded_.characters + is_after});
    decoded_.bytes += decoded.size();
    decoded_.characters += character_count(decoded);
    held_ += decoded;
    text += release();
  }
  return given(std::move(text));
}

std::string CompletionText::finish() {
  finished_ = true;
  if (stopped_) return "";
  held_ += decoder_.finish();
  std::string text = release();
  if (!stopped_) text += std::exchange(held_, "");
  return given(std::move(text));
}

std::string CompletionText::given(std::string text) {
  given_ += text.size();
  return text;
}

std::vector<std::size_t> CompletionText::take_begun() {
  std::vector<std::size_t> begun;
  while (!begins_.empty() && (begins_.front().bytes < given_ || (finished_ && !stopped_))) {
    begun.push_back(begins_.front().characters);
    begins_.pop_front();
  }
  return begun;
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
