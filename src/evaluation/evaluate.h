// Asking a model to run programs and judging what it says: items, verdicts, steps, results of an arm.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "examples/example.h"
#include "generation/generate.h"
#include "programs/corpus.h"

namespace pbb {

enum class Verdict { correct, wrong, unparsed, error };  // error is ours, never counted as the model's
std::string_view verdict_name(Verdict verdict);

// One question with its truth.
struct Item {
  Program program;
  Execution truth;
  AnswerForm form = AnswerForm::trace;
  int template_index = 0;
};

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
  std::string answer;  // what was parsed out of it, "" when unparsed
  std::string truth;
  Verdict verdict = Verdict::error;
  bool cut = false;              // the completion hit the length cap
  std::vector<StepCheck> steps;  // trace form
  std::vector<std::string> true_steps;
  bool recalled = false;  // every line of the true trace recalled, in order, and no other
};

// The answer in a completion: after the last "The result is " for traces, the whole first line for direct
// ones.
std::optional<Value> find_answer(const std::string& completion, AnswerForm form);
ItemResult judge(const Item& item, const Question& question, const std::string& completion, bool cut);

// An arm: a model, and how it is asked.
struct ArmOptions {
  std::string name;  // "trained", "before-source", "untrained", "in-context"
  bool source_in_prompt = false;
  int batch_size = 64;
  int max_new_tokens = 160;
  std::function<void(std::size_t, std::size_t)> on_progress;
};
std::vector<ItemResult> run_arm(Decoder& decoder, const Tokenizer& tokenizer, const std::vector<Item>& items,
                                const ArmOptions& options);

// eval/ARM.jsonl: one line an item; whole or not at all.
void write_results(const std::filesystem::path& file, const std::vector<ItemResult>& results);
std::vector<ItemResult> read_results(const std::filesystem::path& file);

}  // namespace pbb
