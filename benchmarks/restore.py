"""Seconds a face of 512 px by GFPGAN's network: ONNX Runtime and OpenVINO beside eager PyTorch, in turns.

All run in one process. The weights are drawn at random, which takes the same time as trained ones, so that nothing is
downloaded. Needs torch, torchvision, spandrel and onnxscript (pip install 'bonaface[convert]'), and openvino for its
part.

python benchmarks/restore.py --rounds 7
python benchmarks/restore.py --graph gfpgan.onnx     # converted before
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import nn

from bonaface.restore import RESTORERS
from bonaface.train.convert import exported

GOAL = 1.5
"""How many times as fast as eager PyTorch the fastest engine is to be."""
SIDE = 512
NAME = "gfpgan-1.4"


def network() -> nn.Module:
    """GFPGAN's network with random weights, its noise included."""
    from spandrel.architectures.GFPGAN import GFPGAN

    torch.manual_seed(0)
    made = GFPGAN(out_size=SIDE, num_style_feat=512, channel_multiplier=2, num_mlp=8, input_is_latent=True,
                  different_w=True, narrow=1, sft_half=True)  # fmt: skip
    for name, value in made.named_parameters():
        if name.startswith("stylegan_decoder") and value.shape == (1,):
            nn.init.constant_(value, 0.1)  # of the noise
    return made.eval()


def cases(made: nn.Module, graph: Path, threads: int) -> dict[str, Callable[[], object]]:
    """What takes turns: each reads a face in [0, 1] and delivers one."""
    face = np.random.default_rng(0).random((SIDE, SIDE, 3), np.float32)

    def eager() -> np.ndarray:
        given = torch.from_numpy(np.ascontiguousarray(face.transpose(2, 0, 1)[None] * 2 - 1))
        with torch.inference_mode():
            out = made(given, return_rgb=False, randomize_noise=False)[0]
        return (out[0].clamp(-1, 1).permute(1, 2, 0).numpy() + 1) / 2

    out: dict[str, Callable[[], object]] = {"eager PyTorch": eager}
    for engine in ("onnxruntime", *(["openvino"] if find_spec("openvino") else [])):
        files = {RESTORERS[NAME].weights[0].name: graph}
        started = time.perf_counter()
        ready = RESTORERS[NAME].load(files, engine=engine, threads=threads)
        print(f"{engine}: opened in {time.perf_counter() - started:.1f} s", flush=True)
        out[engine] = lambda ready=ready: ready(face)
    return out


def measure(todo: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds on the clock, and of the processors, of each round; in each round, all take turns."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in todo}
    for turn in range(rounds + 1):
        for name, run in todo.items():
            clock, worked = time.perf_counter(), time.process_time()
            run()
            if turn:  # the first ones fill caches and arenas
                times[name].append((time.perf_counter() - clock, time.process_time() - worked))
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--graph", type=Path, help="the graph of the same network, where it was kept")
    parser.add_argument("--keep", type=Path, help="where to keep the graph that is made")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    made = network()
    with tempfile.TemporaryDirectory() as folder:
        graph = given.graph or given.keep or Path(folder) / "gfpgan.onnx"
        if given.graph is None:
            data, difference = exported(made, weighted=False)
            graph.write_bytes(data)
            print(f"graph: {len(data) / 1e6:.0f} MB, differs from PyTorch by {difference:.1e} at most")
        todo = cases(made, graph, given.threads)
        load = os.getloadavg()[0]
        times = measure(todo, given.rounds)
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {given.threads} threads, {given.rounds} rounds, load {load:.1f}")
    print(f"{'':<16}{'median s':>10}{'least s':>10}{'ratio':>8}{'cpu s':>10}{'ratio':>8}")
    clock = {name: median(pair[0] for pair in pairs) for name, pairs in times.items()}
    worked = {name: median(pair[1] for pair in pairs) for name, pairs in times.items()}
    for name, pairs in times.items():
        least = min(pair[0] for pair in pairs)
        shares = clock["eager PyTorch"] / clock[name], worked["eager PyTorch"] / worked[name]
        print(f"{name:<16}{clock[name]:>10.2f}{least:>10.2f}{shares[0]:>8.2f}{worked[name]:>10.2f}{shares[1]:>8.2f}")
    best = min(clock, key=lambda name: clock[name])
    share = clock["eager PyTorch"] / clock[best]
    held = "met" if share >= GOAL else "MISSED"
    print(f"Fastest: {best}, {share:.2f} times as fast as eager PyTorch; the goal of {GOAL} is {held}")
    if load > 0.5:
        print("Note: the machine was busy with other work when this started; the figures are rough.")


if __name__ == "__main__":
    main()
