"""Folders of photographs: resuming, refusing, failing in parts, stopping at any moment."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bonaface.api.photos import PhotoOptions, enlarge
from bonaface.core.errors import InputError, OutputExists
from bonaface.io.pictures import read_picture
from bonaface.jobs.journal import Journal
from bonaface.jobs.photos import Outcome, Settings, plan, run
from bonaface.jobs.restored import read_records
from bonaface.jobs.stages import kept_stages, paste_all
from made_restorers import group, made, sharpen, tint

TINT = Settings(made(tint))


@pytest.fixture(scope="module")
def head(astronaut) -> np.ndarray:
    """(240, 240, 3) uint8: quickly done."""
    return np.ascontiguousarray(cv2.GaussianBlur(astronaut, (0, 0), 1)[0:240, 110:350])


@pytest.fixture
def photos(tmp_path, head) -> Path:
    """Four photographs of four kinds."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number, ending in enumerate(("jpg", "png", "tif", "webp")):
        Image.fromarray(np.roll(head, 3 * number, axis=1)).save(folder / f"{number}.{ending}")
    return folder


def restored(pictures, out, settings=TINT, **more) -> list[Outcome]:
    """All outcomes, those of earlier starts first."""
    done, *new = list(run(plan([pictures] if isinstance(pictures, Path) else pictures), settings, out, **more))
    return [*done, *new]


def lines(out) -> list[dict]:
    return [json.loads(line) for line in (out / "restore.jsonl").read_text().splitlines()]


def hashes(out) -> dict[str, str]:
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_a_folder_and_its_record(photos, tmp_path):
    out = tmp_path / "out"
    outcomes = restored(photos, out)
    assert [outcome.before for outcome in outcomes] == [False] * 4
    assert sorted(hashes(out)) == ["0.jpg", "1.png", "2.tif", "3.webp", "restore.jsonl"]
    for line, name in zip(lines(out), ["0.jpg", "1.png", "2.tif", "3.webp"], strict=True):
        assert (line["input"], line["output"], line["status"], line["why"]) == (name, name, "ok", "")
        assert line["input_path"] == str(photos / name)
        assert line["input_sha256"] == hashlib.sha256((photos / name).read_bytes()).hexdigest()
        assert line["output_sha256"] == hashlib.sha256((out / name).read_bytes()).hexdigest()
        assert line["key"].encode() in (out / name).read_bytes()
        assert (line["restorer"], line["weights"], line["scale"], line["mask"]) == ("made", {}, 1.0, "box")
        assert (line["feather"], line["colour_match"], line["seed"], line["knobs"]) == (0.1, False, 0, {})
        (face,) = line["faces"]
        assert (face["face"], face["status"], face["why"], face["stages"]) == (1, "ok", "", None)
        assert (face["detector"], face["crop_side"]) == ("hog", 512)
        assert np.array(face["to_crop"]).shape == (2, 3)
        assert len(face["box"]) == 4
    assert [record.status for record in read_records(out)] == ["ok"] * 4
    assert Image.open(out / "0.jpg").format == "JPEG"


def test_a_second_start_does_nothing(photos, tmp_path):
    out = tmp_path / "out"
    restored(photos, out)
    before, times = hashes(out), {path: path.stat().st_mtime_ns for path in out.iterdir()}

    def never(image):
        raise AssertionError("restored again")

    outcomes = restored(photos, out, Settings(made(never)))
    assert [outcome.before for outcome in outcomes] == [True] * 4
    assert hashes(out) == before
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == times


def test_only_what_is_missing_is_done(photos, tmp_path, head):
    out = tmp_path / "out"
    restored(photos, out)
    before = hashes(out)
    (out / "1.png").unlink()
    Image.fromarray(head[:, ::-1]).save(photos / "4.png")
    outcomes = restored(photos, out)
    assert [(outcome.task.output, outcome.before) for outcome in outcomes] == [
        ("0.jpg", True), ("2.tif", True), ("3.webp", True), ("1.png", False), ("4.png", False),
    ]  # fmt: skip
    after = hashes(out)
    assert after["1.png"] == before["1.png"]
    assert len(lines(out)) == 5


