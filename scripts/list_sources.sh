#!/usr/bin/env bash
# Prints our C++ sources, each followed by a NUL byte: those git tracks, or all where there is no git checkout.
set -euo pipefail
cd "$(dirname "$0")/.."
if git ls-files --error-unmatch CMakeLists.txt >/dev/null 2>&1; then
  git ls-files -z -- 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' 'bench/*.cc' 'bench/*.h'
else
  find src tests bench \( -name '*.h' -o -name '*.cc' \) -print0
fi
