// Importer of Python files as they are.
#pragma once

#include "programs/importers/importer.h"

namespace pbb {

Importer python_importer();

}  // namespace pbb
