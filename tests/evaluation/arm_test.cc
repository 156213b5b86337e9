// A whole arm on a decoder that is a table of bigrams: what it will say is known, whatever is computed.
#include <gtest/gtest.h>

#include <map>

#include "evaluation/evaluate.h"
#include "examples/byte_tokenizer.h"

namespace pbb {
namespace {

constexpr std::int32_t end_token = 256;  // of byte_tokenizer

// After token t comes following[t]: embeddings are one-hot, the output head maps each to its follower.
Decoder bigram_decoder(const std::map<std::int32_t, std::int32_t>& following, int context = 256) {
  DecoderConfig config;
  config.vocabulary = 257;
  config.width = 264;
  config.feed_forward = 8;
  config.layers = 1;
  config.heads = config.kv_heads = 1;
  config.head_size = 8;
  config.context = context;
  config.tied_embeddings = false;
  Decoder decoder(config, DataType::f32);
  for (Parameter parameter : decoder.parameters()) {
    const auto values = parameter.value.span<float>();
    const auto width = static_cast<std::size_t>(config.width);
    if (parameter.name == "model.norm.weight") std::ranges::fill(values, 1.0F);
    if (parameter.name == "model.embed_tokens.weight") {
      for (std::size_t token = 0; token < 257; ++token) values[token * width + token] = 1;
    }
    if (parameter.name == "lm_head.weight") {
      for (const auto& [token, next] : following) {
        values[static_cast<std::size_t>(next) * width + static_cast<std::size_t>(token)] = 1;
      }
    }
  }
  decoder.refresh();
  return decoder;
}

Item item_for(const std::string& name, AnswerForm form = AnswerForm::direct) {
  Item item;
  item.program.name = name;
  item.program.source = "def " + name + "(x):\n    return x * 18\n";
  item.truth.arguments = {Value{std::int64_t{5}}};
  item.truth.outcome = Value{std::int64_t{90}};
  item.truth.trace = {{2, "return x * 18", "return 5 * 18 = 90", "return □ * 18 = □"}};
  item.form = form;
  return item;
}

std::int32_t last_token(const Item& item) {
  return make_question(byte_tokenizer(), item.program, item.truth.arguments, item.form, item.template_index)
      .tokens.back();
}

std::map<std::int32_t, std::int32_t> says_ninety(const Item& item) {
  return {{last_token(item), ' '}, {' ', '9'}, {'9', '0'}, {'0', end_token}};
}

TEST(Arm, AsksEveryItemInOrderAndJudgesIt) {
  std::vector<Item> items = {item_for("Gleeprag"), item_for("Blorp"), item_for("Zin")};
  items[1].truth.outcome = Value{std::int64_t{91}};
  Decoder decoder = bigram_decoder(says_ninety(items[0]));
  ArmOptions options;
  options.batch_size = 2;
  const auto results = run_arm(decoder, byte_tokenizer(), items, options);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].program, "Gleeprag");
  EXPECT_EQ(results[0].completion, " 90");
  EXPECT_EQ(results[0].verdict, Verdict::correct);
  EXPECT_EQ(results[1].program, "Blorp");
  EXPECT_EQ(results[1].verdict, Verdict::wrong);
  EXPECT_EQ(results[2].verdict, Verdict::correct);
  EXPECT_EQ(results[0].prompt.find("def "), std::string::npos);
}

TEST(Arm, InContextPutsTheSourceBeforeTheQuestion) {
  const std::vector<Item> items = {item_for("Gleeprag")};
  Decoder decoder = bigram_decoder(says_ninety(items[0]));
  ArmOptions options;
  options.source = ShownSource::prompt;
  const auto results = run_arm(decoder, byte_tokenizer(), items, options);
  EXPECT_TRUE(results[0].prompt.starts_with("def Gleeprag(x):\n    return x * 18"));
  EXPECT_EQ(results[0].verdict, Verdict::correct);
}

