"""Folders of crops: resuming, refusing, failing in parts."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bonaface.core.errors import InputError, OutputExists
from bonaface.jobs import crop_results, photos
from bonaface.jobs.restorations import Options, Outcome, plan, run
from bonaface.jobs.restored import is_restored
from made_restorers import made, tint

BICUBIC = Options("bicubic")


@pytest.fixture
def pictures(tmp_path, astronaut) -> Path:
    """Three photographs, the last of two people."""
    folder = tmp_path / "in"
    folder.mkdir()
    head = cv2.GaussianBlur(astronaut, (0, 0), 1)[0:240, 110:350]
    for number in range(2):
        Image.fromarray(np.roll(head, 3 * number, axis=1)).save(folder / f"{number}.png")
    Image.fromarray(np.concatenate([head, head[:, ::-1]], axis=1)).save(folder / "2.jpg", quality=95)
    return folder


def restored(pictures, out, options=BICUBIC, **more) -> list[Outcome]:
    done, *new = list(run(plan([pictures])[0], options, out, **more))
    return [*done, *new]


def lines(out) -> list[dict]:
    return [json.loads(line) for line in (out / "restore.jsonl").read_text().splitlines()]


def held(out) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in out.glob("*.png")}


def test_a_folder_and_its_record(pictures, tmp_path):
    out = tmp_path / "out"
    outcomes = restored(pictures, out)
    assert [outcome.before for outcome in outcomes] == [False] * 3
    assert sorted(held(out)) == ["0.png", "1.png", "2-face1.png", "2-face2.png"]
    assert [line["input"] for line in lines(out)] == ["0.png", "1.png", "2.jpg"]
    last = lines(out)[2]
    assert (last["kind"], last["status"], last["why"], last["restorer"]) == ("crops", "ok", "", "bicubic")
    assert [each["output"] for each in last["outputs"]] == ["2-face1.png", "2-face2.png"]
    assert [each["face"] for each in last["outputs"]] == [1, 2]
    assert last["smallest_face_looked_for"] >= 20
    record = json.loads(Image.open(out / "2-face1.png").text["bonaface"])
    assert record["key"] == last["key"]
    assert not is_restored(out)  # an audit takes them for pictures, not for photographs with faces in them


def test_a_second_start_does_nothing(pictures, tmp_path, monkeypatch):
    out = tmp_path / "out"
    restored(pictures, out)
    before = held(out)

    def never(*_, **__):
        raise AssertionError("restored again")

    monkeypatch.setattr(crop_results, "restore_found", never)
    outcomes = restored(pictures, out)
    assert [outcome.before for outcome in outcomes] == [True] * 3
    assert held(out) == before


def test_only_what_is_missing_is_done(pictures, tmp_path):
    out = tmp_path / "out"
    restored(pictures, out)
    before = held(out)
    (out / "2-face2.png").unlink()
    Image.open(pictures / "0.png").save(pictures / "9.png")
    outcomes = restored(pictures, out)
    assert [(outcome.task.picture.name, outcome.before) for outcome in outcomes] == [
        ("0.png", True), ("1.png", True), ("2.jpg", False), ("9.png", False),
    ]  # fmt: skip
    assert held(out)["2-face2.png"][0] == before["2-face2.png"][0]
    assert len(lines(out)) == 4


def test_stopped_between_the_result_and_its_line(pictures, tmp_path):
    out = tmp_path / "out"
    restored(pictures, out)
    before = held(out)
    record = out / "restore.jsonl"
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:2]))
    assert [outcome.before for outcome in restored(pictures, out)] == [True, True, False]
    assert {name: data for name, (data, _) in held(out).items()} == {name: data for name, (data, _) in before.items()}


@pytest.mark.parametrize("options", [Options("lanczos"), Options("bicubic", face=1), Options("bicubic", seed=2)])
def test_results_made_in_another_way_are_not_replaced_unless_asked(pictures, tmp_path, options):
    out = tmp_path / "out"
    restored(pictures, out)
    before = held(out)
    with pytest.raises(OutputExists, match=r"0\.png and 3 more are there already, and were made in another way"):
        restored(pictures, out, options)
    assert held(out) == before
    restored(pictures, out, options, overwrite=True)
    assert len(lines(out)) == 3
    assert {name for line in lines(out) for name in (each["output"] for each in line["outputs"])} == set(held(out))


def test_what_was_changed_since_is_not_replaced(pictures, tmp_path):
    out = tmp_path / "out"
    restored(pictures, out)
    (out / "1.png").write_bytes(b"by hand")
    with pytest.raises(OutputExists, match=r"1\.png is there already, and was made in another way, or changed since"):
        restored(pictures, out)
    assert (out / "1.png").read_bytes() == b"by hand"


def test_failures_are_in_the_record_beside_what_was_done(pictures, tmp_path):
    (pictures / "0.png").write_text("no picture")
    out = tmp_path / "out"
    outcomes = restored(pictures, out)
    assert [name for outcome in outcomes for name, _ in outcome.failures()] == ["0.png"]
    assert [line["status"] for line in lines(out)] == ["failed", "ok", "ok"]
    again = restored(pictures, out)
    assert [outcome.before for outcome in again] == [True, True, False]
    assert "not a picture" in again[-1].failures()[0][1]


def test_where_nothing_can_be_done_nothing_is_written(pictures, tmp_path):
    for path in pictures.iterdir():
        path.write_text("no picture")
    assert all(outcome.failures() for outcome in restored(pictures, tmp_path / "new/out"))
    assert not (tmp_path / "new").exists()


def test_a_face_and_a_picture_of_one_name(pictures, tmp_path):
    Image.open(pictures / "0.png").save(pictures / "2-face1.png")
    out = tmp_path / "out"
    outcomes = restored(pictures, out)
    failures = [failure for outcome in outcomes for failure in outcome.failures()]
    assert [name for name, _ in failures] == ["2.jpg"]  # the later of the two
    assert "2-face1.png is the result of 2-face1.png already" in failures[0][1]
    assert [outcome.before for outcome in restored(pictures, out)] == [True, True, True, False]


def test_crops_and_photographs_do_not_share_a_folder(pictures, tmp_path):
    out = tmp_path / "out"
    restored(pictures, out)
    with pytest.raises(InputError, match=r"out holds restored crops of faces; restored photographs are to be written"):
        list(photos.run(photos.plan([pictures]), photos.Settings(made(tint)), out, overwrite=True))
    list(photos.run(photos.plan([pictures / "0.png"]), photos.Settings(made(tint)), tmp_path / "whole"))
    assert is_restored(tmp_path / "whole")
    with pytest.raises(InputError, match="whole holds restored photographs"):
        restored(pictures, tmp_path / "whole", overwrite=True)


def test_knobs_are_looked_at_before_anything_is_done(pictures, tmp_path):
    with pytest.raises(InputError, match="no knob called 'w'"):
        restored(pictures, tmp_path / "out", Options("bicubic", knobs={"w": 1}))
    assert not (tmp_path / "out").exists()
