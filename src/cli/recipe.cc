// pbb recipe RECIPE.toml: every key with its value. pbb recipe --keys: what each key means.
// pbb completion: a script that completes commands, options and keys in bash.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "recipe/documentation.h"
#include "recipe/recipe.h"

namespace pbb {
namespace {

std::string names_of(const Command& command) {
  std::vector<std::string> names;
  for (const Command& below : command.subcommands()) names.push_back(below.name());
  for (const std::string& flag : command.flags()) names.push_back(flag);
  return fmt::format("{}", fmt::join(names, " "));
}

void add_cases(const Command& command, const std::string& path, std::string& cases) {
  for (const Command& below : command.subcommands()) {
    const std::string name = path + (path.empty() ? "" : " ") + below.name();
    cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", name, names_of(below));
    add_cases(below, name, cases);
  }
}

std::string bash_completion(const Command& app) {
  std::string keys, cases;
  for (const std::string& key : recipe_keys()) {
    if (key.find("NAME") == std::string::npos) keys += fmt::format(" {}=", key);
  }
  add_cases(app, "", cases);
  return fmt::format(R"(# bash completion of pbb: source <(pbb completion)
_pbb() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" command="" word words keys="{}"
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*|*[./=]*) ;; *) command="${{command:+$command }}$word" ;; esac
  done
  words="{}"
  case "$command" in
{}  esac
  case "$command" in run|train|estimate|inspect|recipe) words="$words$keys" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace
}}
complete -o default -F _pbb pbb
)",
                     keys, names_of(app), cases);
}

}  // namespace

void add_recipe_command(Command app) {
  struct Options {
    std::string recipe;
    std::vector<std::string> overrides;
    bool keys = false;
  };
  auto options = std::make_shared<Options>();
  Command command =
      app.add_subcommand("recipe", "Print every key of a recipe with its value, or what each key means");
  command.add_option("RECIPE", options->recipe, "a .toml file");
  command.add_option("OVERRIDES", options->overrides, "key=value, as in seed=2 or stage.1.epochs=3");
  command.add_flag("--keys", options->keys,
                   "what each key means, its default and values: as in docs/recipes.md");
  command.callback([options] {
    if (options->keys) {
      fmt::print("{}", recipe_documentation());
      return;
    }
    if (options->recipe.empty()) {
      throw InputError("no recipe is given", "pbb recipe RECIPE.toml, or pbb recipe --keys");
    }
    fmt::print("{}", write_recipe(read_recipe(options->recipe, options->overrides)));
  });

  Command completion =
      app.add_subcommand("completion", "Print a script that completes commands and keys in bash");
  completion.callback([app] { fmt::print("{}", bash_completion(app)); });
}

}  // namespace pbb
