// pbb tokenize MODEL FILE: the ids of a text, to compare with a reference.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "run/models.h"

namespace pbb {

void add_tokenize_command(Command app) {
  struct Options {
    std::string model, file;
    bool json = false, no_special_tokens = false;
  };
  auto options = std::make_shared<Options>();
  Command command = app.add_subcommand("tokenize", "Print the token ids of a text file");
  command.add_option("MODEL", options->model, "smollm2-135m, a GGUF file, a Hugging Face folder or a run")
      .required();
  command.add_option("FILE", options->file, "text, UTF-8").required();
  command.add_flag("--json", options->json, R"(print {"ids": [...]})");
  command.add_flag("--no-special-tokens", options->no_special_tokens,
                   "without what the tokeniser puts before every text");
  command.callback([options] {
    const Tokenizer tokenizer = load_any_tokenizer(options->model);
    const std::string text = read_file(options->file);
    const auto ids = options->no_special_tokens ? tokenizer.encode(text) : tokenizer.encode_sequence(text);
    if (options->json) {
      fmt::print("{}\n", nlohmann::json{{"ids", ids}}.dump());
      return;
    }
    for (const std::int32_t id : ids) fmt::print("{:6}  {}\n", id, printable_line(tokenizer.token(id)));
  });
}

}  // namespace pbb
