"""Folders of photographs whose expressions are changed: results, their record, resuming and refusing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bonaface.api.editing import EditOptions
from bonaface.core.errors import InputError, OutputExists
from bonaface.edit import EDITORS
from bonaface.io.pictures import read_picture
from bonaface.jobs import edits
from bonaface.jobs.edits import Outcome, Settings, plan, run
from known_edits import made, redden
from made_restorers import group

RED = Settings(made(redden), "happy")


@pytest.fixture
def photos(tmp_path, astronaut) -> Path:
    """Three photographs of three kinds."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number, ending in enumerate(("jpg", "png", "tif")):
        Image.fromarray(np.roll(astronaut[0:240, 110:350], 3 * number, axis=1)).save(folder / f"{number}.{ending}")
    return folder


def edited(pictures, out, settings=RED, **more) -> list[Outcome]:
    """All outcomes, those of earlier starts first."""
    tasks = plan([pictures] if isinstance(pictures, Path) else pictures, settings.target, settings.into)
    done, *new = list(run(tasks, settings, out, **more))
    return [*done, *new]


def lines(out) -> list[dict]:
    return [json.loads(line) for line in (out / "edit.jsonl").read_text().splitlines()]


def test_a_folder_and_its_record(photos, tmp_path):
    out = tmp_path / "out"
    outcomes = edited(photos, out, Settings(EDITORS["ridge"], "neutral", EditOptions(strength=0.8, seed=3)))
    assert [outcome.before for outcome in outcomes] == [False] * 3
    names = ["0-neutral.png", "1-neutral.png", "2-neutral.png"]
    assert sorted(path.name for path in out.iterdir()) == [*names, "edit.jsonl"]
    for line, name, given in zip(lines(out), names, sorted(photos.iterdir()), strict=True):
        assert (line["kind"], line["name"], line["output"], line["input"]) == ("edits", name, name, given.name)
        assert (line["status"], line["why"], line["editor"], line["to"]) == ("ok", "", "ridge", "neutral")
        assert line["input_sha256"] == hashlib.sha256(given.read_bytes()).hexdigest()
        assert line["output_sha256"] == hashlib.sha256((out / name).read_bytes()).hexdigest()
        assert line["key"].encode() in (out / name).read_bytes()
        assert sorted(line["weights"]) == ["ridge-happy.onnx", "ridge-neutral.onnx"]
        assert all(len(digest) == 64 for digest in line["weights"].values())
        assert (line["strength"], line["sharpness"], line["seed"], line["knobs"]) == (0.8, "input", 3, {})
        assert (line["given"], line["region_sha256"], line["folder"], line["format"]) == (None, None, None, "png")
        assert line["outside"] == {"identical": True, "pixels": line["outside"]["pixels"], "different": 0,
                                   "largest": 0, "mean": 0.0}  # fmt: skip
        (face,) = line["faces"]
        assert (face["face"], face["status"], face["detector"], face["crop_side"]) == (1, "ok", "hog", 256)
        x0, y0, x1, y1 = line["edited_region"]["box"]
        before, after = read_picture(given).pixels, read_picture(out / name).pixels
        outside = np.ones(before.shape[:2], bool)
        outside[y0:y1, x0:x1] = False
        assert (before[outside] == after[outside]).all()
        assert (before != after).any()
        assert line["edited_region"]["pixels"] + line["outside"]["pixels"] == before.shape[0] * before.shape[1]
        said = (out / name).read_bytes()
        assert b"compositeWithTrainedAlgorithmicMedia" in said
        assert b"a model changed the expression of this face to neutral" in said


def test_a_second_start_does_nothing(photos, tmp_path):
    out = tmp_path / "out"
    edited(photos, out)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}

    def never(image):
        raise AssertionError("edited again")

    outcomes = edited(photos, out, Settings(made(never), "happy"))
    assert [outcome.before for outcome in outcomes] == [True] * 3
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_only_what_is_missing_is_done(photos, tmp_path):
    out = tmp_path / "out"
    edited(photos, out)
    before = (out / "1-happy.png").read_bytes()
    (out / "1-happy.png").unlink()
    outcomes = edited(photos, out)
    assert [outcome.before for outcome in outcomes] == [True, True, False]
    assert (out / "1-happy.png").read_bytes() == before
    assert len(lines(out)) == 3


def test_two_expressions_of_one_photograph(photos, tmp_path):
    out = tmp_path / "out"
    for target in ("happy", "neutral"):
        edited(photos / "1.png", out, Settings(made(redden), target))
    assert [line["name"] for line in lines(out)] == ["1-happy.png", "1-neutral.png"]
    assert edited(photos / "1.png", out)[0].before


@pytest.mark.parametrize(
    "settings",
    [
        Settings(made(redden, name="another"), "happy"),
        Settings(made(redden), "happy", EditOptions(strength=0.5)),
        Settings(made(redden), "happy", EditOptions(sharpness="editor")),
        Settings(made(redden), "happy", EditOptions(face=None)),
        Settings(made(redden), "happy", EditOptions(seed=1)),
        Settings(made(redden), "happy", EditOptions(region=np.ones((240, 240), bool))),
        Settings(made(redden), "happy", EditOptions(box=(60, 60, 160, 160))),
    ],
    ids=["editor", "strength", "sharpness", "face", "seed", "region", "box"],
)
def test_what_was_made_in_another_way_is_not_replaced(photos, tmp_path, settings):
    out = tmp_path / "out"
    edited(photos / "1.png", out)
    before = (out / "1-happy.png").read_bytes()
    with pytest.raises(OutputExists, match="--overwrite"):
        edited(photos / "1.png", out, settings)
    assert (out / "1-happy.png").read_bytes() == before
    assert edited(photos / "1.png", out, settings, overwrite=True)[0].entry["status"] == "ok"
    assert (out / "1-happy.png").read_bytes() != before
    assert len(lines(out)) == 1


