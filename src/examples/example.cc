// Declarations, executions and questions as token ids. The parts of an example are tokenised one by one and
// their ids joined, so that no boundary moves between training and asking.
#include "examples/example.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/error.h"
#include "examples/templates.h"

namespace pbb {
namespace {

std::string_view wording_at(std::span<const std::string_view> wordings, int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= wordings.size()) {
    throw Error(
        fmt::format("template {} asked for; there are templates 0 to {}", index, wordings.size() - 1));
  }
  return wordings[static_cast<std::size_t>(index)];
}

std::string head_of(const Program& program) {
  return fmt::format("def {}", program.name);
}

// "# rebate.py", above a source that does not begin with its name.
std::string file_line(const Program& program) {
  return fmt::format("# {}.py", program.name);
}

// The tokens that spell the program's source from after its name on. Empty where the tokens do not spell it
// as it is: a tokeniser may normalise.
TokenRange find_source(const Tokenizer& tokenizer, const Program& program,
                       std::span<const std::int32_t> tokens) {
  std::string text;
  std::vector<std::size_t> begins;  // of each token, in bytes
  for (const std::int32_t& token : tokens) {
    begins.push_back(text.size());
    text += tokenizer.decode(std::span(&token, 1));
  }
  const std::string_view source = stated_source(program);
  const std::size_t at = text.find(source);
  if (at == std::string::npos) return {};
  const std::size_t from = at + (begins_with_head(program) ? head_of(program).size() : 0);
  const auto first_from = [&](std::size_t byte) {
    return static_cast<std::size_t>(std::ranges::lower_bound(begins, byte) - begins.begin());
  };
  return {first_from(from), first_from(at + source.size())};
}

void append(std::vector<std::int32_t>& ids, std::span<const std::int32_t> more) {
  ids.insert(ids.end(), more.begin(), more.end());
}

std::string_view cue(AnswerForm form) {
  switch (form) {
    case AnswerForm::direct:
      return direct_cue();
    case AnswerForm::trace:
      return trace_cue();
    case AnswerForm::recite:
    case AnswerForm::assisted:
      return source_cue();
  }
  return "";
}

void append(Question& question, const Tokenizer& tokenizer, const std::string& text) {
  append(question.tokens, tokenizer.encode(text));
  question.text += text;
}

// " x = 5 + 13 = 18; return 18"
std::string trace_text(const Execution& execution) {
  if (execution.trace.empty()) {
    throw Error("an answer in trace form was asked for, but the execution has no trace",
                "run the program traced, or use the direct form");
  }
  std::string text;
  for (const TraceStep& step : execution.trace) {
    text += text.empty() ? " " : "; ";
    text += step.step;
  }
  return text;
}

// What a recited answer says before its trace, in the parts that are tokenised one by one.
void append_recitation(const Tokenizer& tokenizer, const Program& program, Question& to) {
  append(to, tokenizer, recitation_of(program).left);
  append(to, tokenizer, std::string(trace_cue()));
}

}  // namespace

std::string_view stated_source(const Program& program) {
  const std::string_view source = program.source;
  return source.substr(0, source.find_last_not_of("\r\n") + 1);
}

bool begins_with_head(const Program& program) {
  return program.source.starts_with(fmt::format("{}(", head_of(program)));
}

Recitation recitation_of(const Program& program) {
  const std::string_view source = stated_source(program);
  if (!begins_with_head(program))
    return {.given = fmt::format("\n{}", file_line(program)), .left = fmt::format("\n{}", source)};
  const std::string head = head_of(program);
  return {.given = fmt::format("\n{}", head), .left = std::string(source.substr(head.size()))};
}

bool recites(AnswerForm form) {
  return form == AnswerForm::recite || form == AnswerForm::assisted;
}

std::string_view answer_form_name(AnswerForm form) {
  switch (form) {
    case AnswerForm::direct:
      return "direct";
    case AnswerForm::trace:
      return "trace";
    case AnswerForm::recite:
      return "recite";
    case AnswerForm::assisted:
      return "assisted";
  }
  return "";
}

std::string_view example_kind_name(ExampleKind kind) {
  switch (kind) {
    case ExampleKind::declaration:
      return "declaration";
    case ExampleKind::execution:
      return "execution";
    case ExampleKind::drill:
      return "drill";
    case ExampleKind::text:
      return "text";
  }
  return "";
}

int declaration_templates() {
  return static_cast<int>(declaration_wordings().size());
}

int question_templates() {
  return static_cast<int>(question_wordings().size());
}

