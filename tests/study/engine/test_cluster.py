"""Studies on a cluster: a real one, of this machine, where Ray is installed."""

import importlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bonaface.core.errors import ExitCode, InputError, PictureError
from bonaface.study.engine import cluster, joining, run, tables
from bonaface.study.engine.serving import Carried, pictures_of, standing
from bonaface.study.engine.store import Store
from bonaface.study.plan.faces import subjects
from running import printed

HERE = Path(__file__).parent
here = importlib.util.find_spec("ray") is not None
with_ray = pytest.mark.skipif(not here, reason="ray is not installed: pip install 'bonaface[distributed]'")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100"}


def finished(plan, there, folder, **options):
    """Everything that a run says; its tables by name."""
    steps = list(run.run(plan, there, folder, **options))
    return steps, made(folder)


def made(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


def pictures(folder):
    return {path.name for path in folder.glob("outputs/*/*.png")}


def begun(*words):
    return subprocess.Popen(
        [sys.executable, "-m", "bonaface", "study", "run", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, start_new_session=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(tiny, people, tmp_path_factory):
    """An uninterrupted study by one process of this machine: its folder and tables."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    return folder, finished(tiny, subjects(people), folder, workers=1)[1]


@pytest.mark.parametrize("found", [None, SimpleNamespace(origin=None)])
def test_without_ray_it_says_what_to_install(found, monkeypatch, tiny, people, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: found)
    with pytest.raises(InputError, match=r"pip install 'bonaface\[distributed\]'"):
        finished(tiny, subjects(people), tmp_path / "study", ray="local")
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ray://head:10001", "--ray auto"),
        ("here", "expected local, auto, or the host:port"),
        ("127.0.0.1:{free}", "ray start --head --port="),
        ("127.0.0.1:99999", "Nothing answers"),
    ],
)
def test_addresses_that_are_none(address, said, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: SimpleNamespace(origin="ray"))
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(InputError, match=said):
            joining.check(address.format(free=taken.getsockname()[1]))


def test_a_machine_of_no_cluster_and_one_whose_cluster_is_gone(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: SimpleNamespace(origin="ray"))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    with pytest.raises(InputError, match="part of no Ray cluster"):
        joining.check("auto")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = f"127.0.0.1:{taken.getsockname()[1]}"
        (tmp_path / "ray").mkdir()
        (tmp_path / "ray" / "ray_current_cluster").write_text(gone, "utf-8")
        with pytest.raises(InputError, match=f"Nothing answers at {gone}"):
            joining.check("auto")


def test_faces_are_the_same_when_they_are_carried(people, tmp_path):
    shutil.copy(people / "person0.png", tmp_path / "person0.png")
    (tmp_path / "broken.png").write_bytes((people / "person1.png").read_bytes()[:200])
    broken, sound = subjects(tmp_path)
    carried = Carried()
    assert carried.begin(sound, None, {})
    assert (carried.face(sound).pixels == sound.read().pixels).all()
    content, cut_off = {sound.name: sound.content()}, {broken.name: broken.content()}
    with pytest.raises(PictureError) as said_here:
        broken.read()
    for path in tmp_path.iterdir():
        path.unlink()
    assert not Carried().begin(sound, None, {}), "it cannot be reached"
    sound.file.write_bytes(b"something else")
    assert not Carried().begin(sound, None, {}), "it is another one"
    assert carried.begin(sound, content, {})
    assert carried.face(sound).sha256 == sound.id
    assert carried.begin(broken, cut_off, {})
    with pytest.raises(PictureError) as said_there:
        carried.face(broken)
    assert str(said_there.value) == str(said_here.value)


def test_real_expressions_are_carried_with_their_face(expressive, tmp_path):
    place = shutil.copytree(expressive, tmp_path / "faces")
    first = subjects(place)[0]
    real = first.real["happy"]
    content = {one.name: one.content() for one in pictures_of(first)}
    assert set(content) == {"person0", "person0 (happy)"}
    carried = Carried()
    assert carried.begin(first, None, {})
    assert carried.face(real).sha256 == real.id
    real.file.unlink()
    assert not Carried().begin(first, None, {}), "one of the two cannot be reached"
    assert carried.begin(first, content, {})
    assert carried.face(real).sha256 == real.id
    assert carried.face(first).sha256 == first.id


def test_what_editors_depend_on_is_compared(tiny_editing):
    found = standing(tiny_editing)
    assert {"ridge-happy.onnx", "the engine of ridge: happy", "editing"} <= set(found)
    assert "the engine of not edited: happy" not in found


def test_what_results_depend_on_is_compared(tiny):
    found = standing(tiny)
    assert {"numpy", "opencv", "bonaface", "steps", "psnr"} <= set(found)
    assert found == standing(tiny)


@with_ray
def test_ray_that_was_imported_before_is_told_apart(people, tmp_path):
    """It has read no token by then; without a word, it would fail after half a minute."""
    code = (
        "import ray\nfrom pathlib import Path\nfrom bonaface.core.errors import InputError\n"
        "from bonaface.study.engine import run\nfrom bonaface.study.plan.builtin import plan_of\n"
        "from bonaface.study.plan.faces import subjects\n"
        f"there, out = subjects(Path({str(people)!r}), 1), Path({str(tmp_path / 'study')!r})\n"
        "try:\n    list(run.run(plan_of('smoke').only(['bicubic']), there, out, ray='local'))\n"
        "except InputError as error:\n    print(error)\n"
    )
    assert "Call ray.init() first" in printed(code)


@pytest.fixture
def fatal(monkeypatch):
    """Actors do as environment variables say: see `fatal_serving`, which they must be able to import by name."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")])))
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setattr(cluster, "Serving", importlib.import_module("fatal_serving").Fatal)


