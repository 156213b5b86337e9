#include "report/gnuplot.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"

namespace pbb {
namespace {

std::string plot_with_label(const std::string& text) {
  return run_gnuplot("set yrange [0:1]\nset label " + gnuplot_string(text) +
                         " at 0.5, 0.5\nplot [0:1] x lc rgb '" + ink_code(Ink::trained) + "'\n",
                     300, 100, "a \"line\"");
}

TEST(Gnuplot, GivesAnSvgThatFitsInAPage) {
  const std::string svg = plot_with_label("hello");
  EXPECT_TRUE(svg.starts_with("<svg role=\"img\" aria-label=\"a &quot;line&quot;\""));
  EXPECT_NE(svg.find("viewBox=\"0 0 300 100\""), std::string::npos);
  EXPECT_NE(svg.find("var(--trained)"), std::string::npos);  // follows the page's theme
  EXPECT_NE(svg.find("hello"), std::string::npos);
  for (const char* part : {"<?xml", " id=", "<defs", "<title", "Gnuplot", "xmlns"}) {
    EXPECT_EQ(svg.find(part), std::string::npos) << part;
  }
}

TEST(Gnuplot, TextIsNeverRunAndNeverMarkup) {
  const std::string witness = (std::filesystem::temp_directory_path() / "pbb-gnuplot-witness").string();
  std::filesystem::remove(witness);
  const std::string svg = plot_with_label("it's `touch " + witness + "` '; system('touch " + witness +
                                          "')\nsystem('touch " + witness + "') <script>&");
  EXPECT_FALSE(std::filesystem::exists(witness));
  EXPECT_EQ(svg.find("<script>"), std::string::npos);
}

TEST(Gnuplot, AMistakeInAScriptIsAnError) {
  EXPECT_THROW(run_gnuplot("plot nonsense(\n", 100, 100, ""), Error);
  EXPECT_THROW(run_gnuplot("set nonsense\nplot x\n", 100, 100, ""), Error);
}

}  // namespace
}  // namespace pbb