@pytest.mark.parametrize(
    "settings",
    [
        Settings(made(tint, name="another")),
        Settings(made(tint), PhotoOptions(shape="face")),
        Settings(made(tint), PhotoOptions(feather=0.2)),
        Settings(made(tint), PhotoOptions(match_colour=True)),
        Settings(made(tint), PhotoOptions(scale=2)),
        Settings(made(tint), PhotoOptions(seed=1)),
        Settings(made(tint), PhotoOptions(face=1)),
    ],
    ids=["restorer", "shape", "feather", "colour", "scale", "seed", "face"],
)
def test_results_made_in_another_way_are_not_replaced_unless_asked(photos, tmp_path, settings):
    out = tmp_path / "out"
    restored(photos / "1.png", out)
    before = hashes(out)
    with pytest.raises(OutputExists, match="made in another way"):
        restored(photos, out, settings)
    assert hashes(out) == before
    restored(photos / "1.png", out, settings, overwrite=True)
    assert hashes(out)["1.png"] != before["1.png"]
    assert len(lines(out)) == 1


def test_what_was_changed_since_is_not_replaced(photos, tmp_path, head):
    out = tmp_path / "out"
    restored(photos / "1.png", out)
    with (out / "1.png").open("ab") as file:
        file.write(b"by hand")
    with pytest.raises(OutputExists, match="changed since"):
        restored(photos / "1.png", out)
    (out / "9.png").write_bytes(b"not ours")
    Image.fromarray(head).save(photos / "9.png")
    with pytest.raises(OutputExists, match=r"1\.png and 1 more"):
        restored(photos, out)
    assert (out / "9.png").read_bytes() == b"not ours"


