// The page at `/`: its files, what they are sent with, and the words in them.
#include "server/page.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "base/sha256.h"
#include "server/served.h"

namespace pbb {
namespace {

class Page : public Served {
 protected:
  static std::string path_of(const PageFile& file) {
    return file.name == "index.html" ? "/" : "/page/" + std::string(file.name);
  }
  static std::string text_of(std::string_view name) {
    const auto found = std::ranges::find(page_files(), name, &PageFile::name);
    EXPECT_NE(found, page_files().end()) << name;
    return found == page_files().end() ? "" : std::string(found->content);
  }
};

// Every match's first group.
std::multiset<std::string> found_in(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::multiset<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

// The phrases by key, each with what it says in braces.
std::map<std::string, std::multiset<std::string>> phrases(const std::string& text) {
  std::map<std::string, std::multiset<std::string>> all;
  const std::regex expression(R"re(\n  (\w+): "([^\n]*)",)re");
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) {
    EXPECT_FALSE(all.contains((*at)[1])) << "twice: " << (*at)[1];
    EXPECT_FALSE((*at)[2].str().empty()) << (*at)[1];
    all[(*at)[1]] = found_in((*at)[2], R"(\{(\w+)\})");
  }
  return all;
}

TEST_F(Page, IsSentWithWhatKeepsStrangersOut) {
  start();
  const std::map<std::string, std::string> types = {{"html", "text/html; charset=utf-8"},
                                                    {"css", "text/css; charset=utf-8"},
                                                    {"js", "text/javascript; charset=utf-8"},
                                                    {"svg", "image/svg+xml"}};
  ASSERT_GE(page_files().size(), 10U);
  for (const PageFile& file : page_files()) {
    const auto result = client().Get(path_of(file));
    ASSERT_TRUE(result) << file.name;
    EXPECT_EQ(result->status, 200) << file.name;
    EXPECT_EQ(result->body, file.content) << file.name;
    EXPECT_EQ(result->get_header_value("Content-Type"),
              types.at(std::string(file.name.substr(file.name.rfind('.') + 1))));
    EXPECT_EQ(result->get_header_value("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(result->get_header_value("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(result->get_header_value("Cache-Control"), "no-cache");
    const std::string policy = result->get_header_value("Content-Security-Policy");
    for (const char* part : {"default-src 'none'", "script-src 'self'", "style-src 'self'",
                             "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"})
      EXPECT_NE(policy.find(part), std::string::npos) << part;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  }
  EXPECT_EQ(get("/health").headers.find("X-Content-Type-Options")->second, "nosniff");
}

TEST_F(Page, IsSentAnewOnlyWhereItChanged) {
  start();
  const auto first = client().Get("/page/page.js");
  const std::string tag = first->get_header_value("ETag");
  EXPECT_EQ(tag, "\"" + sha256(first->body).substr(0, 32) + "\"");
  const auto with = [&](const std::string& tags) {
    return client().Get("/page/page.js", {{"If-None-Match", tags}});
  };
  EXPECT_EQ(with(tag)->status, 304);
  EXPECT_TRUE(with(tag)->body.empty());
  EXPECT_EQ(with("\"other\", W/" + tag)->status, 304);
  EXPECT_EQ(with("\"other\"")->status, 200);
  EXPECT_EQ(client().Head("/")->status, 200);
}

TEST_F(Page, NothingElseIsThere) {
  start();
  for (const char* path :
       {"/page/", "/page/index.html", "/page/none.js", "/page/..%2fserver.cc", "/index.html"})
    EXPECT_EQ(get(path).status, 404) << path;
  EXPECT_EQ(get("/page/none.js").body.at("error").at("code"), "not_found");
}

TEST_F(Page, LoadsWithoutAKeyWhereTheRestNeedsOne) {
  write_file(folder_ / "keys", "0123456789abcdef0123\n");
  std::filesystem::permissions(folder_ / "keys", std::filesystem::perms::owner_read);
  options_.api_key_file = (folder_ / "keys").string();
  start();
  for (const PageFile& file : page_files()) EXPECT_EQ(client().Get(path_of(file))->status, 200) << file.name;
  EXPECT_EQ(get("/v1/rules").status, 401);
}

TEST_F(Page, IsToldHowTheServerAnswers) {
  options_.guard = Guard::shadow;
  options_.rules_only = true;
  start();
  const nlohmann::json model = get("/v1/models").body.at("data").at(0);
  EXPECT_EQ(model.at("guard"), "shadow");
  EXPECT_EQ(model.at("rules_only"), true);
}

// Its files speak to this server alone, and take no data for markup.
TEST_F(Page, RefersToNothingElsewhereAndReadsNothingAsMarkup) {
  for (const PageFile& file : page_files()) {
    const std::string text(file.content);
    for (const std::string& host : found_in(text, R"(https?://([\w.-]+))"))
      EXPECT_TRUE(host == "127.0.0.1" || host == "www.w3.org") << file.name << ": " << host;
    for (const char* word : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                             "Function(", "DOMParser", " style=", "javascript:", "@import"})
      EXPECT_EQ(text.find(word), std::string::npos) << file.name << ": " << word;
    EXPECT_LE(std::ranges::count(text, '\n'), 300) << file.name;
  }
  const std::string index = text_of("index.html");
  EXPECT_TRUE(found_in(index, R"re(\s(on\w+)=)re").empty());
  for (const std::string& address : found_in(index, R"re((?:src|href)="([^"#]+)")re"))
    EXPECT_TRUE(address.starts_with("page/")) << address;
}

TEST_F(Page, SaysAllInBothLanguages) {
  const auto english = phrases(text_of("words_en.js"));
  EXPECT_GE(english.size(), 150U);
  EXPECT_EQ(english, phrases(text_of("words_ja.js")));
  for (const PageFile& file : page_files()) {
    for (const std::string& key :
         found_in(std::string(file.content), R"re((?:data-word="|said\("|phrase\(")(\w+)")re"))
      EXPECT_TRUE(english.contains(key)) << file.name << ": " << key;
  }
}

}  // namespace
}  // namespace pbb
