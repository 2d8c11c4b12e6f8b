import importlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bonaface.api import wiring
from bonaface.core.errors import BonafaceError, InputError
from bonaface.faces.crops import CELEBA, cut, to_crop
from bonaface.io.pictures import encode_png
from bonaface.measure.reading import crop_of
from bonaface.study.costs import looking, reading_hands, readings
from bonaface.study.costs import tables as costs
from bonaface.study.costs.looking import HARMLESS, Look, Sitting
from bonaface.study.costs.seen import apart
from bonaface.study.engine import run, tables
from bonaface.study.engine.feeding import eight_bit, resized
from bonaface.study.engine.store import Store
from bonaface.study.plan.faces import subjects
from bonaface.study.plan.plans import Contender


@pytest.fixture(scope="module")
def unread(tiny, people, tmp_path_factory):
    """A study of two "people" that nobody has read."""
    folder = tmp_path_factory.mktemp("unread") / "study"
    plan = replace(tiny, restorers=(*tiny.restorers, Contender("pro-uigan-compact")), measures=())
    list(run.run(plan, subjects(people, 2), folder, workers=1))
    return folder


@pytest.fixture(scope="module")
def read(unread, tmp_path_factory):
    """The same, read without a stop: its folder and what was said."""
    folder = tmp_path_factory.mktemp("read") / "study"
    shutil.copytree(unread, folder)
    return folder, list(costs.costs(Store.opened(folder), 1, draws=50))


@pytest.fixture
def study(unread, tmp_path):
    """A copy to be read."""
    shutil.copytree(unread, tmp_path / "study")
    return Store.opened(tmp_path / "study")


def made(folder: Path) -> dict[str, bytes]:
    """What `costs` writes."""
    return {p.name: p.read_bytes() for p in sorted((folder / "tables").iterdir()) if p.stem in costs.TABLES}


def truth_of(store: Store) -> tuple[str, str, np.ndarray, np.ndarray]:
    """Hash, landmarks as JSON and as numbers, and picture of the first face."""
    columns = tables.read(store, "faces")
    sha256, text = columns["truth"][0], columns["landmarks"][0]
    return sha256, text, np.array(json.loads(text)), looking._image(store, sha256)


def one(store: Store, image: np.ndarray, to_output: np.ndarray | None = None) -> dict:
    """The reading of a picture of the first face."""
    sha256, text, _, _ = truth_of(store)
    place = "" if to_output is None else json.dumps(to_output.tolist())
    sitting = Sitting(sha256, text, (Look("k", store.put_picture(encode_png(image)), place),))
    return looking.read(sitting, store)[0]


def numbers(row: dict, name: str) -> np.ndarray:
    return np.array(json.loads(row[name]))


def test_everything_is_read_once(read):
    folder, steps = read
    work = steps[0]
    # 2 faces, each with its harmless variants, and 2 damages by 3 restorers; of one that keeps the size, bicubic's and
    # Lanczos' outputs are the same picture
    assert (work.pictures, work.missing) == (2 * (1 + len(HARMLESS) + 5), 18)
    rows = Store.opened(folder).rows("readings")
    assert len(rows) == work.pictures
    assert {row["status"] for row in rows} == {"ok"}
    again = readings.todo(Store.opened(folder))
    assert (again.sittings, again.missing) == ((), 0)


def test_readings_say_which_picture_they_are_of(read):
    held, notes = readings.seen(Store.opened(read[0]))
    assert notes == []
    assert list(held) == [("as-given", 128)]
    truths, variants, outputs = apart(held["as-given", 128])
    assert [one.face for one in truths] == ["person0", "person1"]
    assert {one.variant for one in variants} == set(HARMLESS)
    assert len(outputs) == 12
    assert {one.restorer: one.invents for one in outputs} == {
        "bicubic": False, "lanczos": False, "pro-uigan-compact": True,
    }  # fmt: skip
    assert truths[0].embedding.shape == (128,)
    assert truths[0].attributes.shape == (40,)
    assert truths[0].expression.sum() == pytest.approx(1, abs=1e-3)
    assert 20 < truths[0].skin < 90


