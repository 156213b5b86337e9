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
  Example example = make_execution(tokenizer, fresh.program, fresh.executions.front(), AnswerForm::recite,
                                   draw_wording(question_templates(), random), RecitedLoss::execution);
  example.fresh = true;
  return example;
}

Example make_unanswered_recitation(const Tokenizer& tokenizer, const Program& program, Random& random) {
  const int wording = draw_wording(question_templates(), random);
  return make_recitation(tokenizer, program, made_up_arguments(program, random), wording);
}

}  // namespace pbb
