#include "recipe/recipe.h"

#include <fmt/format.h>

#include <toml++/toml.h>
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
  fields("min_statements", options.min_statements, Range{1, 20});
  fields("max_statements", options.max_statements, Range{1, 20});
  fields("min_constant", options.min_constant, Range{1, 1000});
  fields("max_constant", options.max_constant, Range{1, 1000});
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
  fields("max_conditions", options.max_conditions, Range{1, 10});
}

template <typename Fields>
void list_corpus(Fields& fields, CorpusRecipe& corpus) {
  fields("folder", corpus.folder);
  fields("python_folder", corpus.python_folder);
  fields("source_only_share", corpus.import.source_only_share, Range{0, 1});
  fields("train_inputs", corpus.make.train_inputs, Range{1, 10000});
  fields("test_inputs", corpus.make.test_inputs, Range{1, 10000});
  fields("max_trace_steps", corpus.make.max_trace_steps, Range{1, 10000});
}

template <typename Fields>
void list_stage(Fields& fields, StageRecipe& stage) {
  fields("name", stage.name);
  fields("arm", stage.arm);
  fields("epochs", stage.data.epochs, Range{0, 10000});
  fields("sequences_per_step", stage.data.sequences_per_step, Range{1, 4096});
  fields("with_io_declarations", stage.data.with_io_declarations, Range{0, 1000});
  fields("with_io_executions", stage.data.with_io_executions, Range{0, 1000});
  fields("source_only_declarations", stage.data.source_only_declarations, Range{0, 1000});
  fields("direct_share", stage.data.direct_share, Range{0, 1});
  fields("learning_rate", stage.train.learning_rate, Range{0, 1});
  fields("final_share", stage.train.final_share, Range{0, 1});
  fields("warmup_steps", stage.train.warmup_steps);
  fields("beta1", stage.train.beta1, Range{0, 0.999999});
  fields("beta2", stage.train.beta2, Range{0, 0.999999});
  fields("weight_decay", stage.train.weight_decay, Range{0, 10});
  fields("clip_norm", stage.train.clip_norm, Range{0, 1e6});
  fields("micro_batch_tokens", stage.train.micro_batch_tokens, Range{1, 1 << 20});
  fields("recompute", stage.train.recompute);
  fields("checkpoint_every_steps", stage.train.checkpoint_every_steps, Range{1, 1e9});
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
    if (auto* stages = root["stage"].as_array()) {
      for (auto& stage : *stages) {
        if (stage.is_table() && (*stage.as_table())["name"].value_or(std::string()) == path[1])
          table = stage.as_table();
      }
    }
    if (!table)
      throw InputError(fmt::format("override '{}': the recipe has no stage named '{}'", text, path[1]));
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
  std::set<std::string> names;
  for (const toml::node& item : *stages) {
    StageRecipe stage;
    stage.name = std::to_string(recipe.stages.size() + 1);
    stage.data.seed = recipe.seed;
    TableReader reader(recipe.file, *item.as_table(), "stage.");
    list_stage(reader, stage);
    reader.finish();
    const bool plain =
        !stage.name.empty() &&
        stage.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (!plain || !names.insert(stage.name).second) {
      throw InputError(
          fmt::format("{}: stage.name = '{}' is taken or not plain", place(recipe.file, item), stage.name),
          "names are lower-case letters, digits and '-', each once");
    }
    stage.data.stage = stage.name;
    recipe.stages.push_back(std::move(stage));
  }
}

void check_whole(const Recipe& recipe) {
  const auto refuse = [&](const std::string& message, const std::string& hint) {
    throw InputError(recipe.file.string() + ": " + message, hint);
  };
  if (recipe.compute != "auto" && recipe.compute != "f32" && recipe.compute != "bf16") {
    refuse(fmt::format("compute = '{}' is not known", recipe.compute), "auto, f32 or bf16");
  }
  for (const auto& form : recipe.evaluation.forms) {
    if (form != "trace" && form != "direct")
      refuse(fmt::format("evaluation.forms: '{}' is not known", form), "trace, direct");
  }
  if (!recipe.corpus.folder.empty() && !recipe.corpus.python_folder.empty()) {
    refuse("both corpus.folder and corpus.python_folder are given", "keep one of them");
  }
}

}  // namespace

toml::table read_toml(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  toml::table root = parse_toml(read_file(file), file);
  for (const auto& text : overrides) apply_override(root, text);
  return root;
}

Recipe read_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const toml::table root = read_toml(file, overrides);
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

std::string write_recipe(const Recipe& given) {
  Recipe recipe = given;  // the lists take what they can also fill
  std::string out;
  TableWriter write(out);
  list_top(write, recipe);
  out += "\n[corpus]\n";
  list_corpus(write, recipe.corpus);
  out += "\n[corpus.arithmetic]\n";
  list_arithmetic(write, recipe.corpus.make.arithmetic);
  out += "\n[corpus.rules]\n";
  list_rules(write, recipe.corpus.make.rules);
  for (StageRecipe& stage : recipe.stages) {
    out += "\n[[stage]]\n";
    list_stage(write, stage);
  }
  out += "\n[evaluation]\n";
  list_evaluation(write, recipe.evaluation);
  return out;
}

}  // namespace pbb