TEST(Arm, AGivenSourceStandsAsIfItHadBeenRecitedAndWhatFollowsIsJudgedAsATrace) {
  const std::vector<Item> items = {item_for("Gleeprag", AnswerForm::trace)};
  const Question question = make_question(byte_tokenizer(), items[0], ShownSource::given, false);
  EXPECT_TRUE(question.text.ends_with("def Gleeprag(x):\n    return x * 18\nTrace:")) << question.text;
  EXPECT_EQ(question.tokens, byte_tokenizer().encode(question.text));
  Decoder decoder = bigram_decoder({{':', ' '}, {' ', '9'}, {'9', '0'}, {'0', end_token}});
  ArmOptions options;
  options.source = ShownSource::given;
  const auto results = run_arm(decoder, byte_tokenizer(), items, options);
  EXPECT_EQ(results[0].prompt, question.text);
  EXPECT_EQ(results[0].verdict, Verdict::correct);
}

TEST(Arm, AWrongNameIsAskedForAndTheAnswerIsBookedOnTheProgram) {
  std::vector<Item> items = {item_for("Gleeprag")};
  items[0].asked_as = "Nobody";
  Decoder decoder = bigram_decoder(says_ninety(items[0]));
  const auto results = run_arm(decoder, byte_tokenizer(), items, {});
  EXPECT_EQ(results[0].program, "Gleeprag");
  EXPECT_EQ(results[0].call, "Nobody(5)");
  EXPECT_EQ(results[0].prompt.find("Gleeprag"), std::string::npos);
}

TEST(Arm, AWrongNameStandsInTheHeadThatAQuestionGivesToo) {
  Item item = item_for("Gleeprag", AnswerForm::recite);
  item.asked_as = "Nobody";
  const Question question = make_question(byte_tokenizer(), item, ShownSource::none, false);
  EXPECT_TRUE(question.text.ends_with("\nSource:\ndef Nobody")) << question.text;
  EXPECT_EQ(question.text.find("Gleeprag"), std::string::npos);
}

TEST(Arm, WorkedExamplesStandBeforeTheQuestionWithTheirAnswers) {
  Item item = item_for("Gleeprag");
  const Item other = item_for("Blorp");
  item.examples = {{other.program, other.truth}};
  const std::string alone = make_question(byte_tokenizer(), other, ShownSource::none, false).text;
  const std::string text = make_question(byte_tokenizer(), item, ShownSource::none, false).text;
  EXPECT_TRUE(text.starts_with(alone + " 90\n\n")) << text;
  EXPECT_EQ(text.find("def "), std::string::npos);
  const std::string shown = make_question(byte_tokenizer(), item, ShownSource::prompt, false).text;
  EXPECT_TRUE(shown.starts_with("def Blorp(x)")) << shown;
  EXPECT_NE(shown.find("def Gleeprag(x)"), std::string::npos) << shown;
}

// What the tokeniser puts before every text begins the sequence, not each of its pieces; a chat's template
// says itself what it begins with.
TEST(Arm, ATokenBeforeEveryTextBeginsAQuestionOnce) {
  TokenizerData data = byte_tokenizer().data();
  for (const char* token : {"<|begin|>", "<|im_start|>", "<|im_end|>"}) {
    data.control.push_back(static_cast<std::int32_t>(data.tokens.size()));
    data.tokens.push_back(token);
  }
  data.prefix = {257};
  data.chat_template =
      "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ "
      "'<|im_start|>system\n"
      "Hi<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
      "'<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% "
      "endif %}";
  const Tokenizer tokenizer(std::move(data)), plain = byte_tokenizer();
  Item item = item_for("Blorp");
  const Item other = item_for("Smackbam");
  item.examples = {{other.program, {other.truth.arguments, other.truth.outcome, other.truth.trace}}};
  for (const ShownSource source : {ShownSource::none, ShownSource::prompt}) {
    std::vector<std::int32_t> begun = {257};
    const auto tokens = make_question(plain, item, source, false).tokens;
    begun.insert(begun.end(), tokens.begin(), tokens.end());
    EXPECT_EQ(make_question(tokenizer, item, source, false).tokens, begun);
    EXPECT_EQ(std::ranges::count(make_question(tokenizer, item, source, true).tokens, 257), 0);
  }
}

