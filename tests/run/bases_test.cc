// Interpreter bases: taken only as they were written, and only for the weights that they were trained on.
#include "run/bases.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/temporary_folder.h"
#include "model/byte_decoder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

std::uint32_t weights_checksum(Decoder& decoder) {
  return checksum(std::as_bytes(decoder.base().flat.span<float>()));
}

// A decoder whose adapter changes something, written as a base.
Decoder write_small_base(const fs::path& folder) {
  Decoder decoder = byte_decoder(512, 1);
  decoder.add_adapter({.rank = 2, .alpha = 4}, 1);
  for (float& value : decoder.trained().flat.span<float>()) value += 0.125F;
  write_base(folder, decoder,
             {.title = "small",
              .model = "bytes",
              .model_weights = weights_checksum(decoder),
              .adapter = 0,
              .command = {},
              .commit = {},
              .processor = {},
              .steps = 0,
              .tokens = 0});
  return decoder;
}

TEST(Bases, AMergedBaseHasTheWeightsOfItsAdapterMerged) {
  const TemporaryFolder folder;
  Decoder written = write_small_base(folder / "base");
  written.merge_adapter();
  Decoder decoder = byte_decoder(512, 1);
  const std::uint32_t before = weights_checksum(decoder);
  merge_base(decoder, folder / "base");
  EXPECT_NE(weights_checksum(decoder), before);
  EXPECT_EQ(decoder.adapter(), nullptr);
  const auto found = decoder.weights().span<float>(), wanted = written.weights().span<float>();
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], wanted[i], 0.02) << i;  // bf16 factors
}

TEST(Bases, ABaseForOtherWeightsOrChangedSinceIsRefused) {
  const TemporaryFolder folder;
  write_small_base(folder / "base");
  Decoder other = byte_decoder(512, 2);
  EXPECT_THROW(merge_base(other, folder / "base"), InputError);
  std::ofstream(folder / "base" / "adapter_model.safetensors", std::ios::app) << "x";
  Decoder decoder = byte_decoder(512, 1);
  EXPECT_THROW(merge_base(decoder, folder / "base"), InputError);
}

TEST(Bases, AnAdapterThatIsReadToGoOnFromIsTheOneThatWasWritten) {
  const TemporaryFolder folder;
  const Decoder written = write_small_base(folder / "base");
  Decoder decoder = byte_decoder(512, 1);
  const Adapter adapter = read_base(decoder, folder / "base");
  EXPECT_EQ(adapter.options, written.adapter()->options);
  const auto found = adapter.parameters.flat.span<float>();
  const auto wanted = written.adapter()->parameters.flat.span<float>();
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], wanted[i], 0.02) << i;  // in bf16
}

TEST(Bases, WhatIsNoBaseIsRefusedWithAHint) {
  const TemporaryFolder folder;
  EXPECT_THROW(resolve_base(folder.path().string(), "smollm2-135m"), InputError);
  EXPECT_THROW(resolve_base("interpreter", "a model that has none"), InputError);
}

TEST(Bases, OneSaysWhichModelItIsOf) {
  const TemporaryFolder folder;
  write_small_base(folder / "base");
  EXPECT_TRUE(is_base_folder(folder / "base"));
  EXPECT_FALSE(is_base_folder(folder.path()));
  EXPECT_EQ(model_of_base(folder / "base"), "bytes");
  for (const char* record : {"{}", "[]", R"({"model": 7})"}) {
    write_file(folder / "base" / "base.json", record);
    EXPECT_THROW(model_of_base(folder / "base"), InputError) << record;
  }
}

TEST(Bases, TheOneThatShipsIsAsItWasWritten) {
  const fs::path shipped = fs::path(PBB_GOLDEN).parent_path().parent_path() / "bases/smollm2-135m";
  const auto record = read_json(shipped / "base.json");
  const std::string bytes = read_file(shipped / "adapter_model.safetensors");
  EXPECT_LT(bytes.size(), 16'000'000U);
  char found[9];
  std::snprintf(found, sizeof found, "%08x", checksum(std::as_bytes(std::span(bytes))));
  EXPECT_EQ(record.at("adapter_crc32"), found);
}

}  // namespace
}  // namespace pbb
