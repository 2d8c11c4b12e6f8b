"""One worker against two on a study, and two of Ray's where it is installed; the memory of each as it goes on.

All run the same plan on the same faces, in turns, each time into a new folder, and their tables are compared byte for
byte. The ratio counts from the first finished cells on (`steady`) and from the start, which loads models once for each
worker and, for Ray, begins a cluster (`whole`). On a machine that does something else meanwhile the ratio means
nothing: it is printed how busy the processors were.

python benchmarks/study.py --faces ../shared/data/ffhq10 --rounds 3
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from bonaface.study.engine.run import Progress, run
from bonaface.study.plan.builtin import plan_of
from bonaface.study.plan.faces import subjects

ONE, TWO, RAY = "1 worker", "2 workers", "2 actors of Ray"
WAYS = {ONE: (1, None), TWO: (2, None), RAY: (2, "local")}
"""Workers, and the address of a cluster."""
GOAL = 1.8
"""How many times the throughput of one worker two are to have."""


class Memory(threading.Thread):
    """Resident megabytes of this process's workers, every half second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: dict[int, list[float]] = {}
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.5):
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
                    words = (status.parent / "cmdline").read_bytes()
                except (OSError, ValueError):
                    continue
                ours = int(fields["PPid"]) == os.getpid() and b"spawn_main" in words
                if (ours or words.startswith(b"ray::Serving")) and "VmRSS" in fields:
                    self.seen.setdefault(int(fields["Pid"]), []).append(int(fields["VmRSS"].split()[0]) / 1024)

    def stop(self) -> list[list[float]]:
        self._over.set()
        self.join()
        return list(self.seen.values())


def timed(plan, there, way: str, folder: Path) -> tuple[float, float, dict[str, bytes], list[list[float]]]:
    """Cells a second from the first ones on and in all; the tables; the memory of each worker."""
    memory, (workers, address) = Memory(), WAYS[way]
    memory.start()
    begun = time.perf_counter()
    steps = []
    for step in run(plan, there, folder, workers=workers, ray=address):
        if isinstance(step, Progress):
            steps.append((time.perf_counter(), step.done))
    (first, before), (last, cells) = steps[0], steps[-1]
    seen = memory.stop()
    tables = {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}
    return (cells - before) / (last - first), cells / (last - begun), tables, seen


def busy() -> tuple[float, float]:
    """Processor time spent by anybody, and in all, so far."""
    values = [float(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(values) - values[3] - values[4], sum(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--plan", default="smoke")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    plan, there = plan_of(given.plan), subjects(given.faces, given.limit)
    idle_before = busy()
    time.sleep(2)
    idle_after = busy()
    others = (idle_after[0] - idle_before[0]) / (idle_after[1] - idle_before[1])
    print(f"{plan.name} on {len(there)} faces; {os.cpu_count()} processors, {others:.0%} busy before the start")
    ways = [way for way in WAYS if way != RAY or importlib.util.find_spec("ray")]
    rates: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    kept: list[dict[str, bytes]] = []
    for number in range(given.rounds):
        for way in ways:
            with tempfile.TemporaryDirectory() as place:
                steady, whole, tables, seen = timed(plan, there, way, Path(place) / "study")
            rates[way].append((steady, whole))
            kept.append(tables)
            third = [(max(each[: len(each) // 3 + 1]), max(each[-len(each) // 3 :])) for each in seen if each]
            told = ", ".join(f"{early:.0f} then {late:.0f}" for early, late in third)
            print(f"round {number + 1}, {way}: {steady:.2f} cells/s, {whole:.2f} with the start; "
                  f"MB in the first and the last third: {told}")  # fmt: skip
    for way in ways[1:]:
        for i, name in enumerate(("steady", "whole")):
            ratios = [these[i] / one[i] for one, these in zip(rates[ONE], rates[way], strict=True)]
            print(f"{way} over {ONE}, {name}: median {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"goal: {GOAL}; tables of all runs equal: {all(tables == kept[0] for tables in kept)}")


if __name__ == "__main__":
    main()
