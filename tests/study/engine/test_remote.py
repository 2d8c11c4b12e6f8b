"""Studies on remote storage: a real S3 service of this machine, several working copies for several machines."""

import importlib.util
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bonaface.core.errors import InputError
from bonaface.io.remote import Remote, RemoteError
from bonaface.study.engine import mirror, run
from bonaface.study.engine.owner import owned
from bonaface.study.engine.store import MARK, Store, StoreError
from bonaface.study.plan.faces import subjects
from running import process
from storage import fresh


@pytest.fixture
def address(bucket):
    return fresh(bucket)


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """Says from which of several machines a test speaks: each has working copies of its own."""

    def on(name):
        monkeypatch.setenv(mirror.FOLDER_VARIABLE, str(tmp_path / name))
        return tmp_path / name

    on("first")
    return on


@pytest.fixture(scope="module")
def whole(tiny, people, tmp_path_factory):
    """The tables of the same study in a folder."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    list(run.run(tiny, subjects(people), folder, workers=2))
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


def made(address):
    """The tables that lie on the storage."""
    remote = Remote(address)
    names = sorted(remote.states("tables"))
    return {name.removeprefix("tables/"): remote.read(name) for name in names}


def test_a_study_there_has_the_tables_of_one_in_a_folder(address, tiny, people, whole, machine):
    first, *_ = list(run.run(tiny, subjects(people), address, workers=2))
    assert any(address in note and "working copy" in note for note in first.notes)
    assert made(address) == whole
    there = Remote(address).states()
    assert MARK in there
    assert not [name for name in there if name.startswith("running/")]
    store = Store.opened(address)
    named = {row[column] for row in store.rows("cells") for column in ("output", "observed")}
    named |= {row["truth"] for row in store.rows("faces")}
    assert {name.rpartition("/")[2] for name in there if name.startswith("outputs/")} == {f"{n}.png" for n in named}

    folder = machine("second")
    steps = list(run.run(tiny, subjects(people), address, workers=1))
    assert [len(steps), steps[0].done, steps[0].chunks] == [1, 16, ()]
    assert made(address) == whole
    assert not list(folder.glob("*/outputs")), "no picture was needed"
    more = replace(tiny, measures=(*tiny.measures, "ssim"))
    steps = list(run.run(more, subjects(people), address, workers=2))
    assert all(task.held for task in steps[0].tasks)
    assert list(folder.glob("*/outputs/*/*.png")), "measures are of the stored pictures"
    ssim = [row for row in Store.opened(address).rows("measures") if row["measure"] == "ssim" and row["part"] == ""]
    assert [row["status"] for row in ssim] == ["ok"] * 16 * 2


RUN = """
import sys
import threading
import time
from pathlib import Path
from bonaface.study.engine import run
from bonaface.study.plan.faces import subjects
from bonaface.study.plan.plans import Contender, Damage, Grid, Plan
plan = Plan(name="tiny", degradations=(Damage.of("study-x4"), Damage.of("gaussian-smoothed")),
            restorers=(Contender("bicubic"), Contender("lanczos")), measures=("psnr", "lmd"),
            grids=(Grid(), Grid("celeba", 64)), side=128)
run.CHUNK, run.FLUSH = 1, 0.0
if __name__ == "__main__":
    for step in run.run(plan, subjects(Path(sys.argv[1])), sys.argv[2], workers=1):
        print(getattr(step, "cells", None) or step.done, flush=True)
