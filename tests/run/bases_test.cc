// Interpreter bases: taken only as they were written, and only for the weights that they were trained on.
#include "run/bases.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/temporary_folder.h"
#include "examples/byte_tokenizer.h"
#include "model/byte_decoder.h"
#include "model/load.h"
#include "run/models.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

std::uint32_t weights_checksum(Decoder& decoder) {
  return checksum(std::as_bytes(decoder.base().flat.span<float>()));
}

// A decoder whose adapter changes something, written as a base.
Decoder write_small_base(const fs::path& folder, const fs::path& texts = {}) {
  Decoder decoder = byte_decoder(512, 1);
  decoder.add_adapter({.rank = 2, .alpha = 4}, 1);
  for (float& value : decoder.trained().flat.span<float>()) value += 0.125F;
  BaseRecord record;
  record.title = "small";
  record.model = "bytes";
  record.model_weights = weights_checksum(decoder);
  record.commands = {"pbb base small.toml"};
  record.steps = 3;
  record.tokens = 40;
  record.seconds = 1.5;
  write_base(folder, decoder, record, texts);
  return decoder;
}

void edit_record(const fs::path& base, const nlohmann::json& changes, const char* without = "") {
  nlohmann::json record = read_json(base / "base.json");
  if (!changes.empty()) record.update(changes);
  record.erase(without);
  write_file(base / "base.json", record.dump());
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

TEST(Bases, TextsThatWereChangedSinceAreRefusedWhereTheRecordTellsOfThem) {
  const TemporaryFolder folder;
  write_file(folder / "texts.jsonl", "{\"text\": \"oak\"}\n");
  write_small_base(folder / "base", folder / "texts.jsonl");
  const auto merge = [&] {
    Decoder decoder = byte_decoder(512, 1);
    merge_base(decoder, folder / "base");
  };
  EXPECT_NO_THROW(merge());
  write_file(folder / "base/texts.jsonl", "{\"text\": \"elm\"}\n");
  EXPECT_THROW(merge(), InputError);
  fs::remove(folder / "base/texts.jsonl");
  EXPECT_THROW(merge(), InputError);
  edit_record(folder / "base", {}, "texts_crc32");  // as an earlier version wrote it
  EXPECT_NO_THROW(merge());
}

TEST(Bases, ABaseThatGoesOnFromAnotherTellsOfAllThatWasDone) {
  const TemporaryFolder folder;
  write_small_base(folder / "first");
  BaseRecord own;
  own.commands = {"pbb base more.toml base=first"};
  own.steps = 4;
  own.tokens = 50;
  own.seconds = 2;
  const BaseRecord both = going_on_from(read_base_record(folder / "first"), own);
  EXPECT_EQ(both.steps, 7);
  EXPECT_EQ(both.tokens, 90);
  EXPECT_EQ(both.seconds, 3.5);
  EXPECT_EQ(both.commands,
            (std::vector<std::string>{"pbb base small.toml", "pbb base more.toml base=first"}));
  // Earlier versions noted one command and no seconds: a sum without theirs would be wrong.
  edit_record(folder / "first", {{"command", "pbb base old.toml"}}, "seconds");
  edit_record(folder / "first", {}, "commands");
  const BaseRecord after_older = going_on_from(read_base_record(folder / "first"), own);
  EXPECT_EQ(after_older.steps, 7);
  EXPECT_FALSE(after_older.seconds);
  EXPECT_EQ(after_older.commands.front(), "pbb base old.toml");
  edit_record(folder / "first", {{"steps", "three"}});
  EXPECT_THROW(going_on_from(read_base_record(folder / "first"), own), InputError);
}

TEST(Bases, TextsAreReadOnceAndOnlyWhereAStageShowsThem) {
  const TemporaryFolder folder;
  write_small_base(folder / "base");
  const Tokenizer tokenizer = byte_tokenizer();
  Recipe recipe;
  recipe.base = (folder / "base").string();
  StageRecipe exposures, reading, without;
  reading.kind = without.kind = StageKind::reading;
  without.reading.texts = 0;
  BaseTexts texts(recipe, tokenizer);
  write_file(folder / "base/texts.jsonl", "no text\n");
  EXPECT_TRUE(texts.shown_by(exposures).empty());
  EXPECT_TRUE(texts.shown_by(without).empty());
  EXPECT_THROW(texts.shown_by(reading), InputError);
  write_file(folder / "base/texts.jsonl", "{\"text\": \"oak\"}\n");
  EXPECT_EQ(texts.shown_by(reading).size(), 1U);
  fs::remove(folder / "base/texts.jsonl");
  EXPECT_EQ(texts.shown_by(reading).size(), 1U);
}

TEST(Bases, ARunStandsOnItsBasesTextsAndOneOfAnEarlierVersionOnTheRest) {
  const TemporaryFolder folder;
  save_model(folder / "model", byte_decoder(512, 1), byte_tokenizer());
  write_small_base(folder / "base");
  Recipe recipe;
  recipe.model = (folder / "model").string();
  recipe.base = (folder / "base").string();
  const std::string of_earlier_version = model_checksum(recipe);
  write_file(folder / "base/texts.jsonl", "{\"text\": \"oak\"}\n");
  const std::string begun_with = model_checksum(recipe);
  EXPECT_NO_THROW(require_same_model("run", recipe, begun_with));
  write_file(folder / "base/texts.jsonl", "{\"text\": \"elm\"}\n");
  EXPECT_THROW(require_same_model("run", recipe, begun_with), InputError);
  EXPECT_NO_THROW(require_same_model("run", recipe, of_earlier_version));
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
  EXPECT_EQ(read_base_record(folder / "base").model, "bytes");
}

TEST(Bases, ARecordThatPbbDoesNotWriteIsTheInputsFault) {
  const TemporaryFolder folder;
  write_small_base(folder / "base");
  const std::string whole = read_file(folder / "base/base.json");
  for (const nlohmann::json& changed : std::vector<nlohmann::json>{{{"model", 7}},
                                                                   {{"adapter_crc32", 7}},
                                                                   {{"adapter_crc32", "12"}},
                                                                   {{"model_weights_crc32", "none at"}},
                                                                   {{"texts_crc32", "xxxxxxxx"}},
                                                                   {{"seconds", "two"}}}) {
    write_file(folder / "base/base.json", whole);
    edit_record(folder / "base", changed);
    Decoder decoder = byte_decoder(512, 1);
    EXPECT_THROW(read_base(decoder, folder / "base"), InputError) << changed;
  }
  for (const char* record : {"{}", "[]", "7"}) {
    write_file(folder / "base/base.json", record);
    Decoder decoder = byte_decoder(512, 1);
    EXPECT_THROW(read_base(decoder, folder / "base"), InputError) << record;
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
  const std::string texts = read_file(shipped / own_texts_file);
  std::snprintf(found, sizeof found, "%08x", checksum(std::as_bytes(std::span(texts))));
  EXPECT_EQ(record.at("texts_crc32"), found);
}

}  // namespace
}  // namespace pbb
