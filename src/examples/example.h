// Training examples: declarations (a program's source in a template) and executions (a question and its
// answer), tokenised with masks exact to the token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "programs/program.h"
#include "text/tokenizer.h"

namespace pbb {

enum class AnswerForm { direct, trace };
enum class ExampleKind { declaration, execution };
std::string_view answer_form_name(AnswerForm form);

struct Example {
  std::vector<std::int32_t> tokens;
  std::vector<std::uint8_t>
      trained;          // as long as tokens: 1 where the token is a target (the loss is on predicting it)
  std::string program;  // name
  ExampleKind kind = ExampleKind::declaration;
  int template_index = 0;
  std::uint64_t execution = 0;  // executions: which of the program's train executions
};

// What an evaluation asks: the tokens before the answer.
struct Question {
  std::vector<std::int32_t> tokens;
  std::string text;
};

int declaration_templates();  // at least 20
int question_templates();     // at least 10

// Loss on every token but the first, end-of-text included.
Example make_declaration(const Tokenizer& tokenizer, const Program& program, int template_index);
// Loss on the answer and its end-of-text only. The question's tokens are those of make_question with the same
// arguments: token ids are joined, never strings.
Example make_execution(const Tokenizer& tokenizer, const Program& program, const Execution& execution,
                       AnswerForm form, int template_index);
Question make_question(const Tokenizer& tokenizer, const Program& program,
                       const std::vector<Value>& arguments, AnswerForm form, int template_index);
// The same question with the source before it: the in-context arm.
Question make_question_with_source(const Tokenizer& tokenizer, const Program& program,
                                   const std::vector<Value>& arguments, AnswerForm form, int template_index);

// The answer's text as make_execution writes it: " x = 5 + 13 = 18; x = 18 * 5 = 90; return 90" (the steps,
// joined by "; ") or " 90".
std::string answer_text(const Execution& execution, AnswerForm form);

}  // namespace pbb
