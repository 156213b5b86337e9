// A program of the domain `everyday` while it is being written, and the small pieces that its statements are
// made of. Internal to the domain.
#pragma once

#include <deque>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "programs/domains/everyday.h"

namespace pbb {

// A number that statements speak of: a parameter, or a variable with the range that it is thought to have.
struct EverydaySubject {
  std::string name;
  bool is_decimal = false;
  double low = 0, high = 0, step = 1;
  EverydayParameter* parameter = nullptr;
};

class EverydayDraft {
 public:
  EverydayDraft(const EverydayOptions& options, Random& draws);

  bool chance(double probability) { return random.uniform() < probability; }
  std::int64_t integer(std::int64_t low, std::int64_t high) { return random.integer(low, high); }
  template <typename T>
  T pick(std::span<const T> items) {
    return random.choice(items);
  }
  template <typename T>
  T pick(std::initializer_list<T> items) {
    return random.choice(std::span<const T>(items.begin(), items.size()));
  }
  std::string word(std::initializer_list<const char*> items) { return pick(items); }

  // Text in the program's quotes; a number as written: 12, 10_000, 2.5; with `decimal` never without a point.
  std::string quoted(std::string_view text) const;
  std::string number(double amount, bool decimal = false);
  // The literal, or the name of a constant that stands for it: of the module, as a program's style has it.
  std::string constant(std::string_view hint, const std::string& literal);
  // Amounts and rates that people write, and with which floats stay short. Some amounts are decimals, as is
  // told.
  double amount(bool& is_decimal);
  double small_amount();
  double rate();
  double factor();
  double percent();
  // What the program has worked out from here on.
  void set_value(const std::string& name, bool is_decimal, double low, double high);
  // A name that nothing else in the program has.
  std::string new_name(std::span<const std::string_view> names);
  std::string new_variable();

  EverydaySubject number_parameter(bool may_be_known);
  EverydaySubject whole_parameter();
  EverydayParameter& flag_parameter();
  EverydayParameter& category_parameter();
  EverydayParameter& list_parameter();

  // Bounds of a subject, rising, and distinct where its range has room; its parameter's inputs go near them.
  std::vector<double> bounds(const EverydaySubject& subject, std::size_t count);
  std::string bound_text(const EverydaySubject& subject, double bound);
  // `subject < 12`, and others like it.
  std::string comparison(const EverydaySubject& subject);
  // One question about a parameter; joined: or two of them, with and / or.
  std::string simple_condition();
  std::string condition();
  // ('a', 'b') of a category's values.
  std::string some_of(const EverydayParameter& category);
  std::string raise_statement();
  std::string answer_label();

  void say(int depth, std::string line);
  void import(const std::string& line);
  bool has_room() const { return body.size() < 9; }

  Random& random;
  double checked_share, constant_share;
  // japanese_names: parameters, constants and variables have Japanese names too.
  bool japanese, japanese_names, single_quotes, hints, underscores, comments;
  std::deque<EverydayParameter> parameters;
  std::vector<std::string> imports, constants, helpers, body;
  std::set<std::string> names;
  // Parameters that may be None, but not after the checks of the beginning.
  std::set<std::string> checked;
  // The number that the program has worked out so far.
  EverydaySubject value;
  // The type hint of what it returns.
  std::string returns = "int";
  // The line above the function's head; empty: none.
  std::string decorator;
};

// Statements that find draft.value in a table and the like: some of what add_base draws.
void add_table(EverydayDraft& draft);
void add_match(EverydayDraft& draft);
void add_brackets(EverydayDraft& draft);
void add_sum(EverydayDraft& draft);
void add_helper(EverydayDraft& draft);
void add_decimal(EverydayDraft& draft);
void add_split_sum(EverydayDraft& draft);
void add_money(EverydayDraft& draft);
void add_older_rule(EverydayDraft& draft);
void add_power(EverydayDraft& draft);
// Each appends statements. The first gives draft.value; the next ones change it; the last returns.
void add_guards(EverydayDraft& draft);
void add_base(EverydayDraft& draft);
void add_adjustment(EverydayDraft& draft);
void add_finish(EverydayDraft& draft);
// Whole bodies of other kinds: who may have what; a ladder of answers; a text that is looked at.
void add_checks(EverydayDraft& draft);
void add_text_rule(EverydayDraft& draft);
void add_category_ladder(EverydayDraft& draft);
void add_decision(EverydayDraft& draft);
void add_inspection(EverydayDraft& draft);
// Asks an older rule of the same file; sorts an amount into answers by bisect or a table.
void add_successor(EverydayDraft& draft);
void add_scale(EverydayDraft& draft);
// A decorator of the file's own; gives the line that puts it around the function.
std::string add_decorator(EverydayDraft& draft);
// So many answers of a kind, in the program's quotes, from the least on.
std::vector<std::string> draw_labels(EverydayDraft& draft, std::size_t count);
// `subject` told apart into answers.
void add_ladder(EverydayDraft& draft, const EverydaySubject& subject);
// The whole file: the function, what it needs above it, and what such files have besides. `example` is a call of it.
std::string everyday_source(EverydayDraft& draft, const EverydayProgram& everyday,
                            const std::string& example);

}  // namespace pbb
