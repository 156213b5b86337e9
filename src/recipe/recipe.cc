#include "recipe/recipe.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <map>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "recipe/recipe_tables.h"

namespace pbb {
namespace {

// The keys of each table, listed once: the reader and the writer both walk these lists.

template <typename Fields>
void list_arithmetic(Fields& fields, ArithmeticOptions& options) {
  fields("with_io", options.with_io);
  fields("source_only", options.source_only);
  fields("min_statements", options.min_statements, Range{1, 12});
  fields("max_statements", options.max_statements, Range{1, 12});
  fields("min_constant", options.min_constant, Range{1, 999});
  fields("max_constant", options.max_constant, Range{1, 999});
  fields("max_factor", options.max_factor, Range{2, 100});
  fields("operators", options.operators);
  fields("min_input", options.min_input, Range{-1000, 1000});
  fields("max_input", options.max_input, Range{-1000, 1000});
  fields("branch_share", options.branch_share, Range{0, 1});
  fields("loop_share", options.loop_share, Range{0, 1});
}

template <typename Fields>
void list_rules(Fields& fields, RulesOptions& options) {
  fields("with_io", options.with_io);
  fields("source_only", options.source_only);
  fields("stock", options.stock);
  fields("quality", options.quality);
  fields("price", options.price);
  fields("eligibility", options.eligibility);
  fields("max_conditions", options.max_conditions, Range{1, 5});
}

template <typename Fields>
void list_corpus_inputs(Fields& fields, CorpusRecipe& corpus) {
  fields("train_inputs", corpus.make.train_inputs, Range{1, 10000});
  fields("test_inputs", corpus.make.test_inputs, Range{1, 10000});
  fields("max_trace_steps", corpus.make.max_trace_steps, Range{1, 1000});
}

template <typename Fields>
void list_corpus(Fields& fields, CorpusRecipe& corpus) {
  fields("folder", corpus.folder);
  fields("python_folder", corpus.python_folder);
  fields("source_only_share", corpus.import.source_only_share, Range{0, 1});
  list_corpus_inputs(fields, corpus);
}

// Those of list_corpus that this corpus hangs on.
template <typename Fields>
void list_corpus_as_asked(Fields& fields, CorpusRecipe& corpus) {
  fields("folder", corpus.folder);
  fields("python_folder", corpus.python_folder);
  if (!corpus.python_folder.empty())
    fields("source_only_share", corpus.import.source_only_share, Range{0, 1});
  if (corpus.folder.empty()) list_corpus_inputs(fields, corpus);
}

template <typename Fields>
void list_stage(Fields& fields, StageRecipe& stage) {
  fields("name", stage.name);
  fields("arm", stage.arm);
  fields("epochs", stage.data.epochs, Range{0, 10000, true});
  fields("sequences_per_step", stage.data.sequences_per_step, Range{1, 4096});
  fields("with_io_declarations", stage.data.with_io_declarations, Range{0, 1000});
  fields("with_io_executions", stage.data.with_io_executions, Range{0, 1000});
  fields("source_only_declarations", stage.data.source_only_declarations, Range{0, 1000});
  fields("direct_share", stage.data.direct_share, Range{0, 1});
  fields("learning_rate", stage.train.learning_rate, Range{0, 1, true});
  fields("final_share", stage.train.final_share, Range{0, 1});
  fields("warmup_steps", stage.train.warmup_steps);
  fields("beta1", stage.train.beta1, Range{0, 0.999999});
  fields("beta2", stage.train.beta2, Range{0, 0.999999});
  fields("weight_decay", stage.train.weight_decay, Range{0, 10});
  fields("clip_norm", stage.train.clip_norm, Range{0, 1e6});
  fields("micro_batch_tokens", stage.train.micro_batch_tokens, Range{1, 1 << 20});
  fields("recompute", stage.train.recompute);
  fields("checkpoint_every_steps", stage.train.checkpoint_every_steps, Range{0, 1e9});
}

template <typename Fields>
void list_evaluation(Fields& fields, EvaluationRecipe& evaluation) {
  fields("untrained", evaluation.untrained);
  fields("in_context", evaluation.in_context);
  fields("forms", evaluation.forms);
  fields("with_io_programs", evaluation.with_io_programs);
  fields("batch_size", evaluation.batch_size, Range{1, 4096});
  fields("max_new_tokens", evaluation.max_new_tokens, Range{1, 100000});
}

template <typename Fields>
void list_top(Fields& fields, Recipe& recipe) {
  fields("title", recipe.title);
  fields("seed", recipe.seed);
  fields("model", recipe.model);
  fields("compute", recipe.compute);
}

toml::table parse_toml(const std::string& text, const std::filesystem::path& file) {
  try {
    return toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    throw InputError(
        fmt::format("{}:{}: not TOML: {}", file.string(), error.source().begin.line, error.description()));
  }
}

// What a stage is called: its name, or its number when it says none.
std::string stage_name(const toml::table& stage, std::size_t index) {
  return stage["name"].value_or(std::to_string(index + 1));
}

// The table that a dotted path ends in; "stage.NAME" looks a stage up by its name.
toml::table& descend(toml::table& table, const std::string& key, const std::string& override_text) {
  toml::node* node = table.get(key);
  if (!node) node = &table.insert(key, toml::table{}).first->second;
  if (auto* found = node->as_table()) return *found;
  throw InputError(fmt::format("override '{}': '{}' is not a table", override_text, key));
}

void apply_override(toml::table& root, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InputError(fmt::format("override '{}' is not key=value", text), "as in stage.1.epochs=2");
  }
  std::vector<std::string> path;
  std::istringstream keys(text.substr(0, equals));
  for (std::string key; std::getline(keys, key, '.');) path.push_back(key);

