"""What a study costs a cell, and where its one driver comes to its limits: the figures of docs/scaling.md.

    python benchmarks/study_scale.py costs --faces ../shared/data/ffhq10 --limit 2
    python benchmarks/study_scale.py tables --rows 10000 100000 1000000
    python benchmarks/study_scale.py todo --cells 6000 60000
    python benchmarks/study_scale.py driver --cells 2000
    python benchmarks/study_scale.py ray --cells 2000
    python benchmarks/study_scale.py remote --faces ../shared/data/ffhq10 --limit 10 --address s3://BUCKET/TRIAL

Everything that is measured in memory runs in a process of its own. Rows of `tables` and `driver` are made up, in the
shape that `smoke` gives them; pictures there are noise, which PNG cannot make smaller.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median

import numpy as np

from bonaface.io.pictures import encode_png
from bonaface.study.engine import cluster, run, serving, tables, work
from bonaface.study.engine.store import Store
from bonaface.study.plan.builtin import plan_of
from bonaface.study.plan.faces import Subject, subjects

ROUNDS = 3
CELLS_A_FACE = 6
ROWS_A_CELL = 40
STUDIES = (
    ("smoke", None, False),
    ("restoration-study", ["bicubic", "pro-uigan-compact"], False),
    ("restoration-study", ["bicubic", "pro-uigan-compact"], True),
    ("breaking-point", ["bicubic"], False),
)


def peak() -> float:
    """Megabytes that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def spent() -> float:
    """Processor seconds of workers that ended."""
    held = resource.getrusage(resource.RUSAGE_CHILDREN)
    return held.ru_utime + held.ru_stime


def size(folder: Path, pattern: str) -> tuple[int, int]:
    """How many files, and their bytes."""
    found = [path.stat().st_size for path in folder.glob(pattern)]
    return len(found), sum(found)


def costs(faces: Path, limit: int) -> None:
    there = subjects(faces, limit)
    for name, restorers, audits in STUDIES:
        plan = plan_of(name).only(restorers, audits=audits)
        with tempfile.TemporaryDirectory() as place:
            before = spent()
            (_, *steps) = run.run(plan, there[:1], Path(place) / "study", workers=1)
            single, cells_of_one = spent() - before, steps[-1].total
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "study"
            begun, before = time.perf_counter(), spent()
            first, *steps = list(run.run(plan, there, folder, workers=1))
            whole = time.perf_counter() - begun
            store = Store(folder)
            cells = [row for row in store.rows("cells") if row["status"] == "ok"]
            measures, findings = store.rows("measures"), store.rows("findings")
            print(f"\n{name}, {', '.join(restorers or [each.label for each in plan.restorers])}"
                  f"{', audits' if audits else ''}: {len(there)} faces, {len(cells)} cells, "
                  f"{steps[-1].failed} failed; measures: {', '.join(first.plan.measures)}")  # fmt: skip
            more = (spent() - before - single) / (len(cells) - cells_of_one)
            print(f"  {more:.3f} processor seconds a further cell, {single - more * cells_of_one:.1f} to start; "
                  f"{whole / len(cells):.3f} s a cell by the clock")  # fmt: skip
            parts = {"restoring": [row["seconds"] for row in cells]}
            parts |= {row["measure"]: [] for row in measures}
            by = defaultdict(float)
            for row in measures:
                by[row["cell"], row["measure"]] += row["seconds"] or 0
            for (_, measure), seconds in by.items():
                parts[measure].append(seconds)
            if findings:
                parts["audit"] = [row["seconds"] for row in findings if row["seconds"]]
            print("  s a cell: " + ", ".join(f"{part} {fmean(values):.3f}" for part, values in parts.items()))
            kinds = {what: {row[what] for row in cells} for what in ("output", "observed")}
            kinds["truth"] = {row["truth"] for row in store.rows("faces") if row["truth"]}
            for what, names in kinds.items():
                sizes = [store.picture(each).stat().st_size for each in sorted(names)]
                print(f"  {what}: {len(sizes)} pictures, {fmean(sizes) / 1e3:.0f} kB each")
            for table in ("cells", "measures", "findings"):
                count = len(store.rows(table))
                files, held = size(folder, f"parts/{table}/*.parquet")
                final = sum(size(folder, f"tables/{table}.{kind}")[1] for kind in ("csv", "parquet"))
                print(f"  {table}: {count / len(cells):.1f} rows a cell; {files} files, {held / max(count, 1):.0f} "
                      f"bytes a row; final tables {final / max(count, 1):.0f} bytes a row")  # fmt: skip
            files, held = size(folder, "outputs/*/*")
            print(f"  in all {files / len(cells):.2f} pictures and {held / 1e3 / len(cells):.0f} kB of them a cell")


