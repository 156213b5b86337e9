#include "server/server.h"

#include <fmt/format.h>

#include <ctime>
#include <filesystem>

#include "base/error.h"
#include "base/machine.h"
#include "base/plural.h"
#include "base/printable.h"
#include "run/sandboxes.h"
#include "server/api_error.h"
#include "server/event_watch.h"
#include "server/http_server.h"
#include "server/package.h"
#include "server/page.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t threads_beside_the_model = 16;  // for what is answered at once: health, metrics, lists

// Of a link its own name, which stays when it is set to another folder.
std::string model_id(const ServeOptions& options) {
  if (!options.name.empty()) return options.name;
  if (!fs::exists(options.model)) return options.model;
  const fs::path path = fs::absolute(options.model).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

GateOptions gate_options(const ServeOptions& options) {
  GateOptions gate;
  if (!options.api_key_file.empty()) gate.keys = read_api_keys(options.api_key_file);
  gate.most_at_once = static_cast<std::size_t>(options.max_requests);
  gate.seconds = options.timeout;
  gate.is_local = is_loopback(options.host);
  if (gate.keys.empty() && !gate.is_local) {
    throw InputError(fmt::format("--host {}: others could ask without a key", options.host),
                     "add --api-key-file FILE; for TLS put a reverse proxy before it (docs/serve.md)");
  }
  return gate;
}

HttpOptions http_options(const ServeOptions& options) {
  HttpOptions http;
  http.host = options.host;
  http.port = options.port;
  http.threads = static_cast<std::size_t>(options.max_requests) + threads_beside_the_model;
  http.body_bytes = static_cast<std::size_t>(options.max_body_kilobytes) * 1024;
  return http;
}

// The sandbox runs the calls of one thread at a time.
Runner one_at_a_time(Runner run) {
  return
      [run = std::move(run), running = std::make_shared<std::mutex>()](std::span<const ProgramCall> calls) {
        const std::lock_guard lock(*running);
        return run(calls);
      };
}

// So that the worker is there before the first request.
void warm_up(const Runner& run) {
  const ProgramCall call{"def ready():\n    return True\n", "ready", {}, false};
  run_calls(run, {&call, 1});
}

std::optional<DecisionLog> log_of(const ServeOptions& options, const Decider& decider) {
  if (options.audit.empty()) return std::nullopt;
  return std::optional<DecisionLog>(std::in_place, options.audit, opening_labels(decider, "pbb serve"),
                                    std::int64_t{options.audit_megabytes} << 20);
}

// What the routes work on, in the order in which it is made.
struct Parts {
  Parts(const ServeOptions& options, PackagePlan plan)
      : http(http_options(options)),
        gate(gate_options(options), metrics),
        log(log_of(options, plan.decider)) {
    served.id = model_id(options);
    served.run = one_at_a_time(sandbox_runner(options.unsafe_no_isolation));
    served.log = log ? &*log : nullptr;
    if (!plan.rules.empty() && options.guard != Guard::model) warm_up(served.run);
    packages.emplace(std::make_shared<Package>(std::move(plan), options, served));
  }

  HttpServer http;
  Metrics metrics;
  Gate gate;
  std::optional<DecisionLog> log;
  PackageSurroundings served{.metrics = metrics};
  std::optional<PackageHolder> packages;
};

void add_text_routes(Parts& parts, const ServeOptions& options) {
  for (const auto& [path, is_chat] :
       {std::pair("/v1/chat/completions", true), std::pair("/v1/completions", false)}) {
    const std::string endpoint = is_chat ? "chat" : "completions";
    parts.http.routes().Post(
        path, parts.gate.asking(endpoint, [&, chat = is_chat](const Asked& asked, auto& response) {
          if (options.rules_only)
            throw ApiError(501, "invalid_request_error",
                           "This server answers about rules alone (--rules-only).", "switched_off");
          const auto package = parts.packages->now();
          package->text().answer(asked, chat, response, package);
        }));
  }
}

void add_rule_routes(Parts& parts) {
  httplib::Server& routes = parts.http.routes();
  routes.Get("/v1/rules", parts.gate.closed("rules", [&](const auto&, auto& response) {
    parts.packages->now()->rules().list(response);
  }));
  routes.Get("/v1/rules/([^/]+)",
             parts.gate.closed("rule", [&](const httplib::Request& request, auto& response) {
               parts.packages->now()->rules().show(request.matches[1], response);
             }));
  routes.Post("/v1/rules/([^/]+)/ask", parts.gate.asking("ask", [&](const Asked& asked, auto& response) {
    parts.packages->now()->rules().ask(asked.http.matches[1], asked, response);
  }));
}

void add_state_routes(Parts& parts, const ServeOptions& options) {
  httplib::Server& routes = parts.http.routes();
  routes.Get("/health", parts.gate.open("health", [](const auto&, auto& response) {
    set_json(response, {{"status", "ok"}});
  }));
  routes.Get("/v1/models", parts.gate.closed("models", [&](const auto&, auto& response) {
    const auto package = parts.packages->now();
    const std::string& rules = package->plan().decider.package;
    const ordered_json model = {{"id", parts.served.id},
                                {"object", "model"},
                                {"created", package->loaded()},
                                {"owned_by", "pbb"},
                                {"context", package->model().context()},
                                {"rules", package->plan().rules.size()},
                                {"package", rules.empty() ? ordered_json(nullptr) : ordered_json(rules)},
                                {"guard", choice_name<Guard>(guards, options.guard)},
                                {"rules_only", options.rules_only}};
    set_json(response, {{"object", "list"}, {"data", {model}}});
  }));
  routes.Get("/metrics", parts.gate.closed("metrics", [&](const auto&, auto& response) {
    const ModelThread::Load load = parts.packages->now()->model().load();
    response.set_content(
        parts.metrics.text({{"pbb_sequences_running", static_cast<double>(load.running)},
                            {"pbb_sequences_waiting", static_cast<double>(load.waiting)},
                            {"pbb_prompt_tokens_total", static_cast<double>(load.prompt_tokens)},
                            {"pbb_generated_tokens_total", static_cast<double>(load.generated_tokens)},
                            {"pbb_decode_calls_total", static_cast<double>(load.steps)},
                            {"pbb_requests_in_progress", static_cast<double>(parts.gate.in_progress())},
                            {"pbb_resident_memory_bytes", static_cast<double>(resident_memory_bytes())}}),
        "text/plain; version=0.0.4");
  }));
}

// What no route answers, and what cpp-httplib refuses itself, in the form of all errors.
void add_errors(Parts& parts) {
  httplib::Server& routes = parts.http.routes();
  routes.set_default_headers({{"X-Content-Type-Options", "nosniff"}});
  routes.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    const int status = response.status;
    const std::string message =
        status == 404 ? fmt::format("There is nothing at {} {}.", request.method, request.path.substr(0, 200))
        : status == 413 ? "The body is longer than is allowed here (--max-body-kilobytes)."
        : status == 414 ? "The address is too long."
                        : "The request cannot be read.";
    const char* code = status == 404 ? "not_found" : status == 413 ? "too_large" : "bad_request";
    response.set_content(error_body({status, "invalid_request_error", message, code}), "application/json");
  });
  // A body that is packed could unpack to any size.
  routes.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
    if (!request.has_header("Content-Encoding")) return httplib::Server::HandlerResponse::Unhandled;
    response.status = 415;
    response.set_content(
        error_body({415, "invalid_request_error", "Send the body as it is, without Content-Encoding.",
                    "unsupported_media_type"}),
        "application/json");
    return httplib::Server::HandlerResponse::Handled;
  });
}

