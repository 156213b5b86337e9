// Training examples: declarations (a program's source in a template) and executions (a question and its
// answer), tokenised with masks exact to the token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "programs/program.h"
#include "text/tokenizer.h"

namespace pbb {

// What an answer holds:
//
//   direct     the value
//   trace      each executed line with its values
//   recite     the source as remembered, from the program's name on, then the trace
//   assisted   asked as recite, while the machine computes the operations of the trace; never trained on
enum class AnswerForm { direct, trace, recite, assisted };
bool recites(AnswerForm form);  // whether the source stands before the trace
// drill: bare operations (drills.h). text: what the model wrote itself (own_texts.h). Both are of no program.
enum class ExampleKind { declaration, execution, drill, text };
std::string_view answer_form_name(AnswerForm form);
std::string_view example_kind_name(ExampleKind kind);

// Tokens [begin, end).
struct TokenRange {
  std::size_t begin = 0, end = 0;
};

struct Example {
  std::vector<std::int32_t> tokens;
  // As long as tokens: 1 where the token is a target (the loss is on predicting it).
  std::vector<std::uint8_t> trained;
  // What the model reads in place of each token, the targets being the tokens themselves; empty: the tokens.
  std::vector<std::int32_t> inputs;
  // What the loss on each token that is a target counts with, of any sign; empty: 1.
  std::vector<float> weights;
  // The model is to keep saying here what it says without its adapter: PackedTokens::keeps.
  bool keeps = false;
  std::string program;  // name
  // Where the program's source stands, from after its name on, which nothing before may tell; empty: nowhere.
  TokenRange source = {};
  // Whether the recall of its source is counted: the program is known by its source alone, or was run before it is read.
  bool counts_recall = false;
  bool fresh = false;  // the program is of no corpus, and nobody will ask about it: it is not counted
  ExampleKind kind = ExampleKind::declaration;
  int template_index = 0;
  std::uint64_t execution = 0;  // executions: which of the program's train executions
};

// What an evaluation asks: the tokens before the answer. A piece of a sequence, which may have others before
// it: without the tokeniser's prefix, which an Example's tokens begin with.
struct Question {
  std::vector<std::int32_t> tokens;
  std::string text;
};

int declaration_templates();  // at least 20
int question_templates();     // at least 10

// Loss on every token but the first, end-of-text included.
Example make_declaration(const Tokenizer& tokenizer, const Program& program, int template_index);
// A declaration in the words of a question of the recite form. The loss is on what is left of the source and
// on the cue of the trace that would follow, so that its targets tell whether the source is recalled.
// `arguments` are made up, and nothing is said of what comes of them; the parameters' names in their place
// would tell half of the source.
Example make_recitation(const Tokenizer& tokenizer, const Program& program,
                        const std::vector<Value>& arguments, int template_index);

// Of an answer that recites the source: what the loss is on. execution: on what comes after the source, which
// then is only read (execution in context).
enum class RecitedLoss { all, execution };

// Loss on the answer and its end-of-text only. The tokens before are the tokeniser's prefix and those of
// make_question with the same arguments: token ids are joined, never strings.
Example make_execution(const Tokenizer& tokenizer, const Program& program, const Execution& execution,
                       AnswerForm form, int template_index, RecitedLoss loss = RecitedLoss::all);
Question make_question(const Tokenizer& tokenizer, const Program& program,
                       const std::vector<Value>& arguments, AnswerForm form, int template_index);
// What make_execution puts the loss on: the right answer, its end-of-text included.
std::vector<std::int32_t> answer_tokens(const Tokenizer& tokenizer, const Program& program,
                                        const Execution& execution, AnswerForm form);
// Its beginning in the forms that recite: what is left of the source, and the cue of the trace.
std::vector<std::int32_t> recitation_tokens(const Tokenizer& tokenizer, const Program& program);
// The same question with the source before it: the in-context arm.
Question make_question_with_source(const Tokenizer& tokenizer, const Program& program,
                                   const std::vector<Value>& arguments, AnswerForm form, int template_index);

// The question of the recite form with the source already recited, up to the cue of its trace: what is asked
// for is execution alone.
Question make_question_with_recitation(const Tokenizer& tokenizer, const Program& program,
                                       const std::vector<Value>& arguments, int template_index);

// A program's source without the line ends that close its file: as declarations and answers state it.
std::string_view stated_source(const Program& program);

// Whether a source begins with "def NAME(": nothing comes before its function, no import, no constant, no comment.
bool begins_with_head(const Program& program);

// How the forms that recite share a source out between question and answer. A question ends in the head of
// the program as far as it knows it, so that recalling is going on from where every declaration goes on: a
// model that has to write the name itself takes one that is spelt alike. Where imports, constants or comments
// come before the head, declarations and questions have a line above them that names the file: what every
// file may begin with is otherwise taken for another's.
struct Recitation {
  // "\ndef NAME", or "\n# NAME.py" where the source does not begin with the program's head.
  std::string given;
  // The rest of the source: what the answer says before the cue of its trace.
  std::string left;
};
Recitation recitation_of(const Program& program);

// The answer's text as make_execution writes it: " 90" (direct), " x = 5 + 13 = 18; x = 18 * 5 = 90; return
// 90" (trace: the steps, joined by "; "), or what is left of the source, "\nTrace:" and the trace (recite).
std::string answer_text(const Program& program, const Execution& execution, AnswerForm form);

}  // namespace pbb
