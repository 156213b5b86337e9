// pbb bench: what it measures is in bench_train.cc and bench_decode.cc.
#include "cli/commands.h"

namespace pbb {

void add_bench_command(Command app) {
  Command command = app.add_subcommand("bench", "Measure the engine (make bench sets it beside others)");
  command.require_subcommand();
  add_bench_train(command);
  add_bench_decode(command);
}

}  // namespace pbb
