// The web page at `/`: files of src/server/page, which travel inside the binary. Everybody may load them: what a key
// protects, the page asks the API for.
#pragma once

#include <httplib.h>

#include <span>
#include <string_view>

#include "server/gate.h"

namespace pbb {

struct PageFile {
  std::string_view name, content;  // "page.css"
};
std::span<const PageFile> page_files();

// `/` is index.html; each other file is at /page/NAME.
void add_page_routes(httplib::Server& routes, Gate& gate);

}  // namespace pbb
