// The recipe of an interpreter base (`pbb base`): the model it is for, what it is trained on, and the adapter
// that results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "examples/interpreter_data.h"
#include "model/adapter.h"
#include "training/train.h"

namespace pbb {

struct BaseRecipe {
  std::filesystem::path file;
  std::string title;
  std::uint64_t seed = 1;
  std::string model = "smollm2-135m";
  // Whose adapter training goes on from: "none", "interpreter" (the one that ships) or a folder.
  std::string base = "none";
  // auto | f32 | bf16
  std::string compute = "auto";
  InterpreterOptions interpreter;
  AdapterOptions adapter;
  TrainOptions train;
  // What the adapter is written with in place of adapter.alpha; 0: that. A lower one interpolates towards the model
  // as it was: it gives up little of what was learnt last, and most of what was forgotten (WiSE-FT, Wortsman et al.
  // 2022, arXiv:2109.01903).
  double written_alpha = 0;
};

// As read_recipe reads a run's; `overrides` are "training.learning_rate=1e-3" or "seed=2".
BaseRecipe read_base_recipe(const std::filesystem::path& file,
                            const std::vector<std::string>& overrides = {});
// Every key with its value.
std::string write_base_recipe(const BaseRecipe& recipe);

}  // namespace pbb
