// Requests that come and go, on a tiny random model.
#include "generation/engine.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "generation/generate.h"
#include "model/tiny.h"

namespace pbb {
namespace {

using Tokens = std::vector<std::int32_t>;

Tokens prompt(const Decoder& decoder, std::uint64_t seed, std::size_t length) {
  return random_tokens(seed, length, decoder.config().vocabulary);
}

Completion alone(Decoder& decoder, const Tokens& prompt, int max_new_tokens) {
  GenerationOptions options;
  options.max_new_tokens = max_new_tokens;
  return generate(decoder, {&prompt, 1}, options).front();
}

Request request_into(Completion& completion, Tokens prompt, int max_new_tokens) {
  Request request;
  request.prompt = std::move(prompt);
  request.max_new_tokens = max_new_tokens;
  request.on_finished = [&completion](Completion finished) { completion = std::move(finished); };
  return request;
}

void run(Engine& engine) {
  while (engine.step()) {
  }
}

TEST(Engine, ARequestSubmittedWhileOthersRunGetsTheCompletionThatItGetsAlone) {
  Decoder decoder = tiny_decoder("llama");
  Engine engine(decoder, {.sequences = 2});  // the third waits for a place
  std::vector<Completion> completions(4);
  const auto submit = [&](std::size_t p) {
    engine.submit(request_into(completions[p], prompt(decoder, p, 5 + 7 * p), 6 + static_cast<int>(p)));
  };
  submit(0);
  submit(1);
  engine.step();
  submit(2);
  engine.step();
  engine.step();
  submit(3);
  run(engine);
  EXPECT_EQ(engine.unfinished(), 0U);
  for (std::size_t p = 0; p < completions.size(); ++p) {
    const Completion expected = alone(decoder, prompt(decoder, p, 5 + 7 * p), 6 + static_cast<int>(p));
    EXPECT_EQ(completions[p].tokens, expected.tokens) << p;
    EXPECT_EQ(completions[p].log_probabilities, expected.log_probabilities) << p;
  }
}

TEST(Engine, EachRequestHasItsOwnOptions) {
  Decoder decoder = tiny_decoder("llama");
  const Tokens same = prompt(decoder, 1, 9);
  Engine engine(decoder);
  std::vector<Completion> completions(4);
  engine.submit(request_into(completions[0], same, 3));
  Request sampled = request_into(completions[1], same, 12);
  sampled.temperature = 3;
  sampled.seed = 5;
  engine.submit(sampled);
  sampled.on_finished = request_into(completions[2], same, 1).on_finished;
  engine.submit(sampled);
  Request stopped = request_into(completions[3], same, 12);
  stopped.stop_tokens = {alone(decoder, same, 1).tokens.front()};
  engine.submit(stopped);
  run(engine);
  EXPECT_EQ(completions[0].tokens, alone(decoder, same, 3).tokens);
  EXPECT_EQ(completions[1].tokens.size(), 12U);
  EXPECT_NE(Tokens(completions[1].tokens.begin(), completions[1].tokens.begin() + 3), completions[0].tokens);
  EXPECT_EQ(completions[1].tokens, completions[2].tokens);  // the same seed, whatever its id
  EXPECT_TRUE(completions[3].stopped && completions[3].tokens.empty());
}

TEST(Engine, ACancelledRequestSaysNothingMoreAndGivesItsPlaceToTheNext) {
  Decoder decoder = tiny_decoder("llama");
  Engine engine(decoder, {.sequences = 1});
  int tokens = 0;
  Request first;
  first.prompt = prompt(decoder, 1, 8);
  first.max_new_tokens = 20;
  first.on_finished = [](Completion) { FAIL() << "it was cancelled"; };
  RequestId id = 0;
  first.on_token = [&](const TokenChoice&) {
    if (++tokens == 3) engine.cancel(id);
  };
  id = engine.submit(first);
  Completion second;
  engine.submit(request_into(second, prompt(decoder, 2, 8), 5));
  const RequestId waiting = engine.submit(first);
  engine.cancel(waiting);
  run(engine);
  EXPECT_EQ(tokens, 3);
  EXPECT_EQ(second.tokens, alone(decoder, prompt(decoder, 2, 8), 5).tokens);
  engine.cancel(id);  // long gone
  EXPECT_FALSE(engine.step());
}

TEST(Engine, WhatContinueWithReturnsIsFedAsIfTheModelHadSaidIt) {
  Decoder decoder = tiny_decoder("llama");
  const Tokens start = prompt(decoder, 1, 7), forced = prompt(decoder, 2, 5);
  const std::int32_t first = alone(decoder, start, 1).tokens.front();
  Completion completion, beside;
  Request request = request_into(completion, start, 12);
  Tokens seen;
  request.on_token = [&](const TokenChoice& choice) { seen.push_back(choice.token); };
  request.continue_with = [&](std::span<const std::int32_t> so_far) {
    return so_far.size() == 1 ? forced : Tokens{};
  };
  Engine engine(decoder);
  engine.submit(request_into(beside, prompt(decoder, 3, 30), 10));
  engine.submit(request);
  run(engine);

  Tokens said = start;
  said.push_back(first);
  said.insert(said.end(), forced.begin(), forced.end());
  Tokens expected(said.begin() + static_cast<std::ptrdiff_t>(start.size()), said.end());
  const Completion rest = alone(decoder, said, 6);
  expected.insert(expected.end(), rest.tokens.begin(), rest.tokens.end());
  EXPECT_EQ(completion.tokens, expected);
  EXPECT_EQ(seen, expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(std::isnan(completion.log_probabilities[i]), i >= 1 && i <= forced.size()) << i;
  }
  EXPECT_EQ(beside.tokens, alone(decoder, prompt(decoder, 3, 30), 10).tokens);
}

TEST(Engine, WhatIsAppendedEndsWithTheLimitTheCacheOrAStopToken) {
  Decoder decoder = tiny_decoder("llama");
  const auto context = static_cast<std::size_t>(decoder.config().context);
  const Tokens start = prompt(decoder, 1, 7);
  const std::int32_t first = alone(decoder, start, 1).tokens.front();
  const std::int32_t other = first == 3 ? 4 : 3;
  const auto completion_with = [&](const Tokens& prompt, int limit, const Tokens& appended) {
    Completion completion;
    Request request = request_into(completion, prompt, limit);
    request.stop_tokens = {first == 5 ? 6 : 5};
    request.continue_with = [&](std::span<const std::int32_t>) { return appended; };
    Engine engine(decoder);
    engine.submit(request);
    run(engine);
    return completion;
  };
  EXPECT_EQ(completion_with(start, 4, Tokens(10, other)).tokens, (Tokens{first, other, other, other}));
  const Completion full = completion_with(prompt(decoder, 1, context - 2), 90, Tokens(10, other));
  EXPECT_EQ(full.tokens.size(), 3U);
  EXPECT_FALSE(full.stopped);
  const Completion stopped = completion_with(start, 9, {other, first == 5 ? 6 : 5, other});
  EXPECT_EQ(stopped.tokens, (Tokens{first, other}));
  EXPECT_TRUE(stopped.stopped);
}

struct Drafted {
  Completion completion;
  int calls = 0;
};

// With `draft`, beside another sequence that is drafted too.
Drafted with_draft(Decoder& decoder, const Tokens& prompt, Tokens draft, int max_new_tokens,
                   std::function<Tokens(std::span<const std::int32_t>)> continue_with = {}) {
  Engine engine(decoder, {.sequences = 2});
  Drafted drafted;
  Completion beside;
  Request request = request_into(drafted.completion, prompt, max_new_tokens);
  request.draft = std::move(draft);
  request.continue_with = std::move(continue_with);
  engine.submit(std::move(request));
  Request other = request_into(beside, random_tokens(77, 9, decoder.config().vocabulary), 2);
  other.draft = {1, 2, 3};
  engine.submit(std::move(other));
  while (engine.step()) ++drafted.calls;
  return drafted;
}

TEST(Engine, ADraftChangesNoBitOfACompletionAndSavesTheCallsOfWhatItGetsRight) {
  for (const char* family : {"llama", "qwen3"}) {
    Decoder decoder = tiny_decoder(family);
    const Tokens asked = prompt(decoder, 3, 11);
    const Completion expected = alone(decoder, asked, 40);
    ASSERT_EQ(expected.tokens.size(), 40U);
    const auto draft = [&](std::size_t right, std::size_t wrong) {
      Tokens tokens(expected.tokens.begin(), expected.tokens.begin() + static_cast<std::ptrdiff_t>(right));
      for (std::size_t i = 0; i < wrong; ++i) {
        const std::int32_t truth = right + i < 40 ? expected.tokens[right + i] : 0;
        tokens.push_back((truth + 1) % static_cast<std::int32_t>(decoder.config().vocabulary));
      }
      return tokens;
    };
    for (const auto& [right, wrong] :
         {std::pair<std::size_t, std::size_t>(0, 0), {0, 5}, {7, 0}, {7, 30}, {39, 1}, {40, 0}, {40, 200}}) {
      const Drafted drafted = with_draft(decoder, asked, draft(right, wrong), 40);
      EXPECT_EQ(drafted.completion.tokens, expected.tokens) << family << right << ' ' << wrong;
      EXPECT_EQ(drafted.completion.log_probabilities, expected.log_probabilities)
          << family << right << ' ' << wrong;
      EXPECT_LE(drafted.calls, 41 - static_cast<int>(right) + static_cast<int>(right) / 16 + 1) << right;
    }
    EXPECT_EQ(with_draft(decoder, asked, {}, 40).calls, 40);
  }
}

TEST(Engine, WhatIsAppendedBesideADraftIsWhatIsAppendedWithoutOne) {
  Decoder decoder = tiny_decoder("llama");
  const Tokens asked = prompt(decoder, 5, 8);
  const auto appends = [](std::span<const std::int32_t> completion) {
    return completion.size() == 6 ? Tokens{4, 5, 6} : Tokens{};
  };
  const Drafted without = with_draft(decoder, asked, {}, 24, appends);
  const Tokens expected = without.completion.tokens;
  ASSERT_EQ(expected.size(), 24U);
  Tokens draft = expected;
  const Drafted drafted = with_draft(decoder, asked, draft, 24, appends);
  EXPECT_EQ(drafted.completion.tokens, expected);
  EXPECT_LE(drafted.calls, 4);
  draft[7] += 1;  // among what is appended
  EXPECT_EQ(with_draft(decoder, asked, draft, 24, appends).completion.tokens, expected);
}

TEST(Engine, ADraftBeyondTheCacheOrOfASampledRequestDoesNoHarm) {
  Decoder decoder = tiny_decoder("llama");
  const Tokens asked = prompt(decoder, 6, 10);
  const Completion expected = alone(decoder, asked, 6);
  Engine engine(decoder, {.sequences = 1, .cached_tokens = 16});
  Completion cut, sampled[2];
  Request request = request_into(cut, asked, 100);
  request.draft = alone(decoder, asked, 60).tokens;
  engine.submit(std::move(request));
  for (const bool drafted : {false, true}) {
    Request one = request_into(sampled[drafted], asked, 5);
    one.temperature = 1;
    one.seed = 3;
    if (drafted) one.draft = expected.tokens;
    engine.submit(std::move(one));
  }
  run(engine);
  EXPECT_EQ(cut.tokens.size(), 7U) << "as many as there is room for, and the one after them";
  EXPECT_TRUE(std::equal(expected.tokens.begin(), expected.tokens.end(), cut.tokens.begin()));
  EXPECT_EQ(sampled[0].tokens, sampled[1].tokens);
}

TEST(Engine, BadRequestsAreRefusedAndLeaveTheOthers) {
  Decoder decoder = tiny_decoder("llama");
  Engine engine(decoder, {.sequences = 2, .cached_tokens = 10});
  Completion good;
  engine.submit(request_into(good, prompt(decoder, 1, 5), 4));
  Request bad;
  EXPECT_THROW(engine.submit(bad), InputError);
  bad.prompt = prompt(decoder, 1, 11);
  EXPECT_THROW(engine.submit(bad), InputError);
  bad.prompt = prompt(decoder, 1, 5);
  bad.top_p = 0;
  EXPECT_THROW(engine.submit(bad), InputError);
  run(engine);
  EXPECT_EQ(good.tokens, alone(decoder, prompt(decoder, 1, 5), 4).tokens);
  EXPECT_THROW(Engine(decoder, {.sequences = 0}), InputError);
}

}  // namespace
}  // namespace pbb