@with_ray
@pytest.mark.slow
def test_two_actors_give_what_one_process_gives(whole, tiny, people, tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    steps, again = finished(tiny, subjects(people), tmp_path / "study", workers=2, ray="local")
    assert again == whole[1]
    assert pictures(tmp_path / "study") == pictures(whole[0])
    assert steps[-1].done == 16
    assert signal.getsignal(signal.SIGTERM) is before
    import ray

    assert not ray.is_initialized()


@with_ray
@pytest.mark.slow
def test_a_measure_that_comes_later_is_computed_from_pictures_that_were_carried(whole, tiny, people, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(whole[0], folder)
    more = replace(tiny, measures=(*tiny.measures, "ssim"))
    _, later = finished(more, subjects(people), folder, workers=1, ray="local")
    _, at_once = finished(more, subjects(people), tmp_path / "at once", workers=1)
    assert later == at_once


@with_ray
@pytest.mark.slow
def test_faces_that_workers_cannot_reach_are_carried(fatal, monkeypatch, tiny, people, tmp_path):
    place = tmp_path / "faces"
    shutil.copytree(people, place)
    (place / "broken.png").write_bytes((people / "person0.png").read_bytes()[:200])
    shutil.copy(people / "person1.png", place / "twice.png")
    _, made_here = finished(tiny, subjects(place), tmp_path / "here", workers=1)
    monkeypatch.setenv("BLIND", "1")
    _, made_there = finished(tiny, subjects(place), tmp_path / "there", workers=2, ray="local")
    assert made_there == made_here


@with_ray
@pytest.mark.slow
def test_an_actor_that_is_killed_costs_nothing(whole, tiny, people, tmp_path):
    going = run.run(tiny, subjects(people), tmp_path / "study", workers=2, ray="local")
    next(going)
    next(going)
    actors = _actors()
    assert len(actors) == 2
    os.kill(actors[0], signal.SIGKILL)
    last = list(going)[-1]
    assert (last.done, last.failed) == (16, 0)
    assert made(tmp_path / "study") == whole[1]


@with_ray
@pytest.mark.slow
def test_an_actor_that_dies_once_costs_nothing(fatal, monkeypatch, whole, tiny, people, tmp_path):
    monkeypatch.setenv("ONCE", "1")
    _, again = finished(tiny, subjects(people), tmp_path / "study", workers=2, ray="local")
    assert again == whole[1]


@with_ray
@pytest.mark.slow
def test_a_cell_that_kills_again_and_again_is_failed(fatal, monkeypatch, whole, tiny, people, tmp_path):
    monkeypatch.setenv("FATAL", "1")
    steps, _ = finished(tiny, subjects(people), tmp_path / "study", workers=2, ray="local")
    cells = tables.rows_of(Store.opened(tmp_path / "study"), "cells")
    wrong = {(row["face"], row["restorer"]): row["why"] for row in cells if row["status"] == "failed"}
    assert set(wrong) == {("person1", "lanczos")}
    assert "also when it ran alone" in wrong["person1", "lanczos"]
    assert len(cells) == 16
    assert steps[-1].failed == 2
    monkeypatch.delenv("FATAL")
    _, again = finished(tiny, subjects(people), tmp_path / "study", workers=2, ray="local", retry_failed=True)
    assert again == whole[1]


@with_ray
@pytest.mark.slow
def test_a_worker_with_other_libraries_is_refused(fatal, monkeypatch, tiny, people, tmp_path):
    monkeypatch.setenv("OTHER", "1")
    with pytest.raises(InputError, match=r"would give other results than this machine \(numpy: 0\.1, here"):
        finished(tiny, subjects(people), tmp_path / "study", workers=1, ray="local")
    assert Store.opened(tmp_path / "study").rows("cells") == []


@with_ray
@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_driver_that_is_ended_is_taken_up_again(sent, plan, people, tmp_path):
    folder = tmp_path / "study"
    process = begun(plan, "--faces", people, "--out", folder, "--ray", "local", "--workers", 2)
    deadline = time.monotonic() + 120
    while not list(folder.glob("outputs/*/*.png")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    if sent == signal.SIGINT:  # as a terminal does it: to all processes of the group, Ray's included
        os.killpg(process.pid, sent)
    else:
        process.send_signal(sent)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (-signal.SIGKILL if sent == signal.SIGKILL else 130), err
    assert not (folder / "tables" / "measures.csv").exists(), "it was over before it was ended"
    deadline = time.monotonic() + 20
    while _workers_in(left := _of_session(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not _workers_in(left)
    process = begun(plan, "--faces", people, "--out", folder, "--ray", "local", "--workers", 2)
    _, err = process.communicate(timeout=300)
    assert process.returncode == ExitCode.DONE, err
    process = begun(plan, "--faces", people, "--out", tmp_path / "here", "--workers", 2)
    _, err = process.communicate(timeout=300)
    assert process.returncode == ExitCode.DONE, err
    assert made(folder) == made(tmp_path / "here")


@with_ray
@pytest.mark.slow
def test_a_cluster_of_two_nodes_that_loses_one(plan, people, tmp_path, monkeypatch):
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    monkeypatch.setitem(ENVIRONMENT, "RAY_ADDRESS", nodes.address)
    try:
        second = nodes.add_node(num_cpus=1)
        process = begun(plan, "--faces", people, "--out", tmp_path / "study", "--ray", "auto")
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("study/outputs/*/*.png")) and time.monotonic() < deadline:
            time.sleep(0.05)
        nodes.remove_node(second, allow_graceful=False)
        _, err = process.communicate(timeout=240)
        assert process.returncode == ExitCode.DONE, err
    finally:
        nodes.shutdown()
    process = begun(plan, "--faces", people, "--out", tmp_path / "here", "--workers", 2)
    _, err = process.communicate(timeout=300)
    assert process.returncode == ExitCode.DONE, err
    assert made(tmp_path / "study") == made(tmp_path / "here")


def _of_session(number):
    return subprocess.run(["ps", "-o", "pid=,args=", "--sid", str(number)], capture_output=True, text=True).stdout


def _workers_in(listed):
    """Ray's own agents, which compute nothing, take a minute to see that nobody needs them."""
    return any(word in listed for word in ("ray::Serving", "ray::IDLE", "raylet", "gcs_server"))


def _actors():
    """Processes of actors of a cluster that this process began, on Linux."""
    held = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            held[int(fields["Pid"])] = (int(fields["PPid"]), (status.parent / "cmdline").read_bytes())
        except (OSError, KeyError, ValueError):
            continue
    ours = {pid for pid, (parent, _) in held.items() if parent == os.getpid()}
    return [
        pid for pid, (parent, words) in held.items()
        if parent in ours and words.startswith((b"ray::Serving", b"ray::Fatal"))
    ]  # fmt: skip