def test_another_photograph_of_the_same_name(photos, tmp_path, head):
    out = tmp_path / "out"
    restored(photos / "1.png", out)
    Image.fromarray(head[::-1, ::-1][::-1, ::-1] // 2).save(photos / "1.png")
    with pytest.raises(OutputExists):
        restored(photos / "1.png", out)


def test_inputs_are_never_replaced(photos):
    before = hashes(photos)
    with pytest.raises(InputError, match="never overwritten"):
        restored(photos, photos, overwrite=True)
    assert hashes(photos) == before


def test_two_photographs_of_one_name(photos, tmp_path, head):
    Image.fromarray(head).save(photos / "1.bmp")
    with pytest.raises(InputError, match=r"would both become 1\.png"):
        plan([photos])


def test_one_broken_picture_among_many(photos, tmp_path, head):
    data = (photos / "0.jpg").read_bytes()
    (photos / "broken.jpg").write_bytes(data[: len(data) // 2])
    (photos / "text.png").write_text("no picture")
    Image.fromarray(np.full((90, 90, 3), 90, np.uint8)).save(photos / "wall.png")
    out = tmp_path / "out"
    outcomes = restored(photos, out)
    failures = dict(failure for outcome in outcomes for failure in outcome.failures())
    assert sorted(failures) == ["broken.jpg", "text.png", "wall.png"]
    assert "cut off" in failures["broken.jpg"]
    assert "not a picture" in failures["text.png"]
    assert "No face was found" in failures["wall.png"]
    assert sorted(hashes(out)) == ["0.jpg", "1.png", "2.tif", "3.webp", "restore.jsonl"]
    held = {line["input"]: line for line in lines(out)}
    assert held["broken.jpg"]["status"] == "failed"
    assert held["broken.jpg"]["output"] is None
    assert len(read_records(out)) == 7
    again = restored(photos, out)
    assert sum(outcome.before for outcome in again) == 4
    assert len([failure for outcome in again for failure in outcome.failures()]) == 3
    assert len(lines(out)) == 7


def test_a_photograph_without_a_face_is_enlarged_where_that_is_asked(tmp_path):
    Image.fromarray(np.full((90, 90, 3), 90, np.uint8)).save(tmp_path / "wall.png")
    (outcome,) = restored(tmp_path / "wall.png", tmp_path / "out", Settings(made(tint), PhotoOptions(scale=2)))
    assert (outcome.entry["status"], outcome.entry["faces"]) == ("ok", [])
    assert Image.open(tmp_path / "out/wall.png").size == (180, 180)


def test_faces_that_fail(tmp_path, head):
    three = group(np.pad(head, ((0, 0), (110, 0), (0, 0)), mode="edge"))
    Image.fromarray(three).save(tmp_path / "a.png")
    calls = []

    def sometimes(image):
        calls.append(1)
        return image if len(calls) == 2 else tint(image)

    out = tmp_path / "out"
    (outcome,) = restored(tmp_path / "a.png", out, Settings(made(sometimes), keep_stages=True))
    assert outcome.entry["status"] == "partly"
    assert outcome.entry["why"] == "not restored: face 2"
    assert outcome.failures() == [("a.png, face 2", "the restorer delivered exactly what it was given")]
    assert [face["stages"] for face in outcome.entry["faces"]] == ["stages/a.png/face1", None, "stages/a.png/face3"]
    (again,) = restored(tmp_path / "a.png", out, Settings(made(tint), keep_stages=True))
    assert again.before
    assert again.failures() == outcome.failures()  # still listed
    (none,) = restored(tmp_path / "a.png", tmp_path / "none", Settings(made(lambda image: image)))
    assert none.entry["status"] == "failed"
    assert len(none.failures()) == 3
    assert not (tmp_path / "none/a.png").exists()


def test_stages(photos, tmp_path):
    out, settings = tmp_path / "out", Settings(made(tint), PhotoOptions(scale=2), keep_stages=True)
    restored(photos / "1.png", out, settings)
    (face,) = lines(out)[0]["faces"]
    assert face["stages"] == "stages/1.png/face1"
    crop, made_of, mask = (Image.open(out / face["stages"] / name) for name in ("crop.png", "restored.png", "mask.png"))
    assert crop.size == made_of.size == mask.size == (512, 512)
    assert (crop.mode, mask.mode) == ("RGB", "L")
    assert np.abs(np.asarray(made_of, int) - np.asarray(crop) * np.array([1, 0.9, 0.6])).max() <= 1
    before, (record,) = read_picture(photos / "1.png").image(), read_records(out)
    pasted = paste_all(enlarge(before, 2), before, record, kept_stages(out, record))
    delivered = read_picture(out / "1.png").image()
    assert np.abs(pasted - delivered).max() < 2 / 255


def test_stages_that_are_asked_for_later(photos, tmp_path):
    out = tmp_path / "out"
    restored(photos / "1.png", out)
    before = hashes(out)["1.png"]
    (outcome,) = restored(photos / "1.png", out, Settings(made(tint), keep_stages=True))
    assert not outcome.before
    assert hashes(out)["1.png"] == before
    assert (out / "stages/1.png/face1/mask.png").is_file()
    (out / "stages/1.png/face1/notes.txt").write_text("mine")
    changed = Settings(made(sharpen, name="other"))
    restored(photos / "1.png", out, changed, overwrite=True)
    assert [path.name for path in (out / "stages/1.png/face1").iterdir()] == ["notes.txt"]


def test_a_torn_last_line_is_left_out_and_mended(photos, tmp_path):
    out = tmp_path / "out"
    restored(photos, out)
    record = out / "restore.jsonl"
    record.write_bytes(record.read_bytes()[:-40])
    outcomes = restored(photos, out)
    assert [(outcome.task.output, outcome.before) for outcome in outcomes] == [
        ("0.jpg", True), ("1.png", True), ("2.tif", True), ("3.webp", False),
    ]  # fmt: skip
    assert len(lines(out)) == 4


def test_stopped_between_the_result_and_its_line(photos, tmp_path):
    out = tmp_path / "out"
    restored(photos, out)
    before = hashes(out)
    record = out / "restore.jsonl"
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:3]))
    outcomes = restored(photos, out)
    assert [outcome.before for outcome in outcomes] == [True] * 3 + [False]
    assert hashes(out)["3.webp"] == before["3.webp"]


