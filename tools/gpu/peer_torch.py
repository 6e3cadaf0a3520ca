#!/usr/bin/env python3
"""The peer: the training step and the reconstruction of peer_model.py, and single operations, timed in PyTorch.

python3 peer_torch.py [--like cuda.json] [--json peer.json] [--device cuda] [--tiny] [--tf32] [--seconds 200] [--modes eager,compile]

With --like the sizes are those that `Fml.Bench cuda --json` measured, and every operation it names a peer for is timed too. The JSON is
written anew after every measurement, so that nothing is lost when time runs out.
"""
import argparse
import gc
import importlib
import json
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as functional

from peer_model import SIZES, FaceModel, batch_of

DEFAULT_STEPS = [("demo", 4), ("paper", 1), ("paper", 4), ("paper", 16)]
FRAMES_EACH = 4


class Clock:
    """Median time of a piece of work after warm-up, ms: by events on a GPU, by the host's clock elsewhere."""

    def __init__(self, device):
        self.cuda = device.type == "cuda"

    def median(self, work, least=5, most=50, seconds=0.5):
        for _ in range(3):
            work()
        self.wait()
        times, start = [], time.perf_counter()
        while len(times) < least or (len(times) < most and time.perf_counter() - start < seconds):
            times.append(self.once(work))
        return statistics.median(times)

    def once(self, work):
        if not self.cuda:
            start = time.perf_counter()
            work()
            return 1e3 * (time.perf_counter() - start)
        before, after = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        before.record()
        work()
        after.record()
        after.synchronize()
        return before.elapsed_time(after)

    def wait(self):
        if self.cuda:
            torch.cuda.synchronize()


