#!/usr/bin/env bash
# Fails when a C++ source is not as clang-format would write it (.clang-format); `make format` mends it.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v clang-format >/dev/null; then
  echo "check_format: clang-format is not installed" >&2
  echo "HINT: run scripts/setup.sh --test" >&2
  exit 1
fi
scripts/list_sources.sh | xargs -0 clang-format --dry-run -Werror
