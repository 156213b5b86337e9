// The page in a browser: page_browser.py drives Chromium against servers of this process.
#include <stdlib.h>

#include <cstdlib>

#include "server/served.h"

namespace pbb {
namespace {

class PageBrowser : public Served {
 protected:
  PageBrowser() {
    const RuleEntry typed = [] {
      RuleEntry rule =
          served_rule("typed", "count: int, zone: str, days: list = None, express=False",
                      "    return [count, zone, days, express]\n", {"count", "zone", "days", "express"}, 2);
      rule.signature.defaults = {Value{}, Value{false}};
      return rule;
    }();
    Registry(folder_ / "m", Database::Mode::write).add({&typed, 1});
  }
  // Runs a class of tests, by the Python that Debian's Selenium is for; 77 says that a browser or its driver is not there.
  void drive(const std::string& tests) {
    const std::string command = "/usr/bin/python3 '" PBB_GOLDEN "/../server/page_browser.py' " + address_ +
                                " " + tests + " '" + (folder_ / "browser").string() + "'";
    const int status = std::system(command.c_str());
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
      GTEST_SKIP() << "the page was not opened: scripts/setup.sh --test installs what is missing";
    EXPECT_EQ(status, 0);
  }
};

TEST_F(PageBrowser, AsksAndShows) {
  start();
  drive("page_asking.Asking");
}

TEST_F(PageBrowser, AsksAboutTables) {
  start();
  drive("page_tables.Tables");
}

TEST_F(PageBrowser, TellsOfTrouble) {
  start();
  drive("page_trouble.Trouble");
}

TEST_F(PageBrowser, AsksForAKey) {
  write_file(folder_ / "keys", "0123456789abcdef0123\n");
  std::filesystem::permissions(folder_ / "keys", std::filesystem::perms::owner_read);
  options_.api_key_file = (folder_ / "keys").string();
  start();
  drive("page_trouble.KeyAsked");
}

TEST_F(PageBrowser, SaysThatThereAreNoRules) {
  std::filesystem::remove(Registry::file_in(folder_ / "m"));
  start();
  drive("page_trouble.NoRules");
}

}  // namespace
}  // namespace pbb