"""


@pytest.mark.parametrize("moment", [0, 5])
def test_killed_it_is_taken_up_again_by_another_machine(moment, address, tiny, people, whole, machine, tmp_path):
    script = tmp_path / "run.py"
    script.write_text(RUN, "utf-8")
    begun = subprocess.Popen(
        [sys.executable, str(script), str(people), address], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    for _ in range(moment + 1):
        assert begun.stdout.readline()
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    begun.stdout.close()
    left = Remote(address).states()
    assert [name for name in left if name.startswith("running/")]
    machine("second")
    first, *_ = list(run.run(tiny, subjects(people), address, workers=2))
    assert any("taken up again" in note for note in first.notes)
    assert 16 - moment - 2 <= len(first.tasks) <= 16 - moment
    assert made(address) == whole
    machine("first")  # its working copy is behind, and perhaps ahead by what was not sent
    steps = list(run.run(tiny, subjects(people), address, workers=1))
    assert [len(steps), steps[0].done] == [1, 16]
    assert made(address) == whole


def test_two_machines_at_the_same_time(address, tiny, people, machine):
    store = Store.opened(address, make=True)
    with owned(store):
        machine("second")
        with pytest.raises(InputError, match=r"in use by process \d+ on .*, which was heard of"):
            list(run.run(tiny, subjects(people), address))
    list(run.run(tiny.only(["bicubic"], []), subjects(people, 1), address, workers=1))


def test_of_two_who_write_the_same_rows_the_second_stops(address):
    store = Store.opened(address, make=True)
    with owned(store):
        Remote(address).write("parts/cells/00000001.parquet", b"of another run")
        store.add("cells", [{"cell": "a", "status": "failed", "why": "it is only a test"}])
        with pytest.raises(StoreError, match="written by another run"):
            store.push()
        store.refresh()
    assert Remote(address).read("parts/cells/00000001.parquet") == b"of another run"


def test_rows_that_were_not_sent_are_not_taken_for_done(address):
    store = Store.opened(address, make=True)
    with owned(store):
        store.add("cells", [{"cell": "a", "status": "ok"}])
    lost = Store(store.folder)  # as a run leaves it that was ended before it could send
    lost.add("cells", [{"cell": "b", "status": "ok"}])
    assert [row["cell"] for row in Store.opened(address).rows("cells")] == ["a"]
    with owned(store):
        store.add("cells", [{"cell": "c", "status": "ok"}])
    assert sorted(row["cell"] for row in Store.opened(address).rows("cells")) == ["a", "c"]


def test_what_somebody_else_put_there_is_not_taken_in(address, tiny, people, whole, tmp_path, machine):
    """Whoever can write to the storage chooses names and contents there."""
    list(run.run(tiny, subjects(people), address, workers=1))
    remote = Remote(address)
    for name in ("parts/../../../evil.parquet", "tables/../../evil.csv", "parts/cells/notes.txt"):
        remote.write(name, b"evil")
    output = Store.opened(address).rows("cells")[0]["output"]
    remote.write(f"outputs/{output[:2]}/{output}.png", b"another picture")
    folder = machine("second")
    store = Store.opened(address)
    assert not list(tmp_path.rglob("evil*"))
    assert not list(folder.rglob("notes.txt"))
    assert not store.picture(output).exists()
    assert not store.picture("../../evil").exists()
    assert not list(tmp_path.rglob("evil*"))


def test_a_network_that_breaks_while_rows_are_read_is_no_empty_study(address, machine, monkeypatch):
    with owned(store := Store.opened(address, make=True)):
        store.add("cells", [{"cell": "a", "status": "ok"}])
    machine("second")
    read = Remote.read

    def broken(self, name):
        if name.startswith("parts/"):
            raise RemoteError("the network is gone")
        return read(self, name)

    monkeypatch.setattr(Remote, "read", broken)
    with pytest.raises(InputError, match="the network is gone"):
        Store.opened(address)


def test_rows_that_another_machine_joins_meanwhile_are_read_once_more(address, machine, monkeypatch):
    with owned(store := Store.opened(address, make=True)):
        for number in range(70):
            store.add("cells", [{"cell": f"{number:03d}", "status": "ok"}])
    fetch, calls = Remote.fetch, []

    def joined_before(self, files, sound=None):
        calls.append(len(files))
        if len(calls) == 1:
            machine("first")
            with owned(first := Store.opened(address)):
                first.tidy()
            machine("second")
        return fetch(self, files, sound)

    machine("second")
    folder = mirror.working_copy(address)
    folder.mkdir(parents=True)
    second = mirror.Mirror(Remote(address), folder)
    monkeypatch.setattr(Remote, "fetch", joined_before)
    second.refresh()
    assert calls[0] == 70
    assert len(Store(folder).rows("cells")) == 70


def test_a_working_copy_that_was_changed_is_fetched_anew(address, machine):
    with owned(store := Store.opened(address, make=True)):
        store.add("cells", [{"cell": "a", "status": "ok"}])
        store.push()
        store.settle()
    (part,) = (store.folder / "parts" / "cells").iterdir()
    held = part.read_bytes()
    part.write_bytes(b"x" * len(held))
    (store.folder / "tables").mkdir()
    (store.folder / "tables" / "cells.csv").write_text("never published")
    assert [row["cell"] for row in Store.opened(address).rows("cells")] == ["a"]
    assert not (store.folder / "tables" / "cells.csv").exists()
    assert part.read_bytes() == held


def test_whoever_only_reads_disturbs_no_run_of_the_same_machine(address):
    with owned(store := Store.opened(address, make=True)):
        store.add("cells", [{"cell": "a", "status": "ok"}])  # not sent yet
        assert [row["cell"] for row in Store.opened(address).rows("cells")] == ["a"]
        store.push()
    assert [row["cell"] for row in Store.opened(address).rows("cells")] == ["a"]
    with pytest.raises(RuntimeError, match="holds it"):
        store.push()


def test_a_run_begins_while_somebody_reads(address):
    store = Store.opened(address, make=True)
    reading = threading.Event()

    def read():
        with store.refreshing():
            reading.set()
            time.sleep(1)

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait()
    with owned(store):
        assert not reader.is_alive()
    reader.join()


def test_a_broken_file_of_rows_is_told(address):
    with owned(store := Store.opened(address, make=True)):
        store.add("cells", [{"cell": "a", "status": "ok"}])
    Remote(address).write("parts/cells/00000001.parquet", b"broken")
    with pytest.raises(InputError, match=r"The rows of s3://.* cannot be read"):
        Store.opened(address).rows("cells")


def test_a_truth_that_is_gone_comes_back_with_the_outputs_made_of_it(address, tiny, people, whole):
    list(run.run(tiny, subjects(people, 1), address, workers=1))
    store = Store.opened(address)
    (truth,) = {row["truth"] for row in store.rows("faces")}
    output = store.rows("cells")[0]["output"]
    for name in (truth, output):
        Remote(address).remove([f"outputs/{name[:2]}/{name}.png"])
        store.picture(name).unlink(missing_ok=True)
    shutil.rmtree(store.folder)
    assert not Store.opened(address).has(truth)
    list(run.run(tiny, subjects(people, 1), address, workers=1))
    assert Store.opened(address).has(truth)
    assert Store.opened(address).has(output)


def test_many_small_files_are_joined_there_too(address, monkeypatch, machine):
    store = Store.opened(address, make=True)
    with owned(store):
        for number in range(70):
            store.add("cells", [{"cell": f"{number:03d}", "status": "ok"}])
        store.tidy()
    assert len(Remote(address).states("parts")) == 1
    machine("second")
    assert len(Store.opened(address).rows("cells")) == 70


def test_pictures_that_nobody_used_for_long_are_left_to_the_storage(address, tiny, people, whole, monkeypatch):
    monkeypatch.setattr(mirror, "ROOM", 100_000.0)
    list(run.run(tiny, subjects(people), address, workers=1))
    store = Store.opened(address)
    here = list((store.folder / "outputs").glob("*/*.png"))
    names = [row["output"] for row in store.rows("cells")]
    assert sum(path.stat().st_size for path in here) < 150_000
    assert len(here) < len(set(names))
    assert made(address) == whole
    assert all(store.picture(name).is_file() for name in names)
    store.gather(names)
    assert all(store.has(name) for name in names)
    assert not store.has("0" * 64)
    assert not store.picture("0" * 64).exists()


def test_what_is_wrong_with_an_address_is_said_before_any_work(bucket, address, tiny, people, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="holds no study"):
        Store.opened(address)
    assert Store.found(address) is None
    Remote(address).write("other.txt", b"mine")
    with pytest.raises(InputError, match="holds other things"):
        Store.opened(address, make=True)
    with pytest.raises(RemoteError, match=r"cannot make store\.json"):
        Store.opened("s3://nobodys/study", make=True)
    with pytest.raises(InputError, match="a stroke missing"):
        Store.opened(Path(address), make=True)
    with pytest.raises(InputError, match="gone when this process ends"):
        Store.opened("memory://study", make=True)
    newer = fresh(bucket)
    Remote(newer).write(MARK, json.dumps({"format": 99}).encode())
    with pytest.raises(InputError, match="of format 99"):
        Store.opened(newer)
    assert Remote(address).states() == {"other.txt": Remote(address).states()["other.txt"]}
    assert not [path for path in tmp_path.iterdir() if path.name != "first"]


def test_the_commands(address, plan, people, tmp_path, machine):
    """As a user types them; the report is made on another machine."""
    words = ("study", "run", plan, "--faces", people, "--out", address, "--restorers", "bicubic,lanczos", "--limit", 2)
    planned = process(*words, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "8 to do" in planned.stdout
    assert Remote(address).states() == {}
    done = process(*words, "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert f"Tables: {address}/tables" in done.stdout
    machine("second")
    assert "0 to do" in process(*words, "--dry-run").stdout
    told = process("study", "tables", address)
    assert told.returncode == 0, told.stderr
    told = process("study", "report", address, "--out", "s3://faces/report", folder=tmp_path)
    assert told.returncode == 2
    assert "else a folder of this machine" in told.stderr.replace("\n", " ")
    told = process("study", "report", address, "--pages", 1, folder=tmp_path)
    assert told.returncode == 0, told.stderr
    name = address.rpartition("/")[2]
    page = tmp_path / f"{name}-report" / "report.html"
    assert address in page.read_text("utf-8")
    assert list((tmp_path / f"{name}-report").rglob("*.jpg")) or list((tmp_path / f"{name}-report").rglob("*.png"))
    shutil.rmtree(tmp_path / "second")
    told = process("study", "downstream", address, "--workers", 1)
    assert told.returncode == 0, told.stderr
    assert "tables/downstream.csv" in Remote(address).states()


def test_a_run_that_loses_the_storage_says_so_and_goes_on_later(address, tiny, people, whole, monkeypatch, machine):
    sent = []
    send = Remote.send

    def broken(self, files, *, create=False):
        sent.append(len(files))
        if len(sent) > 2:
            raise RemoteError("the network is gone")
        send(self, files, create=create)

    monkeypatch.setattr(Remote, "send", broken)
    monkeypatch.setattr(run, "FLUSH", 0.0)
    with pytest.raises(StoreError, match="the network is gone"):
        list(run.run(tiny, subjects(people), address, workers=1))
    monkeypatch.setattr(Remote, "send", send)
    list(run.run(tiny, subjects(people), address, workers=1))
    assert made(address) == whole


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_ray_writes_there_too(address, tiny, people, whole):
    list(run.run(tiny, subjects(people), address, workers=2, ray="local"))
    assert made(address) == whole
