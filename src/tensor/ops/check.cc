#include "tensor/ops/check.h"

#include <stdexcept>
#include <string>

namespace pbb {

void check_operands(bool holds, std::string_view op, std::string_view rule,
                    std::initializer_list<const Tensor*> operands) {
  if (holds) return;
  std::string message = std::string(op) + ": " + std::string(rule);
  std::string_view separator = "; got ";
  for (const Tensor* operand : operands) {
    message += separator;
    message += data_type_name(operand->type());
    message += " (";
    for (std::size_t axis = 0; axis < operand->shape().size(); ++axis) {
      message += (axis == 0 ? "" : ", ") + std::to_string(operand->shape()[axis]);
    }
    message += ")";
    separator = ", ";
  }
  throw std::logic_error(message);
}

}  // namespace pbb
