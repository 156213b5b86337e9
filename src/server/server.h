// pbb serve: a model with its rules, over HTTP.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/options.h"
#include "decisions/guard.h"

namespace pbb {

struct ServeOptions {
  std::string model;  // any MODEL; rules are served where it is a folder that pbb learn made
  std::string name;   // the model's id for clients; empty: the folder's or file's
  std::string host = "127.0.0.1";
  int port = 8080;
  Guard guard = Guard::checked;
  std::string form;   // empty: as the run's arms are asked
  std::string audit;  // file of the log; empty: none
  int audit_megabytes = 0;
  std::vector<std::string> masked;
  std::string api_key_file;  // empty: no keys
  bool rules_only = false;   // no /v1/chat/completions and /v1/completions
  bool unsafe_no_isolation = false;
  int parallel = 8;
  int context = 2048;
  int max_requests = 64;
  double timeout = 120;
  int max_body_kilobytes = 1024;
};
template <typename Fields>
void list_options(Fields& fields, ServeOptions& options) {
  fields("parallel", options.parallel, Range{1, 256},
         "sequences decoded side by side; more wait for their turn");
  fields("context", options.context, Range{64, 1e6},
         "tokens of a prompt and its answer, at most (and the model's own)");
  fields("max_requests", options.max_requests, Range{1, 4096},
         "requests for the model at once; one more is told 503");
  fields("timeout", options.timeout, Range{1, 86400}, "seconds that a request may take");
  fields("audit_megabytes", options.audit_megabytes, Range{0, 1e6},
         "of the log's file, after which it goes on in a new one; 0: never");
  fields("max_body_kilobytes", options.max_body_kilobytes, Range{1, 65536}, "of a request");
}

// What can be asked of a server that runs: a descriptor each, of eventfd, that can be read from when it is asked; -1:
// it never is.
struct ServeEvents {
  int stop = -1;      // ends it when the last answer is out
  int reload = -1;    // loads `model` anew; that answers from then on, if it can be served
  int next_log = -1;  // has the log go on in a new file
};

// Serves until it is asked to stop. on_ready: with the address, once requests are taken. InputError when something is
// not there or not allowed.
void serve(const ServeOptions& options, const ServeEvents& events,
           const std::function<void(const std::string& address)>& on_ready);

}  // namespace pbb
