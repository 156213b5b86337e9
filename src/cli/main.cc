// pbb: programming by backprop. The commands are in commands.h, one file each.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/thread_waiting.h"
#include "cli/commands.h"

namespace {

void report(const pbb::Error& error) {
  fmt::print(stderr, "pbb: error: {}\n", error.what());
  if (!error.hint().empty()) fmt::print(stderr, "pbb: HINT: {}\n", error.hint());
}

}  // namespace

int main(int argc, char** argv) {
  pbb::limit_thread_spinning(argv);
  CLI::App app(
      "Fine-tune a language model on the source of programs, and measure whether it can then run them.",
      "pbb");
  app.require_subcommand(1);
  pbb::add_run_commands(app);
  pbb::add_base_command(app);
  pbb::add_estimate_command(app);
  pbb::add_make_command(app);
  pbb::add_check_command(app);
  pbb::add_recipe_command(app);
  pbb::add_inspect_command(app);
  pbb::add_ask_command(app);
  pbb::add_export_command(app);
  pbb::add_info_command(app);
  pbb::add_tokenize_command(app);
  pbb::add_score_command(app);
  pbb::add_bench_command(app);

  pbb::install_signal_handlers();
  try {
    const auto is_called = [&](const CLI::App* command) { return command->check_name(argv[1]); };
    if (argc > 1 && argv[1][0] != '-' && std::ranges::none_of(app.get_subcommands({}), is_called)) {
      throw pbb::InputError(fmt::format("there is no command '{}'", argv[1]), "pbb --help lists them");
    }
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const pbb::Interrupted& error) {
    report(error);
    return 130;
  } catch (const pbb::InputError& error) {
    report(error);
    return 2;
  } catch (const pbb::Error& error) {
    report(error);
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "pbb: internal error: {}\npbb: HINT: this is a bug in pbb; please report it with the command "
               "that you ran\n",
               error.what());
    return 1;
  }
}
