#include "server/page.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "base/sha256.h"

namespace pbb {
namespace {

// Nothing from elsewhere, nothing inline, no text that becomes markup, and no frame around it.
constexpr const char* content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const char* content_type(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "text/javascript; charset=utf-8";
}

// Whether `tag` is among those of an If-None-Match.
bool is_known(const std::string& tags, const std::string& tag) {
  return tags == "*" || tags.find(tag) != std::string::npos;
}

void answer(const PageFile& file, const std::string& tag, const httplib::Request& request,
            httplib::Response& response) {
  response.set_header("Content-Security-Policy", content_policy);
  response.set_header("X-Frame-Options", "DENY");  // for what is older than frame-ancestors
  response.set_header("Referrer-Policy", "no-referrer");
  response.set_header("Cross-Origin-Opener-Policy", "same-origin");
  response.set_header("Cross-Origin-Resource-Policy", "same-origin");
  // Asked for each time, and sent when the program has another: pages of two versions never mix.
  response.set_header("Cache-Control", "no-cache");
  response.set_header("ETag", tag);
  if (is_known(request.get_header_value("If-None-Match"), tag)) {
    response.status = 304;
    return;
  }
  response.set_content(file.content.data(), file.content.size(), content_type(file.name));
}

}  // namespace

void add_page_routes(httplib::Server& routes, Gate& gate) {
  struct Served {
    const PageFile* file;
    std::string tag;
  };
  std::map<std::string, Served> by_path;
  for (const PageFile& file : page_files()) {
    const std::string path = file.name == "index.html" ? "/" : fmt::format("/page/{}", file.name);
    by_path[path] = {&file, fmt::format("\"{}\"", sha256(file.content).substr(0, 32))};
  }
  routes.Get("/|/page/[^/]+",
             gate.open("page", [by_path = std::move(by_path)](const httplib::Request& request,
                                                              httplib::Response& response) {
               const auto found = by_path.find(request.path);
               if (found == by_path.end()) {
                 response.status = 404;  // in the words of all that is not there
                 return;
               }
               answer(*found->second.file, found->second.tag, request, response);
             }));
}

}  // namespace pbb