  toml::table* table = &root;
  std::size_t first = 0;
  if (path.size() == 3 && path[0] == "stage") {
    table = nullptr;
    std::string names;
    if (auto* stages = root["stage"].as_array()) {
      for (std::size_t i = 0; i < stages->size(); ++i) {
        auto* stage = stages->get(i)->as_table();
        if (!stage) continue;
        const std::string name = stage_name(*stage, i);
        if (name == path[1]) table = stage;
        names += (names.empty() ? "" : ", ") + name;
      }
    }
    if (!table)
      throw InputError(fmt::format("override '{}': the recipe has no stage named '{}'", text, path[1]),
                       names.empty() ? "" : "it has " + names);
    first = 2;
  }
  for (; first + 1 < path.size(); ++first) table = &descend(*table, path[first], text);

  const std::string value = text.substr(equals + 1);
  toml::parse_result parsed;
  try {
    parsed = toml::parse("value = " + value);
  } catch (const toml::parse_error&) {  // a bare word is a string
    std::ostringstream quoted;
    quoted << toml::value<std::string>(value);
    parsed = toml::parse("value = " + quoted.str());
  }
  parsed.get("value")->visit([&](auto&& node) { table->insert_or_assign(path.back(), node); });
}

// Names become those of files and folders, and tell things apart. `taken`: names with whose they are.
void check_name(const std::string& at, const std::string& key, const std::string& name,
                std::map<std::string, std::string>& taken) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyz0123456789-";
  constexpr std::size_t longest = 60;
  const char* hint = "names are lower-case letters, digits and '-', at most 60 of them, each name once";
  if (name.empty() || name.size() > longest || name.find_first_not_of(plain) != std::string::npos) {
    throw InputError(fmt::format("{}: {} = '{}' is not plain", at, key, name), hint);
  }
  const auto [owner, is_free] = taken.emplace(name, key);
  if (!is_free) {
    throw InputError(fmt::format("{}: {} = '{}' is taken: {}", at, key, name, owner->second), hint);
  }
}

void read_stages(Recipe& recipe, const toml::table& root) {
  const toml::node* node = root.get("stage");
  if (!node) {
    throw InputError(fmt::format("{}: there is no [[stage]]", recipe.file.string()),
                     "a run needs at least one stage of training");
  }
  const toml::array* stages = node->as_array();
  if (!stages || !stages->is_array_of_tables()) {
    throw InputError(fmt::format("{}: stage is not a list of tables", place(recipe.file, *node)),
                     "write [[stage]]");
  }
  std::map<std::string, std::string> names;
  std::map<std::string, std::string> arms{{"untrained", "evaluation.untrained asks it"},
                                          {"in-context", "evaluation.in_context asks it"}};
  for (const toml::node& item : *stages) {
    StageRecipe stage;
    stage.name = stage_name(*item.as_table(), recipe.stages.size());
    stage.data.seed = recipe.seed;
    TableReader reader(recipe.file, *item.as_table(), fmt::format("stage.{}.", stage.name));
    list_stage(reader, stage);
    reader.finish();
    check_name(place(recipe.file, item), fmt::format("stage.{}.name", recipe.stages.size() + 1), stage.name,
               names);
    if (!stage.arm.empty()) {
      const std::string key = fmt::format("stage.{}.arm", stage.name);
      check_name(place(recipe.file, *item.as_table()->get("arm")), key, stage.arm, arms);
    }
    stage.data.stage = stage.name;
    recipe.stages.push_back(std::move(stage));
  }
}

