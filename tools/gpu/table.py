#!/usr/bin/env python3
"""Merges the measurements of Fml.Bench and of peer_torch.py into one short table, ratios included.

python3 table.py [--cuda cuda.json] [--peer peer.json] [--steps steps.tsv] [--json results.json]

Files that are not there are left out. steps.tsv has a line a step of run.sh: name, status, seconds, remark.
"""
import argparse
import json
import os

AIMS = "aims on an H100: step 1.5 x as fast as eager with 0.6 of its memory; 0.5 ms a reconstruction; basis update at 80 % of the copy"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("cuda", "peer", "steps", "json"):
        parser.add_argument(f"--{name}")
    arguments = parser.parse_args()
    fml, peer, steps = loaded(arguments.cuda), loaded(arguments.peer), read_steps(arguments.steps)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(dict(steps=steps, fml=fml, torch=peer), file, indent=1)
    if steps:
        show(["step", "s", "result"], [[step["name"], step["seconds"], f"{step['status']:<8} {step['remark']}"] for step in steps], left=(0, 2))
    if fml or peer:
        ceilings(fml, peer)
        whole_steps(fml, peer)
        reconstruction(fml, peer)
        primitives(fml, peer)
        for text in fml.get("failures", []) + peer.get("notes", []):
            print(f"! {text}")


def loaded(path):
    if not path or not os.path.exists(path):
        return {}
    with open(path) as file:
        return json.load(file)


def read_steps(path):
    if not path or not os.path.exists(path):
        return []
    with open(path) as file:
        rows = [(line.rstrip("\n").split("\t") + [""] * 4)[:4] for line in file if line.strip()]
    return [dict(zip(("name", "status", "seconds", "remark"), row)) for row in rows]


def ceilings(fml, peer):
    for name, measured in (("Fml", fml), (peer.get("framework", ""), peer)):
        if measured.get("ceilings"):
            precision = "TF32" if measured.get("tf32") else "FP32"
            print(
                f"\n{name} on {measured['device']}: copy {measured['ceilings']['copyGBs']:.0f} GB/s, "
                f"{precision} matrix product {measured['ceilings']['matrixTFlops']:.2f} TFLOP/s", end="")
    print(f"\n{AIMS}")


def whole_steps(fml, peer):
    rows = []
    for name in names(fml, peer, "steps"):
        mine, eager, compiled = find(fml, "steps", name), find(peer, "steps", name, "eager"), find(peer, "steps", name, "compile")
        rows.append([
            name, number(mine, "ms"), number(mine, "withUploadsMs"), number(mine, "byteFloorMs"), number(mine, "operationFloorMs"),
            number(eager, "ms"), number(compiled, "ms"), ratio(eager, mine, "ms"), ratio(compiled, mine, "ms"),
            number(mine, "memoryMiB", 0), number(eager, "memoryMiB", 0), ratio(mine, eager, "memoryMiB")])
    show(["training step, ms", "Fml", "uploads", "B floor", "F floor", "eager", "compile", "x eager", "x compile", "MiB", "torch MiB", "MiB ratio"], rows)


def reconstruction(fml, peer):
    rows = []
    for name in names(fml, peer, "reconstruction"):
        mine, eager = find(fml, "reconstruction", name), find(peer, "reconstruction", name, "eager")
        compiled = find(peer, "reconstruction", name, "compile")
        rows.append([
            name, number(mine, "ms", 3), number(mine, "withCopiesMs", 3), number(mine, "libraryMs", 3), number(mine, "byteFloorMs", 3),
            number(mine, "operationFloorMs", 3), number(eager, "ms", 3), number(compiled, "ms", 3), number(eager, "withCopiesMs", 3),
            ratio(eager, mine, "ms"), ratio(compiled, mine, "ms")])
    show(["one frame, ms", "Fml", "copies", "library", "B floor", "F floor", "eager", "compile", "eager copies", "x eager", "x compile"], rows)


def primitives(fml, peer):
    rows = []
    for name in names(fml, {}, "primitives"):
        mine, other = find(fml, "primitives", name), find(peer, "primitives", name)
        seconds = mine["ms"] / 1e3
        rows.append([
            name, number(mine, "ms", 3), f"{mine['bytes'] / seconds / 1e9:.0f}", f"{mine['operations'] / seconds / 1e12:.2f}",
            f"{100 * mine['ofCeiling']:.0f} %", number(other, "ms", 3), ratio(other, mine, "ms")])
    show(["primitive", "ms", "GB/s", "TFLOP/s", "of ceiling", "torch ms", "x torch"], rows)


def names(fml, peer, kind):
    return list(dict.fromkeys(row["name"] for source in (fml, peer) for row in source.get(kind, [])))


def find(source, kind, name, mode=None):
    return next((row for row in source.get(kind, []) if row["name"] == name and (mode is None or row.get("mode") == mode)), {})


def number(row, key, digits=2):
    return "" if row.get(key) is None else f"{row[key]:.{digits}f}"


def ratio(above, below, key):
    return f"{above[key] / below[key]:.2f}" if above.get(key) and below.get(key) else ""


def show(header, rows, left=(0,)):
    if not rows:
        return
    rows = [header] + [[str(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    print()
    for row in rows:
        print("  ".join(value.ljust(width) if i in left else value.rjust(width) for i, (value, width) in enumerate(zip(row, widths))).rstrip())


if __name__ == "__main__":
    main()
