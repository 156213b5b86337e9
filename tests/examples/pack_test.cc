// Packing and counting.
#include "examples/pack.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"

namespace pbb {
namespace {

Example example(std::string program, ExampleKind kind, std::vector<std::int32_t> tokens,
                std::vector<std::uint8_t> trained) {
  Example made;
  made.tokens = std::move(tokens);
  made.trained = std::move(trained);
  made.program = std::move(program);
  made.kind = kind;
  return made;
}

TEST(Pack, TargetsAreTheNextTokensThatAreTrainedOnAndNeverCrossASequence) {
  const std::vector<Example> examples = {
      example("A", ExampleKind::declaration, {5, 6, 7}, {0, 1, 1}),
      example("B", ExampleKind::execution, {8, 9, 10, 11}, {1, 0, 0, 1}),
  };
  const PackedTokens packed = pack(examples, 4);
  EXPECT_EQ(packed.tokens, (std::vector<std::int32_t>{5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(packed.offsets, (std::vector<std::int32_t>{0, 3, 7}));
  EXPECT_EQ(packed.targets, (std::vector<std::int32_t>{6, 7, -1, -1, -1, 11, -1}));
}

TEST(Pack, InputsAreReadInPlaceOfTokensWhichStayTheTargets) {
  std::vector<Example> examples = {example("A", ExampleKind::declaration, {5, 6, 7}, {0, 1, 1}),
                                   example("B", ExampleKind::declaration, {8, 9}, {0, 1})};
  examples[0].inputs = {5, 99, 7};
  const PackedTokens packed = pack(examples, 4);
  EXPECT_EQ(packed.tokens, (std::vector<std::int32_t>{5, 99, 7, 8, 9}));
  EXPECT_EQ(packed.targets, (std::vector<std::int32_t>{6, 7, -1, 9, -1}));
  EXPECT_TRUE(packed.weights.empty());
}

TEST(Pack, AWeightStandsWhereItsTokenIsPredicted) {
  std::vector<Example> examples = {example("A", ExampleKind::declaration, {5, 6, 7}, {0, 1, 1}),
                                   example("B", ExampleKind::declaration, {8, 9}, {0, 1}),
                                   example("C", ExampleKind::declaration, {3, 4, 5}, {0, 1, 1})};
  examples[0].weights = {0, 0.5F, -2};
  examples[2].weights = {7, 8, 9};
  EXPECT_EQ(pack(examples, 4).weights, (std::vector<float>{0.5F, -2, 1, 1, 1, 8, 9, 1}));
}

TEST(Pack, InputsOrWeightsOfAnotherLengthAreAnError) {
  Example bad = example("A", ExampleKind::declaration, {1, 2}, {0, 1});
  bad.inputs = {1};
  EXPECT_THROW(pack(std::span(&bad, 1), 10), Error);
  bad.inputs = {};
  bad.weights = {1, 1, 1};
  EXPECT_THROW(pack(std::span(&bad, 1), 10), Error);
}

TEST(Pack, EverythingThatIsTrainedOnIsInTheChecksum) {
  const Example plain = example("A", ExampleKind::declaration, {1, 2}, {0, 1});
  Example inputs = plain, weights = plain, tokens = plain, trained = plain;
  inputs.inputs = {1, 3};
  weights.weights = {1, 3};
  tokens.tokens = {1, 3};
  trained.trained = {1, 1};
  std::set<std::uint32_t> sums;
  for (const Example& one : {plain, inputs, weights, tokens, trained}) sums.insert(checksum(one));
  EXPECT_EQ(sums.size(), 5U);
}

TEST(Pack, ASequenceBeyondTheContextIsRefusedByNameAndLengths) {
  const Example long_one = example("Gleeprag", ExampleKind::declaration, {1, 2, 3, 4, 5}, {0, 1, 1, 1, 1});
  EXPECT_NO_THROW(pack(std::span(&long_one, 1), 5));
  try {
    pack(std::span(&long_one, 1), 4);
    FAIL() << "a sequence of 5 tokens was packed into a context of 4";
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("Gleeprag"), std::string::npos) << message;
    EXPECT_NE(message.find('5'), std::string::npos) << message;
    EXPECT_NE(message.find('4'), std::string::npos) << message;
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST(Pack, AMaskOfAnotherLengthIsAnError) {
  const Example bad = example("A", ExampleKind::declaration, {1, 2}, {0});
  EXPECT_THROW(pack(std::span(&bad, 1), 10), Error);
}

TEST(Exposures, AreCountedByProgramAndKindAndAddUp) {
  const std::vector<Example> examples = {
      example("A", ExampleKind::declaration, {5, 6, 7}, {0, 1, 1}),
      example("A", ExampleKind::execution, {8, 9, 10}, {0, 0, 1}),
      example("B", ExampleKind::declaration, {8, 9}, {1, 1}),  // a first token has nothing to predict it
  };
  ExposureCounts counts;
  count_exposures(examples, counts);
  count_exposures(examples, counts);
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts["A"].declarations, 2);
  EXPECT_EQ(counts["A"].executions, 2);
  EXPECT_EQ(counts["A"].trained_tokens, 6);
  EXPECT_EQ(counts["B"].declarations, 2);
  EXPECT_EQ(counts["B"].executions, 0);
  EXPECT_EQ(counts["B"].trained_tokens, 2);
}

}  // namespace
}  // namespace pbb
