#include "report/html.h"

#include <gtest/gtest.h>

namespace pbb {
namespace {

constexpr const char* space = "\u202f";

TEST(Html, EscapesWhatMeansSomething) {
  EXPECT_EQ(escape_html("<b a=\"1\">'&'"), "&lt;b a=&quot;1&quot;&gt;&#39;&amp;&#39;");
  EXPECT_EQ(escape_html("日本\n\tx"), "日本\n\tx");
}

TEST(Html, ReplacesWhatIsNoText) {
  EXPECT_EQ(escape_html(std::string_view("a\0b", 3)), "a\ufffdb");
  EXPECT_EQ(escape_html("\xff<\xe3\x81"), "\ufffd&lt;\ufffd\ufffd");
  EXPECT_EQ(escape_html("\u202ex\u2066\x1b"), "\ufffdx\ufffd\ufffd");
}

TEST(Html, ShortensByCharactersAndSaysSo) {
  EXPECT_EQ(escape_shortened("日本語", 3), "日本語");
  EXPECT_EQ(escape_shortened("日本語", 2), "日本… <small>(3 more bytes)</small>");
}

TEST(Html, NumbersHaveSensibleDigits) {
  const std::string s = space;
  EXPECT_EQ(percent(0.844), "84" + s + "%");
  EXPECT_EQ(percent(0), "0" + s + "%");
  EXPECT_EQ(percent(0.004), "<1" + s + "%");
  EXPECT_EQ(percent(0.996), ">99" + s + "%");
  EXPECT_EQ(percent(1), "100" + s + "%");
  EXPECT_EQ(percent_range({0.781, 0.893}), "78–89" + s + "%");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(count(1240312), "1" + s + "240" + s + "312");
  EXPECT_EQ(count(-1240), "-1" + s + "240");
  EXPECT_EQ(count_of(1, "program"), "1 program");
  EXPECT_EQ(count_of(40, "program"), "40 programs");
  EXPECT_EQ(duration(3.24), "3.2" + s + "s");
  EXPECT_EQ(duration(580), "9" + s + "min 40" + s + "s");
  EXPECT_EQ(duration(4000), "1" + s + "h 6" + s + "min");
  EXPECT_EQ(bytes_text(3.14e9), "3.1" + s + "GB");
  EXPECT_EQ(p_value(0.0004), "p < 0.001");
  EXPECT_EQ(p_value(0.0049), "p = 0.005");
  EXPECT_EQ(p_value(0.25), "p = 0.25");
}

}  // namespace
}  // namespace pbb
