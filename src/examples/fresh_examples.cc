#include "examples/fresh_examples.h"

#include <span>
#include <string>
#include <string_view>

#include "programs/source_text.h"

namespace pbb {
namespace {

constexpr std::string_view words[] = {"oak", "north", "basic", "gold", "A", "B", "winter", "full", "new"};

std::vector<Value> made_up_arguments(const Program& program, Random& random) {
  const auto head = find_function(program.source, program.name);
  std::vector<Value> arguments(head ? head->parameters.size() : 0);
  for (Value& value : arguments) {
    if (random.uniform() < 0.8) {
      value.data = random.integer(0, 70);
    } else {
      value.data = std::string(random.choice(std::span<const std::string_view>(words)));
    }
  }
  return arguments;
}

}  // namespace

int draw_wording(int count, Random& random) {
  return static_cast<int>(random.integer(0, count - 1));
}

Example make_fresh_execution(const Tokenizer& tokenizer, const FreshProgram& fresh, Random& random) {
  return make_execution(tokenizer, fresh.program, fresh.executions.front(), AnswerForm::recite,
                        draw_wording(question_templates(), random), RecitedLoss::execution);
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
