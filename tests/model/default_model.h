// Tests of the default model run only where it is in the cache.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "model/load.h"

namespace pbb {

class SmolLM2 : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_there()) GTEST_SKIP() << "the default model is not in the cache: `make model` gets it";
  }

 private:
  static bool is_there() {
    try {
      return std::filesystem::exists(resolve_model("smollm2-135m"));
    } catch (const InputError&) {
      return false;
    }
  }
};

}  // namespace pbb