Example make_declaration(const Tokenizer& tokenizer, const Program& program, int template_index) {
  std::string source(stated_source(program));
  if (!begins_with_head(program)) source = fmt::format("{}\n{}", file_line(program), source);
  const std::string text = fill_wording(wording_at(declaration_wordings(), template_index),
                                        {.name = program.name, .source = source, .call = {}});
  Example example;
  example.tokens = tokenizer.encode_sequence(text);
  example.source = find_source(tokenizer, program, example.tokens);
  example.counts_recall = program.split == Split::source_only;
  example.tokens.push_back(tokenizer.end_of_text());
  // Nothing comes before the first token to predict it from; what stands before every text is never
  // predicted.
  example.trained.assign(std::max<std::size_t>(1, tokenizer.prefix().size()), 0);
  example.trained.resize(example.tokens.size(), 1);
  example.program = program.name;
  example.kind = ExampleKind::declaration;
  example.template_index = template_index;
  return example;
}

Example make_recitation(const Tokenizer& tokenizer, const Program& program,
                        const std::vector<Value>& arguments, int template_index) {
  const Question question = make_question(tokenizer, program, arguments, AnswerForm::recite, template_index);
  Example example;
  example.tokens = tokenizer.prefix();
  append(example.tokens, question.tokens);
  example.trained.assign(example.tokens.size(), 0);
  append(example.tokens, recitation_tokens(tokenizer, program));
  example.trained.resize(example.tokens.size(), 1);
  example.source = find_source(tokenizer, program, example.tokens);
  example.counts_recall = program.split == Split::source_only;
  example.program = program.name;
  example.kind = ExampleKind::declaration;
  example.template_index = template_index;
  return example;
}

Example make_execution(const Tokenizer& tokenizer, const Program& program, const Execution& execution,
                       AnswerForm form, int template_index, RecitedLoss loss) {
  Example example;
  example.tokens = tokenizer.prefix();
  append(example.tokens, make_question(tokenizer, program, execution.arguments, form, template_index).tokens);
  const std::size_t question = example.tokens.size();
  const std::size_t recited = recites(form) ? recitation_tokens(tokenizer, program).size() : 0;
  append(example.tokens, answer_tokens(tokenizer, program, execution, form));
  example.trained.assign(loss == RecitedLoss::all ? question : question + recited, 0);
  example.trained.resize(example.tokens.size(), 1);
  example.program = program.name;
  example.kind = ExampleKind::execution;
  example.template_index = template_index;
  return example;
}

std::vector<std::int32_t> recitation_tokens(const Tokenizer& tokenizer, const Program& program) {
  Question recitation;
  append_recitation(tokenizer, program, recitation);
  return std::move(recitation.tokens);
}

std::vector<std::int32_t> answer_tokens(const Tokenizer& tokenizer, const Program& program,
                                        const Execution& execution, AnswerForm form) {
  std::vector<std::int32_t> tokens;
  if (recites(form)) tokens = recitation_tokens(tokenizer, program);
  append(tokens, tokenizer.encode(form == AnswerForm::direct ? answer_text(program, execution, form)
                                                             : trace_text(execution)));
  tokens.push_back(tokenizer.end_of_text());
  return tokens;
}

Question make_question(const Tokenizer& tokenizer, const Program& program,
                       const std::vector<Value>& arguments, AnswerForm form, int template_index) {
  Question question;
  const std::string call = call_text(program.name, arguments);
  const std::string wording = fill_wording(wording_at(question_wordings(), template_index),
                                           {.name = program.name, .source = {}, .call = call});
  append(question, tokenizer, wording + std::string(cue(form)));
  if (recites(form)) append(question, tokenizer, recitation_of(program).given);
  return question;
}

Question make_question_with_source(const Tokenizer& tokenizer, const Program& program,
                                   const std::vector<Value>& arguments, AnswerForm form, int template_index) {
  const Question question = make_question(tokenizer, program, arguments, form, template_index);
  // The line end of the source and that of the blank line are tokenised apart, as they would be within the
  // whole text: together they would be a token that the model knows from the ends of texts alone.
  const std::string source_line = fmt::format("{}\n", stated_source(program));
  Question with_source{.tokens = tokenizer.encode(source_line), .text = source_line + "\n" + question.text};
  append(with_source.tokens, tokenizer.encode("\n"));
  append(with_source.tokens, question.tokens);
  return with_source;
}

Question make_question_with_recitation(const Tokenizer& tokenizer, const Program& program,
                                       const std::vector<Value>& arguments, int template_index) {
  Question question = make_question(tokenizer, program, arguments, AnswerForm::recite, template_index);
  append_recitation(tokenizer, program, question);
  return question;
}

std::string answer_text(const Program& program, const Execution& execution, AnswerForm form) {
  switch (form) {
    case AnswerForm::direct:
      return fmt::format(" {}", outcome_text(execution.outcome));
    case AnswerForm::trace:
      return trace_text(execution);
    case AnswerForm::recite:
    case AnswerForm::assisted:
      return fmt::format("{}{}{}", recitation_of(program).left, trace_cue(), trace_text(execution));
  }
  return "";
}

}  // namespace pbb