void check_forms(const Recipe& recipe) {
  std::set<std::string> forms;
  for (const auto& form : recipe.evaluation.forms) {
    if (form != "trace" && form != "direct") {
      throw InputError(fmt::format("{}: evaluation.forms: '{}' is not known", recipe.file.string(), form),
                       "trace, direct");
    }
    if (!forms.insert(form).second) {
      throw InputError(fmt::format("{}: evaluation.forms names '{}' twice", recipe.file.string(), form),
                       "every question would be counted twice: name each form once");
    }
  }
}

// InputError for keys that mean nothing beside the others: what they ask for would not be done.
void check_corpus_keys(const std::filesystem::path& file, const toml::table& table, CorpusRecipe corpus) {
  if (!corpus.folder.empty() && !corpus.python_folder.empty()) {
    throw InputError(fmt::format("{}: both corpus.folder and corpus.python_folder are given", file.string()),
                     "keep one of them");
  }
  KeyNames meant;
  list_corpus_as_asked(meant, corpus);
  const bool is_made = corpus.folder.empty() && corpus.python_folder.empty();
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (meant.names.contains(name) || (is_made && node.is_table())) continue;
    const auto [does, hint] =
        is_made ? std::pair("programs are made, not imported from a python_folder", "remove it")
        : !corpus.folder.empty() ? std::pair("corpus.folder is taken as it is", "remove it, or corpus.folder")
                                 : std::pair("the programs of corpus.python_folder are taken",
                                             "remove it, or corpus.python_folder");
    throw InputError(fmt::format("{}: corpus.{} means nothing here: {}", place(file, node), name, does),
                     hint);
  }
}

void check_whole(const Recipe& recipe) {
  const auto refuse = [&](const std::string& message, const std::string& hint) {
    throw InputError(recipe.file.string() + ": " + message, hint);
  };
  if (recipe.compute != "auto" && recipe.compute != "f32" && recipe.compute != "bf16") {
    refuse(fmt::format("compute = '{}' is not known", recipe.compute), "auto, f32 or bf16");
  }
  check_forms(recipe);
}

// As its tables say; what they ask for together is for the caller to check.
Recipe recipe_from(const std::filesystem::path& file, const toml::table& root) {
  Recipe recipe;
  recipe.file = file;
  TableReader top(file, root, "");
  list_top(top, recipe);
  TableReader corpus(file, top.table("corpus"), "corpus.");
  list_corpus(corpus, recipe.corpus);
  TableReader arithmetic(file, corpus.table("arithmetic"), "corpus.arithmetic.");
  list_arithmetic(arithmetic, recipe.corpus.make.arithmetic);
  TableReader rules(file, corpus.table("rules"), "corpus.rules.");
  list_rules(rules, recipe.corpus.make.rules);
  TableReader evaluation(file, top.table("evaluation"), "evaluation.");
  list_evaluation(evaluation, recipe.evaluation);
  top.also_known("stage");
  for (const TableReader* reader : {&top, &corpus, &arithmetic, &rules, &evaluation}) reader->finish();

  recipe.corpus.make.seed = recipe.seed;
  recipe.corpus.import.seed = recipe.seed;
  recipe.corpus.import.train_inputs = recipe.corpus.make.train_inputs;
  recipe.corpus.import.test_inputs = recipe.corpus.make.test_inputs;
  read_stages(recipe, root);
  check_whole(recipe);
  return recipe;
}

}  // namespace

toml::table read_toml(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  toml::table root = parse_toml(read_file(file), file);
  for (const auto& text : overrides) apply_override(root, text);
  return root;
}

Recipe read_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const toml::table root = read_toml(file, overrides);
  Recipe recipe = recipe_from(file, root);
  if (const auto* corpus = root["corpus"].as_table()) check_corpus_keys(file, *corpus, recipe.corpus);
  return recipe;
}

Recipe read_kept_recipe(const std::filesystem::path& file) {
  return recipe_from(file, parse_toml(read_file(file), file));
}

std::string write_recipe(const Recipe& given) {
  Recipe recipe = given;  // the lists take what they can also fill
  std::string out;
  TableWriter write(out);
  list_top(write, recipe);
  out += "\n[corpus]\n";
  list_corpus_as_asked(write, recipe.corpus);
  if (recipe.corpus.folder.empty() && recipe.corpus.python_folder.empty()) {
    out += "\n[corpus.arithmetic]\n";
    list_arithmetic(write, recipe.corpus.make.arithmetic);
    out += "\n[corpus.rules]\n";
    list_rules(write, recipe.corpus.make.rules);
  }
  for (StageRecipe& stage : recipe.stages) {
    out += "\n[[stage]]\n";
    list_stage(write, stage);
  }
  out += "\n[evaluation]\n";
  list_evaluation(write, recipe.evaluation);
  return out;
}

}  // namespace pbb