def test_a_result_that_is_not_the_photograph_outside_is_never_written(photos, tmp_path, monkeypatch):
    """As if the encoder had a fault."""
    from bonaface.io import delivery

    encode = delivery.encode

    def faulty(kind, pixels, held):
        pixels = pixels.copy()
        pixels[0, 0, 0] ^= 1
        return encode(kind, pixels, held)

    monkeypatch.setattr(delivery, "encode", faulty)
    out = tmp_path / "out"
    (outcome,) = edited(photos / "1.png", out)
    assert outcome.entry["status"] == "failed"
    assert "Outside of the edited region the result is not the photograph: 1 pixels differ" in outcome.entry["why"]
    assert not (out / "1-happy.png").exists()


def test_one_that_fails_does_not_stop_the_others(photos, tmp_path):
    Image.fromarray(np.full((200, 200, 3), 150, np.uint8)).save(photos / "sky.png")
    (photos / "text.png").write_text("no picture")
    out = tmp_path / "out"
    outcomes = edited(photos, out)
    assert [outcome.entry["status"] for outcome in outcomes] == ["ok", "ok", "ok", "failed", "failed"]
    assert [name for outcome in outcomes for name, _ in outcome.failures()] == ["sky.png", "text.png"]
    assert "--box" in outcomes[3].entry["why"]
    assert len(lines(out)) == 5
    assert lines(out)[3]["output"] is None


def test_where_nothing_can_be_done_nothing_is_written(tmp_path):
    Image.fromarray(np.full((200, 200, 3), 150, np.uint8)).save(tmp_path / "sky.png")
    (outcome,) = edited(tmp_path / "sky.png", tmp_path / "out")
    assert outcome.entry["status"] == "failed"
    assert not (tmp_path / "out").exists()


def test_a_face_that_fails_among_others(astronaut, tmp_path):
    Image.fromarray(group(astronaut)).save(tmp_path / "three.png")
    seen = []

    def once(image):
        seen.append(image)
        if len(seen) == 2:
            raise RuntimeError("out of order")
        return redden(image)

    (outcome,) = edited(tmp_path / "three.png", tmp_path / "out", Settings(made(once), "happy", EditOptions(face=None)))
    assert outcome.entry["status"] == "partly"
    assert outcome.entry["why"] == "not edited: face 2"
    assert outcome.failures() == [("three.png, face 2", "the editor stopped with RuntimeError: out of order")]
    assert outcome.entry["outside"]["identical"]


def test_no_strength_is_written_as_what_it_is(photos, tmp_path):
    out = tmp_path / "out"
    (outcome,) = edited(photos / "0.jpg", out, Settings(made(redden), "happy", EditOptions(strength=0)))
    assert outcome.entry["edited_region"] == {"box": None, "pixels": 0}
    assert outcome.entry["outside"]["identical"]
    assert (read_picture(out / "0-happy.png").pixels == read_picture(photos / "0.jpg").pixels).all()
    said = (out / "0-happy.png").read_bytes()
    assert b"compositeWithTrainedAlgorithmicMedia" not in said
    assert b"Nothing was changed." in said


def test_a_jpeg_says_what_it_cannot_promise(photos, tmp_path):
    (outcome,) = edited(photos / "1.png", tmp_path / "out", Settings(made(redden), "happy", into="jpeg"))
    assert outcome.entry["output"] == "1-happy.jpg"
    assert not outcome.entry["outside"]["identical"]
    assert any(note.startswith("a JPEG has losses everywhere: outside") for note in outcome.entry["notes"])


def test_names(photos, tmp_path):
    assert [task.output for task in plan([photos / "1.png"], "wide/awake")] == ["1-wide-awake.png"]
    (photos / "1.jpg").write_bytes((photos / "0.jpg").read_bytes())
    with pytest.raises(InputError, match=r"would both become 1-happy\.png\. Edit them"):
        plan([photos], "happy")
    with pytest.raises(InputError, match="'bmp'; expected png, tiff, jpeg"):
        plan([photos / "0.jpg"], "happy", "bmp")


def test_an_input_is_never_replaced(photos):
    tasks = [edits.Task(photos / "1.png", "1.png")]
    with pytest.raises(InputError, match="one of the inputs"):
        list(run(tasks, RED, photos, overwrite=True))


def test_notes_of_the_editor_are_kept(photos, tmp_path):
    card = made(redden)
    card.load({}).notes = ("No safety checker looked at the result.",)
    (outcome,) = edited(photos / "1.png", tmp_path / "out", Settings(card, "happy"))
    assert "No safety checker looked at the result" in outcome.entry["notes"]


def test_a_photograph_that_fails_after_some_of_its_faces_says_why():
    faces = [{"face": 1, "status": "ok", "why": ""}, {"face": 2, "status": "failed", "why": "too small"}]
    entry = {"status": "failed", "why": "it was encoded wrongly", "faces": faces}
    task = edits.Task(Path("a.png"), "a-happy.png")
    assert Outcome(task, entry).failures() == [("a.png", "it was encoded wrongly")]
    assert Outcome(task, entry | {"status": "partly"}).failures() == [("a.png, face 2", "too small")]
    assert Outcome(task, entry | {"faces": faces[1:]}).failures() == [("a.png, face 2", "too small")]
