// The table of commands: one file each. A command's function adds its arguments to `app` and what it does as
// a callback.
#pragma once

#include <CLI/CLI.hpp>

namespace pbb {

void add_learn_command(CLI::App& app);     // learn a user's own rules
void add_run_commands(CLI::App& app);      // run, train, eval, report: the main job and its parts
void add_base_command(CLI::App& app);      // train an interpreter base
void add_estimate_command(CLI::App& app);  // what a run will take, before it starts
void add_make_command(CLI::App& app);      // make a corpus, or import a folder of .py files
void add_check_command(CLI::App& app);     // check a corpus or .py files
void add_recipe_command(CLI::App& app);    // a recipe's keys; shell completion
void add_inspect_command(CLI::App& app);   // show what is trained on
void add_ask_command(CLI::App& app);       // one question, its steps checked
void add_serve_command(CLI::App& app);     // a model and its rules over HTTP
void add_audit_command(CLI::App& app);     // a log of decisions: verify it, take them again
void add_export_command(CLI::App& app);    // a run's model as a Hugging Face folder
void add_info_command(CLI::App& app);      // this machine, a model
void add_tokenize_command(CLI::App& app);  // ids of a text
void add_score_command(CLI::App& app);     // log-probabilities of a text
void add_bench_command(CLI::App& app);     // below it:
void add_bench_train(CLI::App& bench);     // speed and memory of training
void add_bench_decode(CLI::App& bench);    // speed of decoding, and what the batch changes

}  // namespace pbb