TEST(Arm, ANewLineEndsTheAnswer) {
  const std::vector<Item> items = {item_for("Gleeprag")};
  auto bigrams = says_ninety(items[0]);
  bigrams['0'] = '\n';
  Decoder decoder = bigram_decoder(bigrams);
  const auto results = run_arm(decoder, byte_tokenizer(), items, {});
  EXPECT_EQ(results[0].completion, " 90");
  EXPECT_FALSE(results[0].cut);
  EXPECT_EQ(results[0].verdict, Verdict::correct);
}

TEST(Arm, ALineBreakBeforeTheAnswerDoesNotEndIt) {
  const std::vector<Item> items = {item_for("Gleeprag")};
  auto bigrams = says_ninety(items[0]);
  bigrams[last_token(items[0])] = '\n';
  bigrams['\n'] = '9';
  Decoder decoder = bigram_decoder(bigrams);
  const auto results = run_arm(decoder, byte_tokenizer(), items, {});
  EXPECT_EQ(results[0].completion, "\n90");
  EXPECT_EQ(results[0].verdict, Verdict::correct);
}

TEST(Arm, AnAssistedAnswerHasItsOperationsComputedAndAPlainOneHasNot) {
  const std::map<std::int32_t, std::int32_t> bigrams = {
      {':', '1'}, {'1', '+'}, {'+', '2'}, {'2', ' '}, {' ', '='}, {'=', end_token}, {';', end_token}};
  std::vector<Item> items = {item_for("Gleeprag", AnswerForm::assisted),
                             item_for("Gleeprag", AnswerForm::recite)};
  Decoder decoder = bigram_decoder(bigrams);
  ArmOptions options;
  options.source = ShownSource::given;
  const auto results = run_arm(decoder, byte_tokenizer(), items, options);
  EXPECT_TRUE(results[0].completion.ends_with("\nTrace:1+2 = 3;")) << results[0].completion;
  EXPECT_TRUE(results[1].completion.ends_with("\nTrace:1+2 =")) << results[1].completion;
  EXPECT_TRUE(results[0].recitation.verbatim && results[1].recitation.verbatim);
}

TEST(Arm, AnAnswerAtTheLengthCapIsCutAndUnparsed) {
  const std::vector<Item> items = {item_for("Gleeprag")};
  auto bigrams = says_ninety(items[0]);
  bigrams['0'] = '0';
  Decoder decoder = bigram_decoder(bigrams);
  ArmOptions options;
  options.max_new_tokens = 10;
  const auto results = run_arm(decoder, byte_tokenizer(), items, options);
  EXPECT_EQ(results[0].completion, " 900000000");
  EXPECT_TRUE(results[0].cut);
  EXPECT_EQ(results[0].verdict, Verdict::unparsed);
}

TEST(Arm, AQuestionWithoutRoomIsOurErrorAndTheOthersAreAsked) {
  const std::vector<Item> items = {item_for("Gleeprag"), item_for(std::string(200, 'a'))};
  Decoder decoder = bigram_decoder(says_ninety(items[0]), 120);
  const auto results = run_arm(decoder, byte_tokenizer(), items, {});
  EXPECT_EQ(results[0].verdict, Verdict::correct);
  EXPECT_EQ(results[1].verdict, Verdict::error);
  EXPECT_NE(results[1].error.find("context of 120"), std::string::npos) << results[1].error;
}

TEST(Arm, AnAnswerThatRunsOutOfContextIsOurErrorToo) {
  const std::vector<Item> items = {item_for("Gleeprag")};
  auto bigrams = says_ninety(items[0]);
  bigrams['0'] = '0';
  Decoder decoder = bigram_decoder(bigrams, 60);
  const auto results = run_arm(decoder, byte_tokenizer(), items, {});
  EXPECT_EQ(results[0].verdict, Verdict::error);
  EXPECT_NE(results[0].error.find("no room for the answer"), std::string::npos);
}

}  // namespace
}  // namespace pbb
