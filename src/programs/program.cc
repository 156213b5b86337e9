// How a call is written.
#include "programs/program.h"

namespace pbb {

std::string call_text(const std::string& name, std::span<const Value> arguments) {
  std::string text = name + "(";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) text += ", ";
    text += to_python(arguments[i]);
  }
  return text + ")";
}

}  // namespace pbb
