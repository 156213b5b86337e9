// pbb serve MODEL: a model and its rules over HTTP.
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/file_descriptor.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "server/server.h"

namespace pbb {
namespace {

int stop_event = -1;  // a signal handler can reach nothing but a global

void on_signal(int) {
  const std::uint64_t one = 1;
  if (::write(stop_event, &one, sizeof one) < 0) return;  // there is no one to tell
}

// SIGINT, SIGTERM and SIGHUP end the serving; a second SIGINT the process. What is being answered is not
// cancelled, as base/cancellation would have it.
FileDescriptor stop_on_signals() {
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) throw Error("the system gives no event descriptor");
  stop_event = event.get();
  handle_stop_signals(on_signal);
  return event;
}

void start(const ServeOptions& options) {
  const FileDescriptor stop = stop_on_signals();
  serve(options, stop.get(), [&](const std::string& address) {
    fmt::print("listening on {}\n", address);
    std::fflush(stdout);
  });
  fmt::print("stopped\n");
}

}  // namespace

void add_serve_command(Command app) {
  auto options = std::make_shared<ServeOptions>();
  auto guard = std::make_shared<std::string>("checked");
  Command command =
      app.add_subcommand("serve", "Serve a model and its rules over HTTP, answers checked by a guard");
  command.add_option("MODEL", options->model, "a folder that pbb learn made, or any MODEL (without rules)")
      .required();
  command.add_option("--host", options->host, "address to listen on").shows_default();
  command.add_option("--port", options->port, "port; 0: any that is free").within(0, 65535).shows_default();
  command
      .add_option("--guard", *guard,
                  "model (its answer, unchecked), checked (its answer where source and every step are "
                  "right, else the "
                  "rule's own), shadow (the rule's own; the model is compared)")
      .one_of({"model", "checked", "shadow"})
      .shows_default();
  command
      .add_option("--form", options->form,
                  "recite or assisted (default: the first that the run's evaluation asks for)")
      .one_of({"trace", "direct", "recite", "assisted"});
  command.add_option("--audit", options->audit,
                     "log of decisions; an answer that cannot be logged is not given");
  command
      .add_option("--mask", options->masked, "an argument whose value the log does not hold; may be repeated")
      .one_value_each();
  command.add_option("--api-key-file", options->api_key_file,
                     "a key a line, with a name after it for the log");
  command.add_option("--name", options->name, "the model's id for clients (default: the folder's name)");
  command.add_flag("--rules-only", options->rules_only,
                   "no /v1/chat/completions and /v1/completions, whose text is unchecked");
  FlagAdder flags(command);
  list_options(flags, *options);
  command.add_flag("--unsafe-no-isolation", options->unsafe_no_isolation, "run the rules without bubblewrap");
  command.callback([options, guard] {
    for (const Choice<Guard>& one : guards) {
      if (*guard == one.name) options->guard = one.value;
    }
    start(*options);
  });
}

}  // namespace pbb