def hashed(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def made_up(face: int) -> dict[str, list[dict[str, object]]]:
    """Rows of one face."""
    name, out = f"face-{face:07d}", defaultdict(list)
    out["faces"].append({"face": hashed(face), "name": name, "person": name, "groups": "{}", "file": f"{name}.png",
                         "framing": "as-given", "status": "ok", "why": "", "truth": hashed("t", face), "side": 256,
                         "width": 256, "height": 256, "found": 1, "landmarks": "[[123.45, 123.45]]" * 34})  # fmt: skip
    for cell in range(CELLS_A_FACE):
        key = hashed(face, cell)
        out["cells"].append({
            "cell": key, "face": hashed(face), "framing": "as-given", "degradation": f"damage-{cell % 2}",
            "degradation_id": hashed(cell % 2)[:12], "family": "study", "restorer": f"restorer-{cell // 2}",
            "restorer_id": "bicubic", "knobs": "{}", "weights": "{}", "engine": "none", "status": "ok", "why": "",
            "versions": '{"dlib": "19.24", "numpy": "2.0.0", "opencv": "4.12.0", "pillow": "11.3.0", "steps": "1"}',
            "output": hashed("o", key), "observed": hashed("d", key), "to_output": "", "seed": 0, "side": 256,
            "level": 4.0, "width": 256, "height": 256, "observed_width": 64, "observed_height": 64, "bytes": 1e5,
            "seconds": 0.01,
        })  # fmt: skip
        for row in range(ROWS_A_CELL):
            out["measures"].append({
                "key": hashed(key, row // 4), "cell": key, "measure": f"measure-{row // 8}",
                "part": f"part-{row % 4}" if row % 4 else "", "grid": "truth" if row // 4 % 2 else "celeba-128",
                "unit": "dB", "better": "higher", "status": "ok", "why": "", "version": 1,
                "value": int(hashed(key, row)[:13], 16) / 1e9, "seconds": face % 997 / 997 + row,
            })  # fmt: skip
    return out


def tables_of(counts: list[int]) -> None:
    for count in counts:
        faces = max(1, round(count / (CELLS_A_FACE * ROWS_A_CELL)))
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            store = Store.opened(folder, make=True)
            begun = time.perf_counter()
            for start in range(0, faces, 20):
                rows = defaultdict(list)
                for face in range(start, min(faces, start + 20)):
                    for table, some in made_up(face).items():
                        rows[table] += some
                for table, some in rows.items():
                    store.add(table, some)
            added = time.perf_counter() - begun
            files, held = size(folder, "parts/*/*.parquet")
            cells = faces * CELLS_A_FACE
            print(f"{cells * ROWS_A_CELL:,} rows of measures on {cells:,} cells: added in {added:.1f} s as {files} "
                  f"files, {held / 1e6:.1f} MB", flush=True)  # fmt: skip
            for what in ("held", "tidy", "tables"):
                subprocess.run([sys.executable, __file__, "one", "--what", what, "--folder", place], check=True)
            _, made = size(folder, "tables/*")
            files, held = size(folder, "parts/*/*.parquet")
            print(f"  then {files} files, {held / 1e6:.1f} MB; final tables {made / 1e6:.1f} MB", flush=True)


def one(what: str, folder: Path) -> None:
    """One step on a store, with its time and memory."""
    store, before, begun, spent = Store(folder), peak(), time.perf_counter(), time.process_time()
    if what == "held":
        run._Held(store, False)
    elif what == "tidy":
        store.tidy()
    else:
        tables.write(store)
    taken = f"{time.perf_counter() - begun:.1f} s ({time.process_time() - spent:.1f} of a processor)"
    print(f"  {what}: {taken}, {peak():.0f} MB at most, {before:.0f} before", flush=True)


def todo_of(counts: list[int]) -> None:
    plan = plan_of("smoke")
    for count in counts:
        if os.fork() == 0:
            there = [Subject(f"face-{i:07d}", hashed(i), Path(f"/faces/face-{i:07d}.png"), None, f"face-{i:07d}")
                     for i in range(count // CELLS_A_FACE)]  # fmt: skip
            before, begun = peak(), time.process_time()
            found = run.todo(plan, there, None)
            taken = time.process_time() - begun
            cells = len(found.tasks)
            print(f"{cells:,} cells to do: {taken:.1f} processor seconds, {taken / cells * 1e6:.0f} us and "
                  f"{(peak() - before) * 1e6 / cells:.0f} bytes a cell", flush=True)  # fmt: skip
            os._exit(0)
        os.wait()


class Instant(serving.Serving):
    """A worker that has everything at once: what is left is what the driver does."""

    def do(self, chunk, content, held):
        rng = np.random.default_rng(int(chunk.tasks[0].key[:8], 16))
        said = work.Done(len(chunk.tasks))
        face = made_up(int(chunk.tasks[0].key[:6], 16))
        said.rows["cells"] = [{**face["cells"][0], "cell": task.key} for task in chunk.tasks]
        said.rows["measures"] = [{**row, "cell": task.key, "key": hashed(task.key, row["key"])}
                                 for task in chunk.tasks for row in face["measures"][:ROWS_A_CELL]]  # fmt: skip
        yield serving.Said(said, tuple(noise(rng) for _ in chunk.tasks))


def noise(rng) -> bytes:
    return encode_png((rng.random((190, 190, 3)) ** 3).astype(np.float32))


def driver(count: int, where: Path | None) -> None:
    """Writing what workers give, without anything else."""
    rng = np.random.default_rng(0)
    pictures = [noise(rng) for _ in range(400)]
    with tempfile.TemporaryDirectory(dir=where) as place:
        store = Store.opened(Path(place), make=True)
        for threads, some in ((1, pictures[:200]), (cluster.WRITERS, pictures[200:])):
            with ThreadPoolExecutor(threads) as writers:
                begun = time.perf_counter()
                for start in range(0, len(some), 8):
                    list(writers.map(store.put_picture, some[start : start + 8]))
                rate = len(some) / (time.perf_counter() - begun)
            kilobytes = fmean(map(len, some)) / 1e3
            print(f"pictures of {kilobytes:.0f} kB by {threads} thread(s): {rate:.0f} a second")
        writer, begun = run._Writer(store), time.perf_counter()
        for face in range(count // CELLS_A_FACE):
            rows = {table: [] for table in work.TABLES} | made_up(face)
            writer.add(work.Done(CELLS_A_FACE, rows))
        writer.flush()
        taken = time.perf_counter() - begun
        print(f"rows of {count} cells, {ROWS_A_CELL} each, in {taken:.1f} s: {count / taken:.0f} cells a second")


def through_ray(count: int) -> None:
    """The same through Ray, from two actors that compute nothing."""
    plan = plan_of("smoke")
    there = [Subject(f"face-{i:07d}", hashed(i), Path(f"/faces/{i}.png"), None, f"face-{i:07d}", why="not there")
             for i in range(count // CELLS_A_FACE)]  # fmt: skip
    cluster.Serving = Instant
    chunks = [replace(chunk) for chunk in run.todo(plan, there, None).chunks]
    with tempfile.TemporaryDirectory() as place:
        store = Store.opened(Path(place), make=True)
        writer, cells, begun = run._Writer(store), 0, 0.0
        for done in cluster.done(plan, store, chunks, 2, "local"):
            writer.add(done)
            begun = begun or time.perf_counter()
            cells += done.tasks
        writer.flush()
        print(f"{cells} cells by way of Ray: {cells / (time.perf_counter() - begun):.0f} a second, a picture each")


def remote(faces: Path, limit: int, address: str) -> None:
    """The same study in a folder and on remote storage, in turn, and how long a second machine takes to take it up."""
    there, plan = subjects(faces, limit), plan_of("smoke").only(["bicubic", "lanczos"])
    times: dict[str, list[float]] = {"folder": [], "storage": [], "taken up": []}
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory() as place:
            for kind, where in (("folder", Path(place) / "study"), ("storage", f"{address}/{number}")):
                os.environ["BONAFACE_STUDIES"] = f"{place}/first"
                begun = time.perf_counter()
                cells = list(run.run(plan, there, where, workers=2))[-1].total
                times[kind].append(time.perf_counter() - begun)
            os.environ["BONAFACE_STUDIES"] = f"{place}/second"
            begun = time.perf_counter()
            list(run.run(plan, there, f"{address}/{number}", workers=2))
            times["taken up"].append(time.perf_counter() - begun)
    ratios = sorted(b / a for a, b in zip(times["folder"], times["storage"], strict=True))
    print(f"{cells} cells; in a folder {median(times['folder']):.1f} s, at {address} {median(times['storage']):.1f} s: "
          f"{median(ratios):.2f} times ({ratios[0]:.2f} to {ratios[-1]:.2f}); taken up when nothing is missing: "
          f"{median(times['taken up']):.1f} s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("costs", "tables", "todo", "driver", "ray", "remote", "one"))
    parser.add_argument("--faces", type=Path)
    parser.add_argument("--limit", type=int, default=2)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--cells", type=int, nargs="+", default=[6_000])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--what", dest="step")
    parser.add_argument("--address", help="of remote storage, for remote")
    given = parser.parse_args()
    if given.what == "one":
        one(given.step, given.folder)
        return
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    if given.what == "costs":
        costs(given.faces, given.limit)
    elif given.what == "tables":
        tables_of(given.rows)
    elif given.what == "todo":
        todo_of(given.cells)
    elif given.what == "remote":
        remote(given.faces, given.limit, given.address)
    elif given.what == "driver":
        driver(given.cells[0], given.folder)
    else:
        through_ray(given.cells[0])


if __name__ == "__main__":
    main()
