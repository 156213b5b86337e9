// Generation on a tiny random model.
#include "generation/generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/cancellation.h"
#include "base/error.h"
#include "generation/sample.h"
#include "model/tiny.h"

namespace pbb {
namespace {

using Prompts = std::vector<std::vector<std::int32_t>>;

Prompts some_prompts(const Decoder& decoder, std::size_t count) {
  Prompts prompts;
  for (std::size_t p = 0; p < count; ++p) {
    prompts.push_back(random_tokens(p, 1 + p * 5 % 23, decoder.config().vocabulary));
  }
  return prompts;
}

GenerationOptions greedy(int max_new_tokens, int batch_size) {
  GenerationOptions options;
  options.max_new_tokens = max_new_tokens;
  options.batch_size = batch_size;
  return options;
}

// What `generate` should give: the whole sequence scored anew for every token.
std::vector<std::int32_t> complete_without_cache(Decoder& decoder, std::vector<std::int32_t> tokens,
                                                 int count) {
  const std::size_t prompt = tokens.size();
  for (int n = 0; n < count; ++n) {
    std::int32_t best = 0;
    float best_score = -INFINITY;
    for (std::int32_t candidate = 0; candidate < decoder.config().vocabulary; ++candidate) {
      PackedTokens batch;
      batch.tokens = tokens;
      batch.offsets = {0, static_cast<std::int32_t>(tokens.size())};
      batch.targets.assign(tokens.size(), -1);
      batch.targets.back() = candidate;
      const float found = score(decoder, batch).back();
      if (found > best_score) best = candidate, best_score = found;
    }
    tokens.push_back(best);
  }
  return {tokens.begin() + static_cast<std::ptrdiff_t>(prompt), tokens.end()};
}

TEST(Generate, AMergedAdapterGivesTheTokensOfTheAdapterItself) {
  for (const char* family : {"llama", "qwen2", "qwen3"}) {
    Decoder decoder = tiny_decoder(family);
    const Prompts prompts = some_prompts(decoder, 9);
    const auto before = generate(decoder, prompts, greedy(12, 4));
    decoder.add_adapter({.rank = 4}, 1);
    for (float& value : decoder.trained().flat.span<float>()) value += 0.1F;
    decoder.refresh_trained();
    const auto unmerged = generate(decoder, prompts, greedy(12, 4));
    decoder.merge_adapter();
    const auto merged = generate(decoder, prompts, greedy(12, 4));
    std::size_t changed = 0;
    for (std::size_t p = 0; p < prompts.size(); ++p) {
      EXPECT_EQ(unmerged[p].tokens, merged[p].tokens) << family << ' ' << p;
      changed += unmerged[p].tokens != before[p].tokens ? 1U : 0U;
    }
    EXPECT_GT(changed, 0U) << family;
  }
}

TEST(Generate, GreedyIsTheLikeliestTokenEachTime) {
  Decoder decoder = tiny_decoder("llama");
  const Prompts prompts = some_prompts(decoder, 3);
  const auto completions = generate(decoder, prompts, greedy(4, 2));
  for (std::size_t p = 0; p < prompts.size(); ++p) {
    EXPECT_EQ(completions[p].tokens, complete_without_cache(decoder, prompts[p], 4)) << p;
  }
}

class GenerateIn : public ::testing::TestWithParam<DataType> {};

TEST_P(GenerateIn, BatchSizeChangesNothing) {
  Decoder decoder = tiny_decoder("llama", GetParam());
  const Prompts prompts = some_prompts(decoder, 40);
  for (const float temperature : {0.0F, 0.8F}) {
    std::vector<Completion> first;
    for (const int batch_size : {1, 3, 64}) {
      GenerationOptions options = greedy(12, batch_size);
      options.temperature = temperature;
      options.stop_tokens = {5, 17, 60};
      const auto completions = generate(decoder, prompts, options);
      if (first.empty()) first = completions;
      for (std::size_t p = 0; p < prompts.size(); ++p) {
        EXPECT_EQ(completions[p].tokens, first[p].tokens) << "prompt " << p << ", batch " << batch_size;
        EXPECT_EQ(completions[p].log_probabilities, first[p].log_probabilities);
        EXPECT_EQ(completions[p].stopped, first[p].stopped);
      }
    }
  }
}

TEST_P(GenerateIn, TheOrderOfPromptsChangesNothing) {
  Decoder decoder = tiny_decoder("qwen2", GetParam());
  const Prompts prompts = some_prompts(decoder, 30);
  const auto there = generate(decoder, prompts, greedy(12, 20));
  const auto back = generate(decoder, Prompts(prompts.rbegin(), prompts.rend()), greedy(12, 20));
  for (std::size_t p = 0; p < prompts.size(); ++p) {
    EXPECT_EQ(back[prompts.size() - 1 - p].tokens, there[p].tokens) << p;
    EXPECT_EQ(back[prompts.size() - 1 - p].log_probabilities, there[p].log_probabilities) << p;
  }
}

// A few beginnings, each with several ends; some prompts are there twice, or are the beginning of another.
Prompts prompts_that_begin_alike(const Decoder& decoder) {
  Prompts prompts;
  for (std::size_t p = 0; p < 24; ++p) {
    prompts.push_back(random_tokens(p % 3, 20 + p % 3 * 10, decoder.config().vocabulary));
    const auto end = random_tokens(100 + p % 7, p % 7, decoder.config().vocabulary);
    prompts.back().insert(prompts.back().end(), end.begin(), end.end());
  }
  return prompts;
}

TEST_P(GenerateIn, SharedBeginningsChangeNoBit) {
  for (const auto* family : {"llama", "qwen3"}) {
    Decoder decoder = tiny_decoder(family, GetParam());
    const Prompts prompts = prompts_that_begin_alike(decoder);
    for (const int batch_size : {2, 10, 64}) {
      const auto together = generate(decoder, prompts, greedy(8, batch_size));
      for (std::size_t p = 0; p < prompts.size(); ++p) {
        const Completion alone = generate(decoder, {&prompts[p], 1}, greedy(8, 1)).front();
        EXPECT_EQ(alone.shared_tokens, 0U);
        EXPECT_EQ(together[p].tokens, alone.tokens) << p;
        EXPECT_EQ(together[p].log_probabilities, alone.log_probabilities) << p;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, GenerateIn, ::testing::Values(DataType::f32, DataType::bf16),
                         [](const auto& test) { return std::string(data_type_name(test.param)); });

TEST(Generate, SharedBeginningsAreComputedOnce) {
  Decoder decoder = tiny_decoder("llama");
  const Prompts prompts = prompts_that_begin_alike(decoder);
  for (const int batch_size : {2, 10, 64}) {
    std::size_t computed = 0;
    const auto completions = generate(decoder, prompts, greedy(2, batch_size));
    for (std::size_t p = 0; p < prompts.size(); ++p) {
      computed += prompts[p].size() - completions[p].shared_tokens;
    }
    EXPECT_GE(computed, 20U + 30U + 40U);  // each beginning once, and of each prompt what follows it:
    EXPECT_LE(computed, 20U + 30U + 40U + 24U * 7U);
  }
  const Prompts copies(16, random_tokens(1, 40, decoder.config().vocabulary));
  const auto completions = generate(decoder, copies, greedy(2, 16));
  EXPECT_EQ(std::ranges::count(completions, 39U, &Completion::shared_tokens), 15);
}

TEST(Generate, LogProbabilitiesAreThoseOfScore) {
  Decoder decoder = tiny_decoder("qwen3");
  const Prompts prompts = some_prompts(decoder, 7);
  GenerationOptions options = greedy(10, 4);
  options.temperature = 1.3F;
  const auto completions = generate(decoder, prompts, options);
  for (std::size_t p = 0; p < prompts.size(); ++p) {
    PackedTokens batch;
    batch.tokens = prompts[p];
    const auto& tokens = completions[p].tokens;
    batch.tokens.insert(batch.tokens.end(), tokens.begin(), tokens.end());
    batch.offsets = {0, static_cast<std::int32_t>(batch.tokens.size())};
    batch.targets.assign(batch.tokens.begin() + 1, batch.tokens.end());
    batch.targets.push_back(-1);
    const std::vector<float> scores = score(decoder, batch);
    ASSERT_EQ(completions[p].log_probabilities.size(), tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      EXPECT_NEAR(completions[p].log_probabilities[i], scores[prompts[p].size() - 1 + i], 1e-4)
          << p << ' ' << i;
    }
  }
}

TEST(Generate, AStopTokenEndsACompletionAndIsNotPartOfIt) {
  Decoder decoder = tiny_decoder("llama");
  const Prompts prompts = some_prompts(decoder, 1);
  const Completion whole = generate(decoder, prompts, greedy(12, 1)).front();
  EXPECT_FALSE(whole.stopped);
  ASSERT_EQ(whole.tokens.size(), 12U);
  GenerationOptions options = greedy(12, 1);
  options.stop_tokens = {whole.tokens[7]};
  const auto first = std::ranges::find(whole.tokens, whole.tokens[7]);
  const Completion stopped = generate(decoder, prompts, options).front();
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(stopped.tokens, std::vector<std::int32_t>(whole.tokens.begin(), first));
  EXPECT_EQ(stopped.log_probabilities.size(), stopped.tokens.size());
}

TEST(Generate, TheContextsEndCutsACompletion) {
  Decoder decoder = tiny_decoder("llama");
  const auto context = static_cast<std::size_t>(decoder.config().context);
  const Prompts prompts = {random_tokens(1, context - 3, decoder.config().vocabulary),
                           random_tokens(2, context, decoder.config().vocabulary)};
  const auto completions = generate(decoder, prompts, greedy(50, 2));
  EXPECT_EQ(completions[0].tokens.size(), 4U);  // the last one is never fed
  EXPECT_EQ(completions[1].tokens.size(), 1U);
  EXPECT_FALSE(completions[0].stopped || completions[1].stopped);
}

TEST(Generate, LongPromptsGoInOverSeveralCalls) {
  Decoder decoder = tiny_decoder("llama");
  Prompts prompts;  // 40 · 60 tokens, of which one call takes 1024
  for (std::size_t p = 0; p < 40; ++p) prompts.push_back(random_tokens(p, 60, decoder.config().vocabulary));
  const auto together = generate(decoder, prompts, greedy(3, 40));
  const auto alone = generate(decoder, prompts, greedy(3, 1));
  for (std::size_t p = 0; p < prompts.size(); ++p) EXPECT_EQ(together[p].tokens, alone[p].tokens) << p;
}

TEST(Generate, CallbacksSeeEveryTokenInOrderAndEveryEnd) {
  Decoder decoder = tiny_decoder("llama");
  const Prompts prompts = some_prompts(decoder, 5);
  std::map<std::size_t, std::vector<std::int32_t>> seen;
  std::vector<std::size_t> ends;
  GenerationOptions options = greedy(6, 2);
  options.on_token = [&](std::size_t prompt, std::int32_t token) { seen[prompt].push_back(token); };
  options.on_progress = [&](std::size_t finished, std::size_t total) {
    EXPECT_EQ(total, 5U);
    ends.push_back(finished);
  };
  const auto completions = generate(decoder, prompts, options);
  for (std::size_t p = 0; p < prompts.size(); ++p) EXPECT_EQ(seen[p], completions[p].tokens);
  EXPECT_EQ(ends, (std::vector<std::size_t>{1, 2, 3, 4, 5}));
}

TEST(Generate, ItsCallsAreThoseThatThePromptsAndTheAnswersLengthsSay) {
  Decoder decoder = tiny_decoder("llama");
  Prompts prompts = some_prompts(decoder, 30);
  for (const auto& prompt : prompts_that_begin_alike(decoder)) prompts.push_back(prompt);
  for (const int batch_size : {1, 7, 64}) {
    GenerationOptions options = greedy(9, batch_size);
    options.stop_tokens = {5, 17, 60, 33, 2};
    std::vector<std::pair<std::size_t, std::size_t>> calls, planned;
    options.on_call = [&](const CallSize& call) { calls.emplace_back(call.rows, call.logits); };
    std::vector<std::int64_t> answers;
    for (const Completion& one : generate(decoder, prompts, options)) {
      answers.push_back(static_cast<std::int64_t>(one.tokens.size()) + (one.stopped ? 1 : 0));
    }
    for (const CallSize& call : planned_calls(decoder.config(), prompts, answers, options)) {
      planned.emplace_back(call.rows, call.logits);
    }
    EXPECT_EQ(planned, calls) << batch_size;
  }
}

TEST(Generate, SeedsDecideSamples) {
  Decoder decoder = tiny_decoder("llama");
  const Prompts prompts = some_prompts(decoder, 4);
  const auto sample = [&](std::uint64_t seed) {
    GenerationOptions options = greedy(10, 4);
    options.temperature = 1.0F;
    options.seed = seed;
    std::vector<std::int32_t> all;
    for (const Completion& one : generate(decoder, prompts, options)) {
      all.insert(all.end(), one.tokens.begin(), one.tokens.end());
    }
    return all;
  };
  EXPECT_EQ(sample(1), sample(1));
  EXPECT_NE(sample(1), sample(2));
}

TEST(Generate, BadRequestsAreRefused) {
  Decoder decoder = tiny_decoder("llama");
  const Prompts empty = {{1, 2}, {}}, good = {{1, 2}};
  const Prompts too_long = {random_tokens(1, 65, decoder.config().vocabulary)};
  EXPECT_THROW(generate(decoder, empty, greedy(4, 1)), InputError);
  EXPECT_THROW(generate(decoder, too_long, greedy(4, 1)), InputError);
  EXPECT_THROW(generate(decoder, good, greedy(0, 1)), InputError);
  EXPECT_THROW(generate(decoder, good, greedy(4, 0)), InputError);
  GenerationOptions options = greedy(4, 1);
  options.temperature = NAN;
  EXPECT_THROW(generate(decoder, good, options), InputError);
  EXPECT_TRUE(generate(decoder, Prompts{}, greedy(4, 1)).empty());
}

TEST(Generate, DivergedWeightsAreAnErrorNotATokenZero) {
  Decoder decoder = tiny_decoder("llama");
  for (float& weight : decoder.weights().span<float>()) weight = NAN;
  decoder.refresh();
  EXPECT_THROW(generate(decoder, Prompts{{1, 2}}, greedy(4, 1)), Error);
}

TEST(Generate, CancellationInterrupts) {
  Decoder decoder = tiny_decoder("llama");
  request_cancellation();
  EXPECT_THROW(generate(decoder, Prompts{{1, 2}}, greedy(4, 1)), Interrupted);
  clear_cancellation();
}

LogitsSummary summary_of(const std::vector<float>& logits) {
  Tensor row({1, static_cast<std::int64_t>(logits.size())}, DataType::f32);
  std::ranges::copy(logits, row.span<float>().begin());
  LogitsSummary summary;
  summarize_logits(row, std::span(&summary, 1));
  return summary;
}

TEST(Sample, GreedyTakesTheFirstOfEquals) {
  Random random(1, "test");
  const std::vector<float> logits = {1, 3, 3, 0};
  const TokenChoice choice = choose_token(logits, summary_of(logits), {}, random);
  EXPECT_EQ(choice.token, 1);
  EXPECT_NEAR(choice.log_probability, 3 - std::log(std::exp(1.0) + 2 * std::exp(3.0) + 1), 1e-6);
}

TEST(Sample, TheLikeliestTokensComeInOrderTheFirstOfEqualsFirst) {
  const std::vector<float> logits = {1, 3, 2, 3, -5};
  const auto likeliest = likeliest_tokens(logits, summary_of(logits), 3);
  ASSERT_EQ(likeliest.size(), 3U);
  EXPECT_EQ(likeliest[0].token, 1);
  EXPECT_EQ(likeliest[1].token, 3);
  EXPECT_EQ(likeliest[2].token, 2);
  EXPECT_NEAR(likeliest[0].log_probability - likeliest[2].log_probability, 1, 1e-6);
  EXPECT_EQ(likeliest_tokens(logits, summary_of(logits), 9).size(), 5U);
}

TEST(Sample, TopPKeepsTheFewestLikeliestTokensThatReachIt) {
  Random random(1, "test");
  const std::vector<float> logits = {0, 3, 1, 3};  // softmax: 0.02, 0.46, 0.06, 0.46
  std::vector<int> counts(4), sure(4);
  for (int i = 0; i < 4000; ++i) {
    const LogitsSummary summary = summary_of(logits);
    ++counts[static_cast<std::size_t>(choose_token(logits, summary, {1.0F, 0.9F}, random).token)];
    ++sure[static_cast<std::size_t>(choose_token(logits, summary, {1.0F, 0.1F}, random).token)];
  }
  EXPECT_EQ(counts[0] + counts[2], 0);
  EXPECT_NEAR(counts[1], 2000, 130);
  EXPECT_EQ(sure, (std::vector<int>{0, 4000, 0, 0}));
}

TEST(Sample, FrequenciesFollowTheTemperature) {
  Random random(1, "test");
  const std::vector<float> logits = {0, 1, 2};
  constexpr int draws = 20000;
  std::vector<double> counts(3);
  for (int i = 0; i < draws; ++i)
    ++counts[static_cast<std::size_t>(choose_token(logits, summary_of(logits), {0.5F}, random).token)];
  const double sum = 1 + std::exp(2.0) + std::exp(4.0);
  for (std::size_t i = 0; i < 3; ++i) {
    const double p = std::exp(2.0 * static_cast<double>(i)) / sum;
    EXPECT_NEAR(counts[i] / draws, p, 4 * std::sqrt(p * (1 - p) / draws)) << i;
  }
}

}  // namespace
}  // namespace pbb
