// Questions as arms ask them: after worked examples, with the source at hand, within a chat.
#include "evaluation/evaluate.h"
#include "text/chat.h"

namespace pbb {
namespace {

bool is_recited(ShownSource source) {
  return source == ShownSource::given || source == ShownSource::shuffled;
}

Question ask(const Tokenizer& tokenizer, const Program& program, const Item& item, ShownSource source) {
  const auto& arguments = item.truth.arguments;
  if (is_recited(source)) {
    return make_question_with_recitation(tokenizer, program, arguments, item.template_index);
  }
  if (source == ShownSource::prompt) {
    return make_question_with_source(tokenizer, program, arguments, item.form, item.template_index);
  }
  return make_question(tokenizer, program, arguments, item.form, item.template_index);
}

// Under another name, in its head too.
Program renamed(Program program, const std::string& name) {
  if (begins_with_head(program))
    program.source.replace(program.source.find(program.name), program.name.size(), name);
  program.name = name;
  return program;
}

void append(Question& question, const Question& more) {
  question.text += more.text;
  question.tokens.insert(question.tokens.end(), more.tokens.begin(), more.tokens.end());
}

}  // namespace

Question make_question(const Tokenizer& tokenizer, const Item& item, ShownSource source, bool chat) {
  Question question;
  const auto append_text = [&](const std::string& text) { append(question, {tokenizer.encode(text), text}); };
  const ShownSource of_examples = is_recited(source) ? ShownSource::none : source;
  for (const WorkedExample& example : item.examples) {
    append(question, ask(tokenizer, example.program,
                         {example.program, example.execution, item.form, item.template_index}, of_examples));
    append_text(answer_text(example.program, example.execution, item.form));
    append_text("\n\n");
  }
  append(question, ask(tokenizer, item.asked_as.empty() ? item.program : renamed(item.program, item.asked_as),
                       item, source));
  if (chat) {
    const ChatMessage message{"user", question.text};
    question.tokens = chat_prompt(tokenizer, {&message, 1});
  } else {
    question.tokens.insert(question.tokens.begin(), tokenizer.prefix().begin(), tokenizer.prefix().end());
  }
  return question;
}

std::string given_answer(const Item& item, ShownSource source) {
  if (!is_recited(source) || !recites(item.form)) return "";
  const std::string whole = answer_text(item.program, item.truth, AnswerForm::recite);
  const std::string trace = answer_text(item.program, item.truth, AnswerForm::trace);
  return whole.substr(0, whole.size() - trace.size());
}

}  // namespace pbb
