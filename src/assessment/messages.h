// Every sentence of the assessment, in each of its languages. A sentence is a format of fmt; what it is given is HTML
// on the page, plain text in the terminal, and escaped by whoever gives it.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>

#include "assessment/assessment.h"

namespace pbb {

enum class Language { english, japanese };
inline constexpr Choice<Language> languages[] = {{Language::english, "en"}, {Language::japanese, "ja"}};

struct Message {
  const char* key;
  const char* english;
  const char* japanese;
};
std::span<const Message> messages();

// Sentences and numbers in one language. An unknown key is an Error: a fault of ours.
class Wording {
 public:
  explicit Wording(Language language) : language_(language) {}

  Language language() const { return language_; }
  std::string_view code() const { return language_ == Language::japanese ? "ja" : "en"; }
  template <typename... Values>
  std::string operator()(std::string_view key, const Values&... values) const {
    return fmt::vformat(format(key), fmt::make_format_args(values...));
  }

  std::string share(double value) const;  // "84 %"
  // "96 % [94–99 %], 200 answers about 40 rules", or "not measured".
  std::string accuracy(const std::optional<Accuracy>& accuracy) const;
  std::string short_accuracy(const std::optional<Accuracy>& accuracy) const;  // without n
  std::string range(const Accuracy& accuracy) const;                          // "[94–99 %]"
  std::string number(double value) const;                                     // "34,720", "0.26"
  std::string money(double value) const;                                      // "1,920", "0.05"
  std::string seconds(double value) const;
  std::string microseconds(double value) const;
  std::string kind(ClarityKind kind) const;
  std::string rest(Rest why) const;

 private:
  std::string_view format(std::string_view key) const;
  Language language_;
};

}  // namespace pbb
