// A pre-tokeniser's regular expression: cuts text into the matches and what lies between them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pbb {

class SplitPattern {
 public:
  // `pattern` as tokenizer.json spells it: in Oniguruma's language, which is translated into PCRE2's.
  // InputError where it does not compile, or uses what means something else in PCRE2 (\w, \b, \h, a class
  // within a class, …).
  explicit SplitPattern(const std::string& pattern);
  ~SplitPattern();
  SplitPattern(SplitPattern&&) noexcept;
  SplitPattern& operator=(SplitPattern&&) noexcept;

  // The pieces of `texts` (valid UTF-8), in order; together they are all of it, and none is empty. The
  // pattern sees each text alone: no look-ahead crosses from one into the next.
  std::vector<std::string_view> split(std::span<const std::string_view> texts) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace pbb
