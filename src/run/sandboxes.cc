#include "run/sandboxes.h"

#include <memory>

#include "sandbox/sandbox.h"

namespace pbb {

namespace {

Runner make_runner(bool unsafe, unsigned hash_seed) {
  SandboxOptions options;
  options.unsafe_no_isolation = unsafe;
  options.hash_seed = hash_seed;
  auto sandbox = std::make_shared<Sandbox>(options);
  return [sandbox](std::span<const ProgramCall> calls) { return sandbox->run(calls); };
}

}  // namespace

Runner sandbox_runner(bool unsafe) {
  return make_runner(unsafe, 0);
}

Runners sandbox_runners(bool unsafe) {
  return {.run = make_runner(unsafe, 0), .other = make_runner(unsafe, 1)};
}

}  // namespace pbb
