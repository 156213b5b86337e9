#include "text/split_pattern.h"

#include <fmt/format.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/error.h"
#include "text/unicode_additions.h"

namespace pbb {
namespace {

constexpr std::size_t jit_stack_start = std::size_t{32} << 10;
constexpr std::size_t jit_stack_most = std::size_t{16} << 20;

template <auto free_function>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    free_function(pointer);
  }
};
using Code = std::unique_ptr<pcre2_code, Freer<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freer<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freer<pcre2_match_context_free>>;
using JitStack = std::unique_ptr<pcre2_jit_stack, Freer<pcre2_jit_stack_free>>;

std::string pcre2_message(int code) {
  PCRE2_UCHAR buffer[256];
  if (pcre2_get_error_message(code, buffer, sizeof buffer) < 0) return fmt::format("PCRE2 error {}", code);
  return reinterpret_cast<const char*>(buffer);
}

// Oniguruma's pattern in PCRE2's words, one construct at a time.
class Translation {
 public:
  explicit Translation(std::string_view pattern) : pattern_(pattern), rest_(pattern) {
    while (!rest_.empty()) translate_next();
  }
  std::string take() { return std::move(result_); }

 private:
  void translate_next() {
    if (rest_.starts_with("\\")) return translate_escape();
    if (in_class_ && (rest_.starts_with("[") || rest_.starts_with("&&"))) refuse("a class within a class");
    if (rest_.starts_with("[")) {
      in_class_ = true;
      copy(rest_.starts_with("[^") ? 2 : 1);
      if (rest_.starts_with("]")) refuse("a class that opens with ]");
      return;
    }
    if (rest_.starts_with("]")) in_class_ = false;
    copy(1);
  }

  void translate_escape() {
    constexpr std::string_view elsewhere_otherwise = "wWbBdDhHRXGKQEN";
    if (rest_.size() < 2 || elsewhere_otherwise.find(rest_[1]) != std::string_view::npos)
      refuse(rest_.substr(0, 2));
    if (replace(R"(\s)", R"(\p{White_Space})", {})) return;  // PCRE2's \s also takes U+180E
    if (replace(R"(\S)", R"(\P{White_Space})", {})) return;
    if (replace(R"(\p{L})", R"(\p{L})", letters_since_unicode_15)) return;
    if (replace(R"(\p{N})", R"(\p{N})", numbers_since_unicode_15)) return;
    copy(2);
  }

  bool replace(std::string_view construct, std::string_view with, std::string_view additions) {
    if (!rest_.starts_with(construct)) return false;
    const bool needs_class = !in_class_ && !additions.empty();
    result_ += fmt::format("{}{}{}{}", needs_class ? "[" : "", with, additions, needs_class ? "]" : "");
    rest_.remove_prefix(construct.size());
    return true;
  }

  void copy(std::size_t length) {
    result_ += rest_.substr(0, length);
    rest_.remove_prefix(length);
  }

  [[noreturn]] void refuse(std::string_view construct) const {
    throw InputError(
        fmt::format("the tokeniser's pattern {:?} uses {}, which is not implemented", pattern_, construct));
  }

  std::string_view pattern_, rest_;
  std::string result_;
  bool in_class_ = false;
};

}  // namespace

struct SplitPattern::Implementation {
  std::string pattern;
  Code code;
};

SplitPattern::SplitPattern(const std::string& pattern) {
  const std::string translated = Translation(pattern).take();
  int error = 0;
  std::size_t offset = 0;
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                          PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr));
  if (!code) {
    throw InputError(
        fmt::format("the tokeniser's pattern {:?} does not compile: {}", pattern, pcre2_message(error)));
  }
  // Without a JIT (an odd processor) the interpreter gives the same matches, slower.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  implementation_ = std::make_unique<Implementation>(Implementation{pattern, std::move(code)});
}

SplitPattern::~SplitPattern() = default;
SplitPattern::SplitPattern(SplitPattern&&) noexcept = default;
SplitPattern& SplitPattern::operator=(SplitPattern&&) noexcept = default;

std::vector<std::string_view> SplitPattern::split(std::span<const std::string_view> texts) const {
  const pcre2_code* code = implementation_->code.get();
  const MatchData match(pcre2_match_data_create_from_pattern(code, nullptr));
  const MatchContext context(pcre2_match_context_create(nullptr));
  const JitStack stack(pcre2_jit_stack_create(jit_stack_start, jit_stack_most, nullptr));
  pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
  const std::size_t* span = pcre2_get_ovector_pointer(match.get());

  std::vector<std::string_view> pieces;
  for (const std::string_view text : texts) {
    std::size_t done = 0;  // all before is in pieces
    while (done < text.size()) {
      const int found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), done,
                                    PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY, match.get(), context.get());
      if (found == PCRE2_ERROR_NOMATCH) break;
      if (found < 0) {
        throw InputError(fmt::format("the tokeniser's pattern {:?} failed on a text of {} bytes: {}",
                                     implementation_->pattern, text.size(), pcre2_message(found)));
      }
      if (span[0] > done) pieces.push_back(text.substr(done, span[0] - done));
      pieces.push_back(text.substr(span[0], span[1] - span[0]));
      done = span[1];
    }
    if (done < text.size()) pieces.push_back(text.substr(done));
  }
  return pieces;
}

}  // namespace pbb