class Peer:
    def __init__(self, arguments):
        self.arguments = arguments
        self.device = torch.device(arguments.device)
        self.clock = Clock(self.device)
        self.end = time.monotonic() + arguments.seconds
        name = torch.cuda.get_device_name() if self.device.type == "cuda" else f"CPU ({torch.get_num_threads()} threads)"
        self.result = dict(
            framework=f"PyTorch {torch.__version__}", device=name, tf32=arguments.tf32, ceilings={}, primitives=[], steps=[],
            reconstruction=[], notes=[])

    def save(self):
        if self.arguments.json:
            with open(self.arguments.json + ".part", "w") as file:
                json.dump(self.result, file, indent=1)
            os.replace(self.arguments.json + ".part", self.arguments.json)

    def out_of_time(self, what):
        if time.monotonic() < self.end:
            return False
        self.note(f"no time left for {what}")
        return True

    def note(self, text):
        self.result["notes"].append(text)
        print(text, flush=True)

    def guarded(self, what, measure):
        """One measurement; what fails is told and the rest goes on."""
        if self.out_of_time(what):
            return
        try:
            measure()
        except Exception as error:  # a failing peer must not cost the other measurements
            self.note(f"{what} failed: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self.save()

    def ceilings(self):
        tiny = self.arguments.tiny
        count, side = (1 << 20, 256) if tiny else (1 << 27, 8192)
        source, target = torch.rand(count, device=self.device), torch.empty(count, device=self.device)
        copy = 8 * count / self.clock.median(lambda: target.copy_(source)) / 1e6
        a, b = torch.rand(side, side, device=self.device), torch.rand(side, side, device=self.device)
        product = 2 * side ** 3 / self.clock.median(lambda: a @ b, least=3, most=10) / 1e9
        self.result["ceilings"] = dict(copyGBs=copy, matrixTFlops=product)
        print(f"copy {copy:.0f} GB/s, matrix product {product:.1f} TFLOP/s", flush=True)

    def primitive(self, name, spec):
        ms = self.clock.median(operation(spec, self.device))
        self.result["primitives"].append(dict(name=name, ms=ms))
        print(f"{name:<52} {ms:9.3f} ms", flush=True)

    def step(self, name, sizes, people, frames_each, mode):
        model = FaceModel(sizes, self.device)
        parameters = list(model.parameters())
        fused = dict(fused=True) if self.device.type == "cuda" else {}
        optimizer = torch.optim.Adam(parameters, lr=1e-5, eps=1e-8, **fused)
        batch = batch_of(sizes, people, frames_each, self.device)
        loss = self.compiled(model) if mode == "compile" else model

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss(batch, people).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 5)
            optimizer.step()

        self.reset_memory()
        start = time.perf_counter()
        step()
        self.clock.wait()
        first = time.perf_counter() - start
        ms = self.clock.median(step, least=5, most=30, seconds=2)
        self.result["steps"].append(dict(
            name=name, mode=mode, ms=ms, memoryMiB=self.peak_memory(), firstSeconds=first,
            parameters=sum(parameter.numel() for parameter in parameters)))
        print(f"step {name:<47} {ms:9.2f} ms, {self.peak_memory() or 0:.0f} MiB, {mode}, first step {first:.1f} s", flush=True)

    def reconstruction(self, name, sizes, mode):
        model = FaceModel(sizes, self.device).eval()
        batch = batch_of(sizes, 1, 1, torch.device("cpu"))
        image = batch["images"].pin_memory() if self.device.type == "cuda" else batch["images"]
        landmarks, intrinsics = batch["landmarks"].to(self.device), batch["intrinsics"].to(self.device)
        on_device = image.to(self.device)

        def compute(images):
            face = model.face(images.permute(0, 3, 1, 2).float() / 255, landmarks, intrinsics, 1)
            return tuple(face[name] for name in ("identity", "skinned", "albedo", "positions", "light"))

        run = self.compiled(compute) if mode == "compile" else compute
        with torch.no_grad():
            self.reset_memory()
            ms = self.clock.median(lambda: run(on_device), least=20, most=200, seconds=1)

            def whole():
                results = [value.to("cpu", non_blocking=True) for value in run(image.to(self.device, non_blocking=True))]
                self.clock.wait()
                return results

            with_copies = self.clock.median(whole, least=20, most=200, seconds=1)
        self.result["reconstruction"].append(dict(name=name, mode=mode, ms=ms, withCopiesMs=with_copies, memoryMiB=self.peak_memory()))
        print(f"reconstruction {name:<37} {ms:9.3f} ms, {with_copies:.3f} ms with copies, {mode}", flush=True)

    @staticmethod
    def compiled(work):
        """Compiled for these very shapes, whatever was compiled before."""
        importlib.import_module("torch._dynamo").reset()
        return torch.compile(work, dynamic=False)

    def reset_memory(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()

    def peak_memory(self):
        return torch.cuda.max_memory_allocated() / 1048576 if self.device.type == "cuda" else None


def operation(spec, device):
    """A call that does what a row of the bench does. Tensors are [n, height, width, channels] there and PyTorch's own here."""
    def rand(shape):
        return torch.rand(*shape, device=device) - 0.5

    kind = spec["op"]
    if kind == "matmul":
        a, b = (rand(shape) for shape in spec["shapes"])
        a, b = a.mT if spec.get("transposeA") else a, b.mT if spec.get("transposeB") else b
        return lambda: a @ b
    if kind in ("conv2d", "maxpool"):
        images = rand(spec["shapes"][0]).permute(0, 3, 1, 2).contiguous()
        if kind == "maxpool":
            weights = None

            def forward():
                return functional.max_pool2d(images, spec["size"], spec["stride"], spec["padding"])
        else:
            weights = rand(spec["shapes"][1]).permute(3, 2, 0, 1).contiguous()

            def forward():
                return functional.conv2d(images, weights, None, spec["stride"], spec["padding"])
        if spec["what"] == "forward":
            return forward
        wanted = (images if spec["what"] == "images" else weights).requires_grad_()
        output = forward()
        adjoint = torch.rand_like(output)
        return lambda: torch.autograd.grad(output, wanted, adjoint, retain_graph=True)
    if kind == "map":
        x = [rand(shape) for shape in spec["shapes"]]
        return {"add": lambda: x[0] + x[1], "tanh": lambda: torch.tanh(x[0] * x[1] + x[2])}[spec["what"]]
    if kind == "sum":
        x = rand(spec["shapes"][0])
        return lambda: torch.sum(x, spec["axes"])
    if kind == "transpose":
        x = rand(spec["shapes"][0]).permute(spec["order"])
        return lambda: x.clone(memory_format=torch.contiguous_format)
    if kind == "adam":
        rows, columns, inner = spec["sizes"]
        basis = torch.nn.Parameter(rand((rows, columns)))
        codes, adjoint = rand((inner, rows)), rand((inner, columns))
        fused = dict(fused=True) if device.type == "cuda" else {}
        optimizer = torch.optim.Adam([basis], lr=1e-5, eps=1e-8, **fused)

        def update():
            basis.grad = codes.T @ adjoint
            optimizer.step()
            basis.grad = None
        return update
    raise ValueError(f"no operation is called {kind}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--like", help="JSON of Fml.Bench cuda: its sizes")
    parser.add_argument("--json", help="where to write the measurements")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--tiny", action="store_true", help="sizes that only show that it runs")
    parser.add_argument("--tf32", action="store_true", help="let matrix products and convolutions round to TF32")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin nothing new after so many seconds")
    parser.add_argument("--modes", default="eager,compile")
    arguments = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = arguments.tf32
    torch.backends.cudnn.benchmark = True
    peer = Peer(arguments)
    print(f"{peer.result['framework']} on {peer.result['device']}", flush=True)
    like = {}
    if arguments.like:
        with open(arguments.like) as file:
            like = json.load(file)
    steps = [(row["name"], row["sizes"], row["sizes"]["people"], row["sizes"]["framesEach"]) for row in like.get("steps", [])]
    if not steps:
        names = [("tiny", 2)] if arguments.tiny else DEFAULT_STEPS
        steps = [(f"{name}, {people} x {FRAMES_EACH} frames", SIZES[name], people, FRAMES_EACH) for name, people in names]
    faces = [(row["name"], row["sizes"]) for row in like.get("reconstruction", [])]
    faces = faces or [(name, SIZES[name]) for name in (["tiny"] if arguments.tiny else ["demo", "paper"])]

    peer.guarded("ceilings", peer.ceilings)
    modes = [mode for mode in arguments.modes.split(",") if mode != "compile" or hasattr(torch, "compile")]
    for mode in modes:
        for name, sizes, people, frames_each in steps:
            peer.guarded(f"step {name}, {mode}", lambda: peer.step(name, sizes, people, frames_each, mode))
        for name, sizes in faces:
            peer.guarded(f"reconstruction {name}, {mode}", lambda: peer.reconstruction(name, sizes, mode))
        if mode == "eager":
            for row in like.get("primitives", []):
                if row.get("peer"):
                    peer.guarded(row["name"], lambda: peer.primitive(row["name"], row["peer"]))
    peer.save()
    print(f"{sum(len(peer.result[kind]) for kind in ('primitives', 'steps', 'reconstruction'))} measured, {len(peer.result['notes'])} not")
    return 0 if peer.result["steps"] else 1


if __name__ == "__main__":
    sys.exit(main())
