// pbb serve MODEL: a model and its rules over HTTP.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/file_descriptor.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "server/server.h"

namespace pbb {
namespace {

// A signal handler can reach nothing but globals.
int stop_event = -1, reload_event = -1, next_log_event = -1;
bool ends_with_terminal = false;

void tell(int event) {
  const std::uint64_t one = 1;
  if (::write(event, &one, sizeof one) < 0) return;  // there is no one to tell
}

bool has_terminal() {
  const FileDescriptor terminal(::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC));
  return static_cast<bool>(terminal);
}

void on_stop(int) {
  tell(stop_event);
}

// It says two things: that the terminal has gone which the server was started from, or, sent by somebody, that it is to
// look again at what it serves.
void on_hangup(int) {
  const int number = errno;
  tell(ends_with_terminal && !has_terminal() ? stop_event : reload_event);
  errno = number;
}

void on_next_log(int) {
  tell(next_log_event);
}

struct Events {
  FileDescriptor stop{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  FileDescriptor reload{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  FileDescriptor next_log{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

// SIGINT and SIGTERM end the serving; a second SIGINT the process. What is being answered is not cancelled, as
// base/cancellation would have it. SIGHUP and SIGUSR1 are what operators send to servers for a new configuration and
// for a new log.
Events listen_to_signals() {
  Events events;
  if (!events.stop || !events.reload || !events.next_log) throw Error("the system gives no event descriptor");
  stop_event = events.stop.get();
  reload_event = events.reload.get();
  next_log_event = events.next_log.get();
  handle_stop_signals(on_stop);
  struct sigaction action {
  }, before{};
  ::sigaction(SIGHUP, nullptr, &before);
  ends_with_terminal = before.sa_handler != SIG_IGN && has_terminal();  // ignored: under nohup
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  action.sa_handler = on_hangup;
  ::sigaction(SIGHUP, &action, nullptr);
  action.sa_handler = on_next_log;
  ::sigaction(SIGUSR1, &action, nullptr);
  return events;
}

void start(const ServeOptions& options) {
  const Events events = listen_to_signals();
  const ServeEvents descriptors{
      .stop = events.stop.get(), .reload = events.reload.get(), .next_log = events.next_log.get()};
  serve(options, descriptors, [&](const std::string& address) {
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
    options->guard = find_choice<Guard>(guards, *guard).value();  // the flag takes no other word
    start(*options);
  });
}

}  // namespace pbb
