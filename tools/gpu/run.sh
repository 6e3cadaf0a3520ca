#!/usr/bin/env bash
# On a machine with a GPU, from anywhere in the repository, after tools/gpu/publish.sh elsewhere: proves and measures what only a GPU can, within
# ten minutes, and ends in a table. A step that fails, is skipped or runs out of time is reported and the rest goes on. Results go to $OUT (or
# artifacts/gpu/results): run.log, results.json, table.txt. Without a GPU the steps that need one are skipped, and say why.
#
#   tools/gpu/run.sh [--rehearse] [--tf32]
#
# --rehearse tries the steps themselves with tiny sizes and the CPU in the GPU's place. Exit code: 0, or 1 when a step failed.
set -uo pipefail
cd "$(dirname "$0")/../.."
total=${FML_GPU_SECONDS:-575}
results=${OUT:-artifacts/gpu/results}
rehearse=0 tf32=""
for word in "$@"; do
    case $word in
        --rehearse) rehearse=1 ;;
        --tf32) tf32=--tf32 ;;
        *) echo "'$word' is not understood: tools/gpu/run.sh [--rehearse] [--tf32]"; exit 1 ;;
    esac
done

mkdir -p "$results"
results=$(cd "$results" && pwd)
log=$results/run.log
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$log" >"$work/steps.tsv"
failures=0

note() { # name, status, seconds, remark
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$work/steps.tsv"
    printf '%-34s %-8s %4s s  %s\n' "$1" "$2" "$3" "$4"
    [ "$2" = FAILED ] && failures=$((failures + 1))
    return 0
}

# A step has a limit, and leaves so many seconds to those behind it. Its output goes to the log; what it came to is its last telling line.
step() { # name, limit, reserve, command...
    local name=$1 limit=$2 left=$((total - SECONDS - $3)) start=$SECONDS code remark status
    shift 3
    [ "$left" -lt "$limit" ] && limit=$left
    if [ "$limit" -lt 5 ]; then note "$name" skipped 0 "no time left"; return; fi
    printf '\n=== %s: %s\n' "$name" "$*" >>"$log"
    timeout --kill-after=5 "$limit" "$@" >"$work/output" 2>&1
    code=$?
    cat "$work/output" >>"$log"
    remark=$(summary "$work/output")
    case $code in
        0) status=ok ;;
        3) status=skipped ;;
        124 | 137) status=FAILED remark="stopped after $limit s; $remark" ;;
        *) status=FAILED remark="exit code $code; $remark" ;;
    esac
    # A test program that only skipped has proven nothing.
    if [ $code = 0 ] && grep -q '^ *succeeded: 0$' "$work/output"; then
        status=skipped remark="$(grep -m1 -i 'no GPU to run on' "$work/output" | sed 's/^ *//')"
    fi
    note "$name" $status $((SECONDS - start)) "${remark:0:150}"
}

# Counts of a test program, what a sanitizer found, or else the last line.
summary() {
    local counts found
    counts=$(sed -n 's/^ *\(failed\|succeeded\|skipped\): \([0-9]*\)$/\2 \1/p' "$1" | paste -sd, | sed 's/,/, /g')
    found=$(grep -E 'ERROR SUMMARY|RACECHECK SUMMARY' "$1" | tail -1 | sed 's/^=* *//')
    if [ -n "$counts$found" ]; then echo "$counts${found:+; $found}"; else grep -v '^ *$' "$1" | tail -1 | tr '\t' ' '; fi
}

skip() { note "$1" skipped 0 "$2"; }

# --- programs ------------------------------------------------------------------------------------------------------------------------
archive=$(ls artifacts/gpu/programs.tar.* 2>/dev/null | head -1)
if [ -z "$archive" ]; then
    echo "There is no artifacts/gpu/programs.tar.*: run tools/gpu/publish.sh where the .NET SDK is, and carry the folder here."
    exit 1
