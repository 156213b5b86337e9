#include "run/sandboxes.h"

#include <memory>

#include "sandbox/sandbox.h"

namespace pbb {

Runner sandbox_runner(bool unsafe) {
  SandboxOptions options;
  options.unsafe_no_isolation = unsafe;
  auto sandbox = std::make_shared<Sandbox>(options);
  return [sandbox](std::span<const ProgramCall> calls) { return sandbox->run(calls); };
}

}  // namespace pbb
