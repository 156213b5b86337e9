// Asking a model to run programs and judging what it says: items, verdicts, steps, results of an arm.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/answer.h"
#include "evaluation/arm_plan.h"
#include "examples/example.h"
#include "generation/generate.h"
#include "programs/corpus.h"

namespace pbb {

enum class Verdict { correct, wrong, unparsed, error };  // error is ours, never counted as the model's
std::string_view verdict_name(Verdict verdict);
std::string_view split_label(Split split);  // "with-io", "source-only"

struct WorkedExample {
  Program program;
  Execution execution;
};

// One question with its truth.
struct Item {
  Program program;
  Execution truth;
  AnswerForm form = AnswerForm::trace;
  int template_index = 0;
  std::string asked_as = {};                 // the name in the question; empty: the program's own
  std::vector<WorkedExample> examples = {};  // shown before the question
};

// What is asked, as an arm asks it. shuffled: as given; the item's program then has the other's source.
Question make_question(const Tokenizer& tokenizer, const Item& item, ShownSource source, bool chat);
// The part of an answer that the question gives already: a recitation, where source is given; else empty.
std::string given_answer(const Item& item, ShownSource source);

struct StepCheck {
  std::string text;       // as the model wrote it
  bool recalled = false;  // it is the line that the program executes at this place, whatever its numbers
  bool right = false;     // and its numbers are right: equal to the true step
};

struct ItemResult {
  std::string program, domain, kind;
  Split split = Split::with_io;
  AnswerForm form = AnswerForm::trace;
  std::string call;  // "Gleeprag(5)"
  std::string prompt, completion;
  std::string answer;  // what was parsed out of it, as outcome_text writes it; "" when unparsed
  std::string truth;
  Verdict verdict = Verdict::error;
  std::string error;             // why the question could not be asked, when the verdict is `error`
  bool cut = false;              // the completion hit the length cap
  std::vector<StepCheck> steps;  // trace form
  std::vector<std::string> true_steps;
  bool recalled = false;       // every line of the true trace recalled, in order, and no other
  RecitationCheck recitation;  // the forms that recite
};

// What outcome_text writes, "raise ValueError" and "raise ValueError('no tier')"; a full stop at the end is let pass.
std::optional<Outcome> parse_answer(std::string_view text);

// The answer in a completion. One line counts, the first that is not blank (in the forms that recite: after
// the trace's cue): what a model rambles below is no part of the answer. Direct form: the line is one Python
// literal, or "raises ValueError". Otherwise the last step is "return 90", "return 15 * 2 = 30" or "raise
// ValueError"; a line in the direct form is taken too, for a control that never saw a trace may still know
// the answer. A full stop at the end is let pass.
std::optional<Outcome> find_answer(const std::string& completion, AnswerForm form);

// `cut`: the completion was ended by the length cap. A cut first line has no answer, whatever it looks like
// ("return 12" may have been on its way to "return 125"). Steps are compared with the true ones by position.
ItemResult judge(const Item& item, const Question& question, const std::string& completion, bool cut);

// How the answer to a prompt goes on. source_given: with the trace, since the question holds the source.
struct AskedForm {
  AnswerForm form = AnswerForm::trace;
  bool source_given = false;
};
AskedForm asked_form(const Item& item, ShownSource source);
// Whether `token` ends an answer that so far is `completion`.
bool ends_answer(const AskedForm& asked, const Tokenizer& tokenizer, const AnswerEnd& end,
                 std::span<const std::int32_t> completion, std::int32_t token);
// Sets what ends the answer to each prompt and, in the assisted form, has operations computed. `tokenizer`
// and `end` must outlive the generation.
void hook_answers(GenerationOptions& options, const Tokenizer& tokenizer, const AnswerEnd& end,
                  std::vector<AskedForm> asked);

// How the items of an arm are asked.
struct ArmOptions {
  ShownSource source = ShownSource::none;
  bool chat = false;
  Executor executor =
      Executor::itself;  // base: the decoder has an adapter, and all items are of forms that recite
  int batch_size = 64;
  int max_new_tokens = 160;
  std::function<void(std::size_t, std::size_t)> on_progress;
};
// Greedy completions, judged; one result an item, in order. A question that the model's context has no room
// for gets the verdict `error`.
std::vector<ItemResult> run_arm(Decoder& decoder, const Tokenizer& tokenizer, const std::vector<Item>& items,
                                const ArmOptions& options);

// eval/ARM.jsonl: one line an item; whole or not at all. Bytes that are not UTF-8 are written as U+FFFD.
void write_results(const std::filesystem::path& file, const std::vector<ItemResult>& results);
// InputError naming file, line and field when it is not what write_results writes, or not of `expected`
// items.
std::vector<ItemResult> read_results(const std::filesystem::path& file,
                                     std::optional<std::int64_t> expected = std::nullopt);

}  // namespace pbb