fi
tar -xf "$archive" -C "$work" 2>>"$log" || python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$archive" "$work" || exit 1
programs=$work/programs
# Where PyTorch lies, its NVRTC and cuBLAS lie too.
export VIRTUAL_ENV=${VIRTUAL_ENV:-$(python3 -c 'import sys; print(sys.prefix)' 2>/dev/null)}
gpu="" reason="" device=cuda tiny=""
if [ $rehearse = 1 ]; then
    device=cpu tiny=--tiny gpu=rehearsal
    export FML_REHEARSE=1
else
    if reason=$("$programs/Fml.Bench" cuda --probe 2>&1); then gpu=$(tail -1 <<<"$reason"); fi
    reason=$(tail -1 <<<"$reason")
fi
echo "GPU: ${gpu:-none. $reason}; programs $(cat "$programs/version.txt" 2>/dev/null)"
# Where the driver has its device files there is a GPU, and not being able to use it is a failure.
[ -z "$gpu" ] && [ -e /dev/nvidiactl ] && note "opening the GPU" FAILED 0 "$reason"

# --- proofs --------------------------------------------------------------------------------------------------------------------------
step doctor 40 0 "$programs/fml" doctor
timings=260 # what the timings need at the end
graph="$programs/Fml.Graph.Tests" model="$programs/Fml.Model.Tests" quiet="--progress off --no-ansi --output Detailed"
if [ -n "$gpu" ]; then
    step "conformance: graph" 150 $timings "$graph" --filter-class '*.GpuConformanceTests' $quiet
    step "conformance: face" 90 $timings "$model" --filter-class '*.GpuConformanceTests' $quiet
    step "step and reconstruction = CPU" 90 $timings "$model" --filter-class '*.GpuTrainingTests' $quiet
    if [ $rehearse = 1 ]; then skip "short training" "too long for a rehearsal"
    else step "short training: fml demo" 120 $timings bash -c '
        "$1/fml" demo --device cuda --out "$2/demo" && python3 tools/gpu/losses.py "$2/demo/metrics.jsonl"' - "$programs" "$work"; fi

    sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | head -1)
    for tool in memcheck racecheck; do
        for suite in graph face; do
            program=$graph && [ $suite = face ] && program=$model
            if [ -z "$sanitizer" ]; then skip "$tool: $suite" "there is no compute-sanitizer"
            else step "$tool: $suite" 90 $timings \
                "$sanitizer" --tool $tool --error-exitcode 86 "$program" --filter-class '*.GpuConformanceTests' $quiet; fi
        done
    done
else
    for name in "conformance: graph" "conformance: face" "step and reconstruction = CPU" "short training: fml demo" memcheck racecheck; do
        skip "$name" "no GPU"
    done
fi

# --- timings -------------------------------------------------------------------------------------------------------------------------
if [ -n "$gpu" ]; then
    step timings 150 110 "$programs/Fml.Bench" cuda --device $device $tiny $tf32 --json "$work/cuda.json"
else
    skip timings "no GPU"
fi
if ! python3 -c 'import torch' 2>/dev/null; then skip "PyTorch peer" "this python3 has no torch"
elif [ -z "$gpu" ]; then skip "PyTorch peer" "no GPU"
else
    like="" && [ -s "$work/cuda.json" ] && like="--like $work/cuda.json"
    left=$((total - SECONDS - 15))
    step "PyTorch peer" $((left > 10 ? left : 10)) 5 \
        python3 -u tools/gpu/peer_torch.py $like $tiny $tf32 --device $device --seconds $((left * 3 / 4)) --json "$work/peer.json"
fi

python3 tools/gpu/table.py --cuda "$work/cuda.json" --peer "$work/peer.json" --steps "$work/steps.tsv" --json "$results/results.json" |
    tee "$results/table.txt"
echo "$SECONDS s in all; $results"
[ $failures = 0 ]
