import errno
import json
import os
import socket
import subprocess
import sys

import pytest

from bonaface.core.errors import InputError
from bonaface.io import atomic
from bonaface.study.engine import store as store_module
from bonaface.study.engine.owner import owned
from bonaface.study.engine.running import OWNER
from bonaface.study.engine.store import FORMAT, MARK, DiskFull, Store


def row(cell, status="ok", **more):
    return {"cell": cell, "face": "f", "status": status, "seed": 0, "restorer": "bicubic", **more}


def test_the_latest_rows_count(tmp_path):
    store = Store.opened(tmp_path, make=True)
    assert store.rows("cells") == []
    store.add("cells", [row("a", "failed", why="no"), row("b")])
    store.add("cells", [row("a")])
    found = {each["cell"]: each["status"] for each in store.rows("cells")}
    assert found == {"a": "ok", "b": "ok"}


def test_all_rows_of_a_measurement_are_replaced_together(tmp_path):
    store = Store.opened(tmp_path, make=True)
    store.add("measures", [{"key": "k", "cell": "c", "part": part, "value": 1.0, "version": 1} for part in ("", "x")])
    store.add("measures", [{"key": "k", "cell": "c", "part": "", "value": 2.0, "version": 1}])
    assert [(each["part"], each["value"]) for each in store.rows("measures")] == [("", 2.0)]


def test_joining_files_changes_no_row(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "MANY", 8)
    store = Store.opened(tmp_path, make=True)
    for number in range(12):
        store.add("cells", [row(f"c{number % 7}", why=str(number))])
    before = sorted(map(str, store.rows("cells")))
    store.tidy()
    assert len(list((tmp_path / "parts" / "cells").iterdir())) == 1
    assert sorted(map(str, store.rows("cells"))) == before
    store.add("cells", [row("c0", why="new")])
    assert {each["why"] for each in store.rows("cells") if each["cell"] == "c0"} == {"new"}


def test_a_kill_while_files_are_joined_doubles_nothing(tmp_path):
    store = Store.opened(tmp_path, make=True)
    store.add("cells", [row("a", "failed")])
    store.add("cells", [row("a"), row("b")])
    store.add("cells", store.rows("cells", (*row("a"), "batch")))  # what tidy() adds, before it deletes the others
    assert sorted(each["cell"] for each in store.rows("cells")) == ["a", "b"]


def test_pictures_are_kept_by_content(tmp_path):
    store = Store.opened(tmp_path, make=True)
    name = store.put_picture(b"png")
    assert store.put_picture(b"png") == name
    assert store.picture(name).read_bytes() == b"png"
    assert store.picture(name).parent.name == name[:2]


def test_what_a_killed_run_was_writing_is_swept(tmp_path):
    store = Store.opened(tmp_path, make=True)
    place = store.picture(store.put_picture(b"png")).parent / f"{atomic.PART_PREFIX}abc"
    place.write_bytes(b"half")
    store.sweep()
    assert not place.exists()


def test_another_format_is_refused(tmp_path):
    Store.opened(tmp_path, make=True)
    (tmp_path / MARK).write_text(json.dumps({"format": FORMAT + 1}), "utf-8")
    with pytest.raises(InputError, match=rf"format {FORMAT + 1}; this Bonaface reads and writes format {FORMAT}"):
        Store.opened(tmp_path)
    (tmp_path / MARK).write_text("{", "utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        Store.opened(tmp_path)


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear", "utf-8")
    with pytest.raises(InputError, match="holds other things"):
        Store.opened(tmp_path, make=True)
    with pytest.raises(InputError, match="holds no study"):
        Store.opened(tmp_path)


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    store = Store.opened(tmp_path, make=True)

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match=r"is full\. What is done is kept"):
        store.put_picture(b"png")
    with pytest.raises(DiskFull):
        store.add("cells", [row("a")])
    monkeypatch.undo()
    assert store.rows("cells") == []
    assert not list((tmp_path / "outputs").glob("*/*"))


HOLD = """
import sys, time
from pathlib import Path
from bonaface.study.engine.owner import owned
from bonaface.study.engine.store import Store
with owned(Store(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_refused_with_the_others_pid_and_host_and_a_dead_one_is_recognised(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "held\n"
    try:
        with pytest.raises(InputError) as caught, owned(Store(tmp_path)):
            pass
        assert f"process {other.pid} on {socket.gethostname()}" in str(caught.value)
    finally:
        other.kill()
        other.wait()
    assert (tmp_path / OWNER).exists()
    with owned(Store(tmp_path)) as note:
        assert f"process {other.pid}" in note
    assert not (tmp_path / OWNER).exists()


def test_a_pid_that_was_given_again_is_no_run(tmp_path):
    held = {"pid": os.getppid(), "host": socket.gethostname(), "began": "1"}
    (tmp_path / OWNER).write_text(json.dumps(held), "utf-8")
    with owned(Store(tmp_path)) as note:
        assert "taken up again" in note


def test_a_run_on_another_machine_is_believed(tmp_path):
    (tmp_path / OWNER).write_text(json.dumps({"pid": 7, "host": "elsewhere", "began": None}), "utf-8")
    with pytest.raises(InputError, match="process 7 on elsewhere"), owned(Store(tmp_path)):
        pass
    assert (tmp_path / OWNER).exists()