def test_a_truth_is_read_as_the_readers_read_it(read):
    store = Store.opened(read[0])
    _, _, landmarks, image = truth_of(store)
    truth = next(one for one in readings.seen(store)[0]["as-given", 128] if not one.restorer and not one.variant)
    crop = crop_of(image, landmarks)
    np.testing.assert_array_equal(truth.attributes, wiring.attribute_reader()([crop])[0])
    np.testing.assert_array_equal(truth.expression, wiring.expression_reader()([crop])[0])


def test_a_picture_of_another_size_is_read_at_the_same_place(read):
    store = Store.opened(read[0])
    _, _, _, image = truth_of(store)
    same = one(store, image)
    larger = one(store, eight_bit(resized(image, (2 * image.shape[0], 2 * image.shape[1]))))
    assert np.linalg.norm(numbers(same, "embedding") - numbers(larger, "embedding")) < 0.1
    assert np.abs(numbers(same, "attributes") - numbers(larger, "attributes")).max() < 0.15
    assert abs(same["skin"] - larger["skin"]) < 0.2


def test_a_part_of_a_face_is_read_through_its_placement(read):
    store = Store.opened(read[0])
    _, _, landmarks, image = truth_of(store)
    matrix = to_crop(landmarks, 128, CELEBA)
    whole, part = one(store, image), one(store, eight_bit(cut(image, matrix, 128)), matrix)
    assert part["status"] == "ok"
    assert np.linalg.norm(numbers(whole, "embedding") - numbers(part, "embedding")) < 0.12
    assert np.abs(numbers(whole, "attributes") - numbers(part, "attributes")).max() < 0.01
    assert abs(whole["skin"] - part["skin"]) < 0.05
    misplaced = one(store, eight_bit(cut(image, matrix, 128)))  # as if it showed the whole truth
    assert np.linalg.norm(numbers(whole, "embedding") - numbers(misplaced, "embedding")) > 0.3


def test_a_part_that_does_not_reach_says_so(read):
    store = Store.opened(read[0])
    _, _, landmarks, image = truth_of(store)
    matrix = to_crop(landmarks, 128, CELEBA) @ np.diag([1.5, 1.5, 1]) - np.array([[0, 0, 32], [0, 0, 32]])
    row = one(store, eight_bit(cut(image, matrix, 128)), matrix)
    assert row["status"] == "not_applicable"
    assert "does not cover" in row["why"]


def test_lighter_skin_is_read_as_lighter(read):
    store = Store.opened(read[0])
    image = truth_of(store)[3]
    plain, lighter = one(store, image), one(store, eight_bit(np.clip(image * 1.1, 0, 1)))
    assert 1 < lighter["skin"] - plain["skin"] < 8


def test_stopped_it_is_taken_up_again(study, read, monkeypatch):
    monkeypatch.setattr(readings, "FLUSH", 0.0)
    monkeypatch.setattr(readings, "_SITTING", 3)
    steps = readings.run(study, 1)
    next(steps)
    stopped = next(steps)
    steps.close()
    kept = len(study.rows("readings"))
    assert 0 < kept <= stopped.total - stopped.done + kept
    assert readings.todo(study).missing == stopped.total - kept
    monkeypatch.setattr(readings, "_SITTING", 8)
    again = list(costs.costs(study, 2, draws=50))
    assert again[0].missing == stopped.total - kept
    assert made(study.folder) == made(read[0])


def test_written_again_the_tables_are_the_same(read):
    before = made(read[0])
    list(costs.costs(Store.opened(read[0]), 1, draws=50))
    assert made(read[0]) == before
    assert set(before) == {f"{name}.{kind}" for name in costs.TABLES for kind in ("csv", "parquet")}


