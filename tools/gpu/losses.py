#!/usr/bin/env python3
"""python3 losses.py metrics.jsonl: the first and the last loss of every stage of a training run; fails unless all are finite and most fall."""
import json
import math
import sys


def main(path):
    stages = {}
    with open(path) as file:
        for line in file:
            sample = json.loads(line)
            if "loss/total" in sample["values"]:
                stages.setdefault(sample["stage"], []).append(sample["values"]["loss/total"])
    finite = bool(stages) and all(loss is not None and math.isfinite(loss) for losses in stages.values() for loss in losses)
    fell = [stage for stage, losses in stages.items() if finite and losses[-1] < losses[0]]
    print("; ".join(f"{stage} {losses[0]:.4g} -> {losses[-1]:.4g}" if finite else f"{stage}: not finite" for stage, losses in stages.items()))
    return 0 if finite and 2 * len(fell) > len(stages) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
