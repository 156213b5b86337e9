#include "training/group_batch.h"

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

namespace pbb {
namespace {

using nlohmann::json;

// Floats by their bits, which come back as they were.
json bits_of(const std::vector<float>& values) {
  json bits = json::array();
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

std::vector<float> floats_of(const json& bits) {
  std::vector<float> values;
  for (const json& one : bits) values.push_back(std::bit_cast<float>(one.get<std::uint32_t>()));
  return values;
}

json answer_to_json(const GroupAnswer& answer) {
  return {{"tokens", answer.tokens},
          {"question", answer.question},
          {"right", answer.mark.right},
          {"parsed", answer.mark.parsed},
          {"recalled", answer.mark.recalled},
          {"cut", answer.cut},
          {"reward", answer.reward},
          {"log_probability", answer.log_probability},
          {"sampled", bits_of(answer.sampled)},
          {"reference", bits_of(answer.reference)}};
}

GroupAnswer answer_from_json(const json& object) {
  return {.tokens = object.at("tokens").get<std::vector<std::int32_t>>(),
          .question = object.at("question").get<std::size_t>(),
          .mark = {.right = object.at("right").get<bool>(),
                   .parsed = object.at("parsed").get<bool>(),
                   .recalled = object.at("recalled").get<double>()},
          .cut = object.at("cut").get<bool>(),
          .reward = object.at("reward").get<double>(),
          .log_probability = object.at("log_probability").get<double>(),
          .sampled = floats_of(object.at("sampled")),
          .reference = floats_of(object.at("reference"))};
}

Example example_of(const AnswerGroup& group, const GroupAnswer& answer) {
  Example example;
  example.tokens = answer.tokens;
  example.trained.assign(answer.tokens.size(), 1);
  std::fill_n(example.trained.begin(), answer.question, std::uint8_t{0});
  example.program = group.program;
  example.kind = ExampleKind::execution;
  example.template_index = group.template_index;
  example.execution = group.execution;
  return example;
}

// Calls visit(group, answer, its advantage) for each answer of the live groups, in order.
template <typename Visit>
void for_each_live(const GroupBatch& batch, GroupNormalisation normalisation, Visit visit) {
  for (const AnswerGroup& group : batch.groups) {
    const std::vector<double> rewards = group.rewards();
    if (is_dead(rewards)) continue;
    const std::vector<double> advantages = group_advantages(rewards, normalisation);
    for (std::size_t i = 0; i < group.answers.size(); ++i) visit(group, group.answers[i], advantages[i]);
  }
}

}  // namespace

std::vector<double> AnswerGroup::rewards() const {
  std::vector<double> rewards;
  for (const GroupAnswer& answer : answers) rewards.push_back(answer.reward);
  return rewards;
}

std::vector<Example> live_examples(const GroupBatch& batch) {
  std::vector<Example> examples;
  for_each_live(batch, GroupNormalisation::dr,
                [&](const AnswerGroup& group, const GroupAnswer& answer, double) {
                  examples.push_back(example_of(group, answer));
                });
  return examples;
}

PolicyUpdate policy_update(const GroupBatch& batch, const AnswerScores& scores, std::int64_t most_tokens,
                           const PolicyOptions& options) {
  PolicyUpdate update;
  std::int64_t tokens = 0;
  for_each_live(batch, options.normalisation,
                [&](const AnswerGroup& group, const GroupAnswer& answer, double advantage) {
                  Example example = example_of(group, answer);
                  example.weights.assign(example.tokens.size(), 0.0F);
                  for (std::size_t i = answer.question; i < example.tokens.size(); ++i) {
                    const std::size_t t = i - answer.question;
                    const double now = scores.empty() ? 0 : scores[update.examples.size()][t];
                    const TokenProbabilities token{
                        .now = now,
                        .sampled = answer.sampled.empty() ? now : answer.sampled[t],
                        .reference = answer.reference.empty() ? now : answer.reference[t]};
                    const TokenWeight weight = token_weight(advantage, token, options);
                    example.weights[i] = static_cast<float>(weight.weight);
                    update.clipped_ratio += weight.clipped ? 1 : 0;
                    update.divergence += divergence_of(token);
                  }
                  tokens += answer.answer_tokens();
                  update.examples.push_back(std::move(example));
                });
  update.divisor = policy_divisor(tokens, most_tokens, options.normalisation);
  const auto counted = static_cast<double>(std::max<std::int64_t>(1, tokens));
  update.clipped_ratio /= counted;
  update.divergence /= counted;
  return update;
}

StepFigures batch_figures(const GroupBatch& batch) {
  double answers = 0, reward = 0, right = 0, recalled = 0, unparsed = 0, capped = 0, dead = 0, tokens = 0,
         told = 0, log_probability = 0;
  for (const AnswerGroup& group : batch.groups) {
    dead += is_dead(group.rewards()) ? 1 : 0;
    for (const GroupAnswer& answer : group.answers) {
      answers += 1;
      reward += answer.reward;
      right += answer.mark.right ? 1 : 0;
      recalled += answer.mark.recalled;
      unparsed += answer.mark.parsed ? 0 : 1;
      capped += answer.cut ? 1 : 0;
      tokens += static_cast<double>(answer.answer_tokens());
      told += static_cast<double>(answer.answer_tokens() - (answer.cut ? 0 : 1));  // not of what ended it
      log_probability += answer.log_probability;
    }
  }
  const auto mean = [](double sum, double count) { return sum / std::max(1.0, count); };
  return {{"reward", mean(reward, answers)},
          {"right", mean(right, answers)},
          {"recalled_lines", mean(recalled, answers)},
          {"unparsed", mean(unparsed, answers)},
          {"capped", mean(capped, answers)},
          {"dead_groups", mean(dead, static_cast<double>(batch.groups.size()))},
          {"answer_tokens", mean(tokens, answers)},
          {"entropy", mean(-log_probability, told)}};
}

json to_json(const GroupBatch& batch) {
  json groups = json::array();
  for (const AnswerGroup& group : batch.groups) {
    json answers = json::array();
    for (const GroupAnswer& answer : group.answers) answers.push_back(answer_to_json(answer));
    groups.push_back({{"program", group.program},
                      {"template", group.template_index},
                      {"execution", group.execution},
                      {"answers", std::move(answers)}});
  }
  return {{"number", batch.number}, {"groups", std::move(groups)}};
}

GroupBatch group_batch_from_json(const json& object) {
  GroupBatch batch{.number = object.at("number").get<std::int64_t>(), .groups = {}};
  for (const json& one : object.at("groups")) {
    AnswerGroup& group = batch.groups.emplace_back();
    group.program = one.at("program").get<std::string>();
    group.template_index = one.at("template").get<int>();
    group.execution = one.at("execution").get<std::uint64_t>();
    for (const json& answer : one.at("answers")) group.answers.push_back(answer_from_json(answer));
  }
  return batch;
}

}  // namespace pbb
