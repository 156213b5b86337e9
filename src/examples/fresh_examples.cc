#include "examples/fresh_examples.h"

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>

#include "programs/source_text.h"

namespace pbb {
namespace {

constexpr std::string_view argument_words[] = {"oak", "north",  "basic", "gold", "A",
                                               "B",   "winter", "full",  "new"};

// What is asked of people's own functions: amounts, decimals, True, None, words.
Value any_argument(Random& random) {
  const double shape = random.uniform();
  if (shape < 0.4) return {random.integer(0, 70)};
  if (shape < 0.55) return {random.integer(1, 300) * (random.integer(0, 1) == 0 ? 10 : 100)};
  if (shape < 0.7) return {static_cast<double>(random.integer(1, 120)) / 4};
  if (shape < 0.8) return {random.integer(0, 1) == 0};
  if (shape < 0.84) return {};
  return {std::string(random.choice(std::span<const std::string_view>(argument_words)))};
}

// Of as many parameters as a call may have; those with defaults may be left out at the end.
std::vector<Value> arguments_as_people_give(const FunctionHead& head, Random& random) {
  const auto least = static_cast<std::int64_t>(head.required), most = std::ssize(head.parameters);
  std::vector<Value> arguments;
  for (auto left = random.integer(least, most); left > 0; --left) arguments.push_back(any_argument(random));
  return arguments;
}

std::vector<Value> made_up_arguments(const Program& program, Random& random) {
  const auto head = find_function(program.source, program.name);
  if (head && !has_plain_calls(program)) return arguments_as_people_give(*head, random);
  std::vector<Value> arguments(head ? head->parameters.size() : 0);
  for (Value& value : arguments) {
    if (random.uniform() < 0.8) {
      value.data = random.integer(0, 70);
    } else {
      value.data = std::string(random.choice(std::span<const std::string_view>(argument_words)));
    }
  }
  return arguments;
}

}  // namespace

int draw_wording(int count, Random& random) {
  return static_cast<int>(random.integer(0, count - 1));
}

Example make_fresh_execution(const Tokenizer& tokenizer, const FreshProgram& fresh, Random& random) {
  Example example = make_execution(tokenizer, fresh.program, fresh.executions.front(), AnswerForm::recite,
                                   draw_wording(question_templates(), random), RecitedLoss::execution);
  example.fresh = true;
  return example;
}

Example longest_execution(const Tokenizer& tokenizer, const Program& program,
                          std::span<const Execution> executions) {
  Example longest;
  for (const Execution& execution : executions) {
    for (int wording = 0; wording < question_templates(); ++wording) {
      Example example =
          make_execution(tokenizer, program, execution, AnswerForm::recite, wording, RecitedLoss::execution);
      if (example.tokens.size() > longest.tokens.size()) longest = std::move(example);
    }
  }
  return longest;
}

void add_shares(StageFingerprint& fingerprint, const DomainShares& shares) {
  for (const DomainShares::Share& share : shares.shares()) {
    if (share.takes_part()) fingerprint[share.key] = fmt::format("{}", share.share);
  }
}

std::function<bool(const Program&, const Execution&)> fits_in(const Tokenizer& tokenizer,
                                                              std::size_t tokens) {
  return [&tokenizer, tokens](const Program& program, const Execution& execution) {
    // What wordings add to a call or a source is less than this.
    constexpr std::size_t longest_wording = 48;
    const Example example = make_execution(tokenizer, program, execution, AnswerForm::recite, 0);
    return example.tokens.size() + longest_wording <= tokens;
  };
}

Example make_unanswered_recitation(const Tokenizer& tokenizer, const Program& program, Random& random) {
  const int wording = draw_wording(question_templates(), random);
  return make_recitation(tokenizer, program, made_up_arguments(program, random), wording);
}

}  // namespace pbb
