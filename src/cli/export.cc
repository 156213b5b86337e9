// pbb export RUN --to DIR: a run's model as a Hugging Face folder, which transformers and others load.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "run/models.h"
#include "run/taken_folder.h"

namespace pbb {

void add_export_command(Command app) {
  struct Options {
    std::string model, folder, dtype = "f32";
    bool replace = false;
  };
  auto options = std::make_shared<Options>();
  Command command =
      app.add_subcommand("export", "Write a run's model (or any model) as a Hugging Face folder");
  command.add_option("RUN", options->model, "a run's folder, or any MODEL").required();
  command.add_option("--to", options->folder, "the folder to write").required();
  command.add_option("--dtype", options->dtype, "of the weights: f32 or bf16").one_of({"f32", "bf16"});
  command.add_flag("--replace", options->replace,
                   "write over an earlier export, if nothing in it was added or edited since");
  command.callback([options] {
    const Replace replace = options->replace ? Replace::unchanged : Replace::nothing;
    check_outside_of_runs(options->folder);
    check_replaceable(options->folder, "model", replace);  // before the model is read
    LoadedModel model = load_any_model(options->model, DataType::f32);
    if (model.decoder.adapter() != nullptr)
      model.decoder.merge_adapter();  // what the run has learnt is in it
    save_model(options->folder, model.decoder, model.tokenizer,
               options->dtype == "bf16" ? DataType::bf16 : DataType::f32, replace);
    fmt::print("{}\n", options->folder);
  });
}

}  // namespace pbb