def test_other_weights_give_other_readings(read, monkeypatch):
    store, own = Store.opened(read[0]), readings.readers()
    monkeypatch.setattr(readings, "readers", lambda: own | {"bonaface-attributes.onnx": "0" * 64})
    assert readings.todo(store).missing == 18


def test_the_same_picture_of_the_same_face_is_read_once(study):
    cell = next(row for row in study.rows("cells") if row["restorer"] == "bicubic")
    before = readings.todo(study).pictures
    study.add("cells", [cell | {"cell": "other", "restorer": "twin"}])
    assert readings.todo(study).pictures == before
    assert readings.todo(study).missing == before


def test_a_report_is_given_what_was_written_last(read, study):
    told = costs.kept(Store.opened(read[0]))
    assert told.rows == read[1][-1].rows
    assert not any("not in these numbers" in note for note in told.notes)
    assert costs.kept(study) is None


def test_a_report_is_told_of_pictures_that_came_later(study):
    *_, last = costs.costs(study, 1, draws=50)
    shutil.rmtree(study.folder / "parts" / readings.TABLE)
    told = costs.kept(Store.opened(study.folder))
    assert told.rows == last.rows
    assert told.notes[0].startswith("18 pictures of the study are not in these numbers; `bonaface study downstream`")


def test_what_cannot_be_read_says_why_and_is_tried_again(study):
    gone, broken = [row["output"] for row in study.rows("cells") if row["restorer"] == "lanczos"][:2]
    study.picture(gone).unlink()
    study.picture(broken).write_bytes(b"no picture")
    work, *steps = list(readings.run(study, 1))
    assert "1 picture left out: not in the store any more; `bonaface study run` makes them again." in work.notes
    assert steps[-1].failed == 1
    _, notes = readings.seen(study)
    assert any("1 picture left out: " in note and "cannot" in note for note in notes), notes
    assert readings.todo(study).missing == 1


def test_a_study_without_faces_or_pictures(tmp_path, tiny):
    from bonaface.io.pictures import write_picture

    write_picture(tmp_path / "faces" / "grey.png", np.full((64, 64, 3), 128, np.uint8))
    list(run.run(replace(tiny, measures=()), subjects(tmp_path / "faces"), tmp_path / "study", workers=1))
    *_, told = costs.costs(Store.opened(tmp_path / "study"), 1, draws=50)
    assert told.rows["downstream"] == []
    assert "1 truth left out: no face was found there." in told.notes
    Store.opened(tmp_path / "empty", make=True)
    *_, told = costs.costs(Store.opened(tmp_path / "empty"), 1, draws=50)
    assert told.rows["direction"] == []


def test_a_process_that_dies_says_what_to_do(study, monkeypatch):
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(here), os.environ.get("PYTHONPATH")])))
    monkeypatch.syspath_prepend(str(here))
    monkeypatch.setattr(reading_hands, "begin", importlib.import_module("fatal_reader").begin)
    with pytest.raises(BonafaceError, match="run the same command again"):
        list(readings.run(study, 1))


def test_two_at_a_time_are_refused(study):
    from bonaface.study.engine.owner import owned

    with owned(study), pytest.raises(InputError, match="in use"):
        list(readings.run(study, 1))


def test_identity_does_not_move_where_nothing_does(read):
    """The floor: JPEG 95, a tenth of a pixel, and enlarging by half hardly move an embedding; reduction by 8 does."""
    seen = readings.seen(Store.opened(read[0]))[0]["as-given", 128]
    truths, variants, outputs = apart(seen)
    real = {one.face: one.embedding for one in truths}
    harmless = [np.linalg.norm(one.embedding - real[one.face]) for one in variants]
    blurred = [np.linalg.norm(one.embedding - real[one.face]) for one in outputs if one.degradation == "study-x4"]
    assert max(harmless) < 0.2 < min(blurred)