std::string address_of(const ServeOptions& options, int port) {
  const bool is_six = options.host.find(':') != std::string::npos;
  return is_six ? fmt::format("http://[{}]:{}", options.host, port)
                : fmt::format("http://{}:{}", options.host, port);
}

// What is where the model's name leads to now takes the place of what is served, or it is said why not.
void reload(Parts& parts, const ServeOptions& options) {
  try {
    const auto load = [&] {
      PackagePlan plan = plan_package(options);
      if (plan.rules.empty() && !parts.packages->now()->plan().rules.empty())
        throw InputError(
            fmt::format("{}: {}", plan.folder,
                        fs::exists(plan.folder) ? "there are no rules in it" : "there is nothing there"),
            "a folder that pbb learn made has them in registry.sqlite");
      return std::make_shared<Package>(std::move(plan), options, parts.served);
    };
    parts.packages->replace(load, [&](const Package& next) {
      if (parts.log) parts.log->append_switch(opening_labels(next.plan().decider, "pbb serve"));
      fmt::print(stderr, "pbb: from now on {} answers, with {}\n", next.plan().folder,
                 plural(next.plan().rules.size(), "rule"));
    });
    parts.metrics.add("pbb_reloads_total", {{"result", "switched"}});
  } catch (const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    fmt::print(stderr, "pbb: not switched, {} goes on answering: {}{}\n",
               parts.packages->now()->plan().folder, printable_line(error.what()),
               known == nullptr || known->hint().empty() ? "" : fmt::format(" ({})", known->hint()));
    parts.metrics.add("pbb_reloads_total", {{"result", "refused"}});
  }
}

void begin_next_log(Parts& parts) {
  try {
    if (parts.log) parts.log->rotate();
  } catch (const Error& error) {
    fmt::print(stderr, "pbb: the log does not go on in a new file: {}\n", error.what());
  }
}

}  // namespace

void serve(const ServeOptions& options, const ServeEvents& events,
           const std::function<void(const std::string&)>& on_ready) {
  check_ranges("serve", options);
  Parts parts(options, plan_package(options));
  add_page_routes(parts.http.routes(), parts.gate);
  add_text_routes(parts, options);
  add_rule_routes(parts);
  add_state_routes(parts, options);
  add_errors(parts);
  const EventWatch reloads(events.reload, [&] { reload(parts, options); });
  const EventWatch log_ends(events.next_log, [&] { begin_next_log(parts); });
  on_ready(address_of(options, parts.http.port()));
  parts.http.run(events.stop);
}

}  // namespace pbb
