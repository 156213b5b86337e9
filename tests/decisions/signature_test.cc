#include "decisions/signature.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

using nlohmann::json;

Signature surveyed(const std::string& source, const std::string& name) {
  const SurveyedSource one{.source = source, .stem = name};
  return signature_of(survey_sources(sandbox_runner(), {&one, 1}).front(), source);
}

TEST(Signature, SaysTheHeadAsTheSourceHasIt) {
  const std::string source =
      "LIMIT = 3\n\ndef helper(a):\n    return a\n\n"
      "def fee(price: float,  # in yen\n        kind: str = 'a:b', *, rate={'x': 1}) -> float:\n"
      "    return helper(price)\n";
  EXPECT_EQ(surveyed(source, "fee").text, "fee(price: float, kind: str = 'a:b', *, rate={'x': 1}) -> float");
}

TEST(Signature, ArgumentsByNameTakeTheirPlacesAndDefaultsStandIn) {
  const Signature signature = surveyed("def fee(a, b=2, c=(1, 2)):\n    return a\n", "fee");
  const Input bound = bind_arguments(signature, {{"c", {std::int64_t{9}}}, {"a", {std::int64_t{1}}}});
  EXPECT_EQ(call_text("fee", bound), "fee(1, 2, 9)");
  EXPECT_EQ(call_text("fee", bind_arguments(signature, NamedArguments{{"a", {true}}})), "fee(True)");
  EXPECT_THROW(bind_arguments(signature, NamedArguments{{"b", {std::int64_t{1}}}}), InputError);
  EXPECT_THROW(bind_arguments(signature, NamedArguments{{"a", {}}, {"d", {}}}), InputError);
  EXPECT_THROW(bind_arguments(signature, Input{}), InputError);
  const NamedArguments named = name_arguments(signature, bound);
  ASSERT_EQ(named.size(), 3U);
  EXPECT_EQ(named[2].first, "c");
}

TEST(Signature, IsReadBackAsItWasWritten) {
  const Signature signature = surveyed("def fee(a, b=2.0, c=(1, 2), d=len('x')):\n    return a\n", "fee");
  const Signature again = signature_from(json::parse(to_json(signature).dump()));
  EXPECT_EQ(to_json(again), to_json(signature));
  EXPECT_EQ(again.head.required, 1U);
  ASSERT_EQ(again.defaults.size(), 3U);
  EXPECT_EQ(to_python(*again.defaults[1]), "(1, 2)");
  EXPECT_FALSE(again.defaults[2]);
}

TEST(Signature, EveryValueIsTheSameAfterJson) {
  for (const char* text : {"None", "True", "7", "7.0", "-0.5", "1e+300", "123456789012345678901234567890",
                           "'a\\n\\'é'", "[1, [2.0, None]]", "(1, 2)", "[(1, 2)]", "{1, 2}", "{'a': 1}",
                           "{'b': 1, 'a': 2}", "{1: 2}", "inf", "nan", "{'$python': '1'}"}) {
    const Value value = *parse_value(text);
    const Value again = value_from_exact_json(json::parse(exact_json(value).dump()));
    EXPECT_EQ(to_python(again), to_python(value)) << exact_json(value);
  }
  EXPECT_EQ(exact_json(*parse_value("[1, 2.0]")).dump(), "[1,2.0]");
  EXPECT_THROW(value_from_exact_json(json{{"$python", "open('x')"}}), InputError);
  EXPECT_THROW(value_from_exact_json(json{{"$python", 3}}), InputError);
}

}  // namespace
}  // namespace pbb
