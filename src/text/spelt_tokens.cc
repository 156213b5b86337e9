#include "text/spelt_tokens.h"

#include <algorithm>

namespace pbb {

SpeltTokens::SpeltTokens(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {
  for (const auto* ids : {&tokenizer.data().control, &tokenizer.data().added}) {
    for (const std::int32_t id : *ids) {
      const std::string_view spelling = tokenizer.token(id);
      if (!spelling.empty()) spellings_.emplace_back(spelling, id);
    }
  }
  std::ranges::stable_sort(spellings_, std::ranges::greater(),
                           [](const auto& entry) { return entry.first.size(); });
}

std::vector<std::int32_t> SpeltTokens::encode(std::string_view text) const {
  std::vector<std::int32_t> ids;
  const auto append_plain = [&](std::string_view plain) {
    const auto more = tokenizer_->encode(plain);
    ids.insert(ids.end(), more.begin(), more.end());
  };
  while (!text.empty()) {
    std::size_t at = std::string_view::npos, length = 0;
    std::int32_t id = 0;
    for (const auto& [spelling, token] : spellings_) {  // the first in the text, of these the longest
      const std::size_t found = text.find(spelling);
      if (found >= at) continue;
      at = found;
      length = spelling.size();
      id = token;
    }
    append_plain(text.substr(0, at));
    if (at == std::string_view::npos) break;
    ids.push_back(id);
    text.remove_prefix(at + length);
  }
  return ids;
}

}  // namespace pbb
