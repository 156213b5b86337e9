#include "server/server.h"

#include <fmt/format.h>

#include <ctime>
#include <filesystem>

#include "base/error.h"
#include "base/machine.h"
#include "decisions/learnt.h"
#include "run/models.h"
#include "run/sandboxes.h"
#include "run/taken_folder.h"
#include "server/api_error.h"
#include "server/http_server.h"
#include "server/page.h"
#include "server/rules_api.h"
#include "server/text_api.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t threads_beside_the_model = 16;  // for what is answered at once: health, metrics, lists

std::string model_id(const ServeOptions& options) {
  if (!options.name.empty()) return options.name;
  if (!fs::exists(options.model)) return options.model;
  const fs::path path = fs::weakly_canonical(options.model);
  return path.filename().string();
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

std::vector<RegisteredRule> rules_of(const ServeOptions& options) {
  if (!fs::exists(Registry::file_in(options.model))) return {};
  return Registry(options.model, Database::Mode::read).rules();
}

// A certificate speaks of the weights that it was made of.
void warn_of_other_weights(const ServeOptions& options, const std::vector<RegisteredRule>& rules) {
  const std::string weights =
      adapter_sha256(options.model, read_kept_recipe(fs::path(options.model) / "recipe.toml"));
  for (const RegisteredRule& rule : rules) {
    if (rule.entry.adapter_sha256 != weights)
      fmt::print(stderr, "pbb: warning: the certificate of {} is of other weights than the model has now\n",
                 rule.entry.name);
  }
}

HttpOptions http_options(const ServeOptions& options) {
  HttpOptions http;
  http.host = options.host;
  http.port = options.port;
  http.threads = static_cast<std::size_t>(options.max_requests) + threads_beside_the_model;
  http.body_bytes = static_cast<std::size_t>(options.max_body_kilobytes) * 1024;
  return http;
}

EngineOptions engine_options_of(const ServeOptions& options) {
  return {.sequences = static_cast<std::size_t>(options.parallel),
          .cached_tokens = static_cast<std::size_t>(options.context)};
}

// What the routes work on, in the order in which it is made.
struct Parts {
  explicit Parts(const ServeOptions& options)
      : http(http_options(options)),
        gate(gate_options(options), metrics),
        compute(compute_type_of(options.model)),
        decider{.model = options.model,
                .compute = std::string(data_type_name(compute)),
                .masked = {options.masked.begin(), options.masked.end()}},
        registered(rules_of(options)) {}

  HttpServer http;
  Metrics metrics;
  Gate gate;
  DataType compute;
  Decider decider;
  std::vector<RegisteredRule> registered;
  std::optional<DecisionLog> log;
  std::optional<ModelThread> model;
  std::optional<TextApi> text;
  std::optional<RulesApi> rules;
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
          parts.text->answer(asked, chat, response);
        }));
  }
}

void add_rule_routes(Parts& parts) {
  httplib::Server& routes = parts.http.routes();
  routes.Get("/v1/rules",
             parts.gate.closed("rules", [&](const auto&, auto& response) { parts.rules->list(response); }));
  routes.Get("/v1/rules/([^/]+)",
             parts.gate.closed("rule", [&](const httplib::Request& request, auto& response) {
               parts.rules->show(request.matches[1], response);
             }));
  routes.Post("/v1/rules/([^/]+)/ask", parts.gate.asking("ask", [&](const Asked& asked, auto& response) {
    parts.rules->ask(asked.http.matches[1], asked, response);
  }));
}

void add_state_routes(Parts& parts, const ServeOptions& options, const std::string& id) {
  httplib::Server& routes = parts.http.routes();
  routes.Get("/health", parts.gate.open("health", [](const auto&, auto& response) {
    set_json(response, {{"status", "ok"}});
  }));
  routes.Get("/v1/models",
             parts.gate.closed("models", [&, id, started = std::time(nullptr)](const auto&, auto& response) {
               const ordered_json model = {{"id", id},
                                           {"object", "model"},
                                           {"created", started},
                                           {"owned_by", "pbb"},
                                           {"context", parts.model->context()},
                                           {"rules", parts.registered.size()},
                                           {"guard", choice_name<Guard>(guards, options.guard)},
                                           {"rules_only", options.rules_only}};
               set_json(response, {{"object", "list"}, {"data", {model}}});
             }));
  routes.Get("/metrics", parts.gate.closed("metrics", [&](const auto&, auto& response) {
    const ModelThread::Load load = parts.model->load();
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

}  // namespace

void serve(const ServeOptions& options, int stop, const std::function<void(const std::string&)>& on_ready) {
  check_ranges("serve", options);
  Parts parts(options);
  const Asking asking = asking_of(options.model, options.form, 0);
  if (!parts.registered.empty()) {
    check_guard(options.guard, asking);
    if (is_run_folder(options.model)) warn_of_other_weights(options, parts.registered);
  }
  const Runner run = sandbox_runner(options.unsafe_no_isolation);
  if (!parts.registered.empty() &&
      options.guard != Guard::model) {  // its worker is there before the first request
    const ProgramCall call{"def ready():\n    return True\n", "ready", {}, false};
    run_calls(run, {&call, 1});
  }
  if (!options.audit.empty()) parts.log.emplace(options.audit, opening_labels(parts.decider, "pbb serve"));
  parts.model.emplace([&] { return load_any_model(options.model, parts.compute); },
                      engine_options_of(options));
  const std::string id = model_id(options);
  parts.text.emplace(ServedModel{id, &parts.model->tokenizer(), parts.model->context()}, *parts.model,
                     parts.metrics);
  parts.rules.emplace(parts.registered, DecidingOptions{options.guard, asking, parts.decider}, run,
                      *parts.model, parts.log ? &*parts.log : nullptr, parts.metrics);
  add_page_routes(parts.http.routes(), parts.gate);
  add_text_routes(parts, options);
  add_rule_routes(parts);
  add_state_routes(parts, options, id);
  add_errors(parts);
  on_ready(address_of(options, parts.http.port()));
  parts.http.run(stop);
}

}  // namespace pbb
