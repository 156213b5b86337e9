// The table of commands: one file each. A command's function adds its arguments to `app` and what it does as
// a callback.
#pragma once

#include "cli/command.h"

namespace pbb {

void add_learn_command(Command app);        // learn a user's own rules
void add_assess_command(Command app);       // what teaching a user's own rules is worth
void add_run_commands(Command app);         // run, train, eval, report: the main job and its parts
void add_base_command(Command app);         // train an interpreter base
void add_estimate_command(Command app);     // what a run will take, before it starts
void add_make_command(Command app);         // make a corpus, or import a folder of .py files
void add_check_command(Command app);        // check a corpus or .py files
void add_recipe_command(Command app);       // a recipe's keys; shell completion
void add_inspect_command(Command app);      // show what is trained on
void add_ask_command(Command app);          // one question, its steps checked
void add_serve_command(Command app);        // a model and its rules over HTTP
void add_audit_command(Command app);        // a log of decisions: verify it, take them again
void add_export_command(Command app);       // a run's model as a Hugging Face folder
void add_export_data_command(Command app);  // what each stage trains on, for other tools
void add_info_command(Command app);         // this machine, a model
void add_tokenize_command(Command app);     // ids of a text
void add_score_command(Command app);        // log-probabilities of a text
void add_bench_command(Command app);        // below it:
void add_bench_train(Command bench);        // speed and memory of training
void add_bench_decode(Command bench);       // speed of decoding, and what the batch changes

}  // namespace pbb
