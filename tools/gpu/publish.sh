#!/usr/bin/env bash
# Puts what a machine with a GPU needs into artifacts/gpu, which git ignores: the test programs, the bench and fml with one .NET runtime beside
# them (a GPU machine has none), as one archive. The CUDA kernels are inside the programs as source and are compiled there. Run it where the .NET
# SDK is; then carry artifacts/gpu along with the working tree and start tools/gpu/run.sh over there.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
out=artifacts/gpu
runtime=${FML_RUNTIME:-linux-x64}
limit_mib=64

rm -rf "$out" && mkdir -p "$out"
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT

dotnet msbuild tools/gpu/programs.proj -t:Publish -p:Runtime="$runtime" -p:Folder="$staging/programs" -nologo -v:quiet -clp:ErrorsOnly

rm -f "$staging"/programs/*.pdb "$staging"/programs/*.xml
git describe --always --dirty >"$staging/programs/version.txt" 2>/dev/null || true

tar -C "$staging" -cf "$staging/programs.tar" programs
if command -v xz >/dev/null; then xz -T0 -6 "$staging/programs.tar"; else gzip -9 "$staging/programs.tar"; fi
mv "$staging"/programs.tar.* "$out/"
bytes=$(du -sb "$out" | cut -f1)
printf '%s: %s, %d MiB (%d MiB unpacked)\n' "$out" "$(ls "$out")" $((bytes >> 20)) "$(du -sm "$staging/programs" | cut -f1)"
[ $((bytes >> 20)) -lt $limit_mib ] || { echo "That is more than $limit_mib MiB."; exit 1; }