def test_a_record_of_something_else(photos, tmp_path):
    (tmp_path / "restore.jsonl").write_text("[1, 2]\n")
    with pytest.raises(InputError, match=r"line 1, is none that"):
        Journal(tmp_path)


def test_a_folder_in_use(photos, tmp_path):
    out = tmp_path / "out"
    first = run(plan([photos]), TINT, out)
    next(first)
    with pytest.raises(InputError, match="is being filled by another process"):
        restored(photos, out)
    first.close()
    assert len(restored(photos, out)) == 4


def test_nothing_is_left_where_nothing_was_done(tmp_path, photos):
    with pytest.raises(InputError, match="no faces that can be put back"):
        restored(photos, tmp_path / "new/out", Settings(made(tint, pastes=False)))
    assert not (tmp_path / "new").exists()


def test_results_do_not_depend_on_what_else_is_in_the_folder(photos, tmp_path):
    restored(photos, tmp_path / "all")
    restored(photos / "2.tif", tmp_path / "one")
    assert (tmp_path / "all/2.tif").read_bytes() == (tmp_path / "one/2.tif").read_bytes()


SCRIPT = """
import resource, signal, sys, time
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from made_restorers import made, tint
from bonaface.core.errors import InputError
from bonaface.jobs.photos import Settings, plan, run

def slowly(image):
    time.sleep(0.3)
    return tint(image)

if sys.argv[4] == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    for outcome in run(plan([Path(sys.argv[1])]), Settings(made(slowly)), Path(sys.argv[2])):
        print(outcome if isinstance(outcome, list) else outcome.task.output, flush=True)
except InputError as error:
    print("stopped:", error)
except KeyboardInterrupt:
    print("interrupted")
"""
TESTS = Path(__file__).parents[1]


def started(photos, out, how) -> subprocess.Popen:
    words = [sys.executable, "-c", SCRIPT, str(photos), str(out), str(TESTS), how]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_stopped_in_the_middle(photos, tmp_path, number):
    out = tmp_path / "out"
    process = started(photos, out, "kill")
    assert process.stdout.readline() == "[]\n"
    assert process.stdout.readline() == "0.jpg\n"
    time.sleep(0.2)
    process.send_signal(number)
    process.wait(60)
    there = [name for name in hashes(out) if not name.startswith(".bonaface-part-")]
    assert "0.jpg" in there
    for name in set(there) - {"restore.jsonl"}:
        Image.open(out / name).load()
    outcomes = restored(photos, out)
    assert sum(outcome.before for outcome in outcomes) >= 1
    assert sum(not outcome.before for outcome in outcomes) >= 1
    restored(photos, tmp_path / "whole")
    kept = {name: held for name, held in hashes(out).items() if not name.startswith((".", "restore"))}
    assert kept == {name: held for name, held in hashes(tmp_path / "whole").items() if name != "restore.jsonl"}


@pytest.mark.skipif(os.name != "posix", reason="file size limits are POSIX's")
def test_a_full_disk(photos, tmp_path):
    out = tmp_path / "out"
    process = started(photos, out, "full")
    said = process.communicate(timeout=120)[0]
    assert "0.jpg" in said  # small enough
    assert "1.png cannot be written" in said
    assert sorted(hashes(out)) == ["0.jpg", "restore.jsonl"]
    assert [outcome.before for outcome in restored(photos, out)] == [True, False, False, False]


@pytest.mark.slow
def test_the_memory_stays_flat(tmp_path, head):
    pytest.importorskip("resource")
    import resource

    folder = tmp_path / "in"
    folder.mkdir()
    data = io.BytesIO()
    Image.fromarray(head).save(data, "JPEG")
    for number in range(60):
        (folder / f"{number:03}.jpg").write_bytes(data.getvalue())
    peaks = []
    for outcome in run(plan([folder]), TINT, tmp_path / "out"):
        if isinstance(outcome, Outcome):
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert len(peaks) == 60
    assert peaks[-1] - peaks[9] < 30_000  # KiB
