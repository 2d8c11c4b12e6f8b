"""Asking about the pictures of a study: what is asked for, what is kept, and what is asked again."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from bonaface.api.describing import Asker
from bonaface.core.descriptions import DescriberRefused, Price
from bonaface.core.errors import InputError
from bonaface.core.images import to_bytes
from bonaface.faces.crops import cut
from bonaface.io.describers import DESCRIBERS, Asked
from bonaface.io.pictures import read_picture
from bonaface.study.described import asking
from bonaface.study.described.spending import ASSUMED, expected
from bonaface.study.described.wanted import Choice, pairs
from bonaface.study.engine.owner import owned
from bonaface.study.engine.store import Store
from describing import REAL, openai_form, written
from told_study import Teller, asker, told_by, written_tables

PICTURES = 3 + 6
"""Truths, and the contents of outputs: in this study they are the same for both damages."""


@pytest.fixture(autouse=True)
def _letters(letters):
    pass


def rows(store):
    return store.rows(asking.TABLE)


def test_each_content_is_asked_about_once(study, service):
    cell = next(row for row in study.rows("cells") if row["restorer"] == "bicubic")
    study.add("cells", [cell | {"cell": "other", "restorer": "twin", "restorer_id": "twin"}])
    work, *steps, told = told_by(study, asker(service), repeats=2)
    assert (work.truths, work.outputs, work.answers, work.asked) == (3, 6, 18, 18)
    assert len(service.asked) == len(rows(study)) == 18
    assert (steps[-1].done, steps[-1].failed, steps[-1].fresh) == (18, 0, 18)
    assert "twin" in {row["restorer"] for row in told.rows["descriptions"]}
    assert told.notes == ()
    again, last = told_by(study, asker(service), repeats=2)
    assert (again.asked, last.rows) == (0, told.rows)
    assert told_by(study, asker(service), repeats=3)[0].asked == PICTURES
    assert len(service.asked) == 18 + PICTURES


def test_services_are_asked_five_times_by_default(study, service):
    work = asking.todo(study, asker(service).describer, Choice(faces=1, restorers=["bicubic"]))
    assert [rest for _, rest in work.missing] == [(1, 2, 3, 4, 5)] * 2
    assert service.asked == []


def test_stopped_it_is_taken_up_again_and_nothing_is_paid_for_twice(study, service, tmp_path, monkeypatch):
    monkeypatch.setattr(asking, "FLUSH", 0.0)
    whole = Store.opened(shutil.copytree(study.folder, tmp_path / "whole"))
    told_by(whole, asker(service))
    service.answer, before = Teller(study), len(service.asked)
    steps = asking.run(study, asker(service), Choice(), 3)
    for _ in range(8):
        next(steps)
    steps.close()
    assert len(rows(study)) == 7
    told_by(study, asker(service))
    assert len(service.asked) == before + 3 * PICTURES
    assert written_tables(study) == written_tables(whole)
    assert len(written_tables(study)) == 4


def test_choices_one_after_the_other_come_to_the_same_tables(study, service, tmp_path):
    whole = Store.opened(shutil.copytree(study.folder, tmp_path / "whole"))
    told_by(whole, asker(service))
    service.answer = Teller(study)
    first = told_by(study, asker(service), Choice(faces=2, restorers=["gfpgan-1.4"], degradations=["study-x8"]))
    assert (first[0].truths, first[0].outputs) == (2, 2)
    assert first[-1].notes == ("7 of 11 outputs are not described: `bonaface study describe` was not asked to.",)
    told_by(study, asker(service), Choice(restorers=["bicubic"]))
    told_by(study, asker(service))
    assert written_tables(study) == written_tables(whole)


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (Choice(restorers=["bicubc"]), "no output of a restorer 'bicubc'; it has bicubic, gfpgan-1.4"),
        (Choice(degradations=["x4"]), "no output of a degradation 'x4'; it has study-x4, study-x8"),
    ],
)
def test_what_the_study_does_not_have_is_refused(study, service, choice, says):
    with pytest.raises(InputError, match=says):
        told_by(study, asker(service), choice)
    assert service.asked == []


def test_what_never_came_is_asked_for_again_and_a_refusal_on_request(study, service):
    refusal = openai_form("I'm sorry, but I can't help with describing people's faces.")
    service.queue = [(500, {}), (500, {}), (500, {}), (200, refusal)]
    one = Choice(1, ["bicubic"], ["study-x4"])
    _, *steps, told = told_by(study, asker(service), one)
    assert next(step.why for step in steps if step.why).startswith("127.0.0.1")
    assert [step.name for step in steps if step.why] == ["face000, answer 1", "face000, answer 2"]
    held = {row["repeat"]: row for row in rows(study) if row["status"] == "failed"}
    assert {repeat: row["text"] is None for repeat, row in held.items()} == {1: True, 2: False}
    whole = told.rows["descriptions"][0]
    assert (whole["status"], whole["original_texts"], whole["output_texts"]) == ("ok", 1, 3)
    assert "original, answer 2: the describer refused: \"I'm sorry" in whole["failures"]
    again = told_by(study, asker(service), one)
    assert (again[0].asked, again[0].failed) == (1, 1)
    last = told_by(study, asker(service), one, retry_failed=True)
    assert (last[0].asked, last[0].failed) == (1, 0)
    assert last[-1].rows["descriptions"][0]["original_texts"] == 3
    assert {row["status"] for row in rows(study)} == {"ok"}


def test_an_output_that_nobody_would_describe_is_a_row_with_the_reason(study, service):
    real = service.answer
    service.answer = lambda body, count: real(body, count) if count <= 3 else openai_form("I cannot assist with that.")
    *_, told = told_by(study, asker(service), Choice(1, ["bicubic"], ["study-x4"]))
    row, other = told.rows["descriptions"]
    assert (row["degradation"], other["degradation"]) == ("study-x4", "study-x8")  # of the same content
    assert (row["status"], row["cosine"], row["number"]) == ("failed", None, 0)
    assert row["why"].startswith("there is no description of the output (output, answer 1: the describer refused")
    mean = told.rows["description-means"][0]
    assert (mean["status"], mean["described"], mean["failed"], mean["why"]) == ("failed", 0, 2, row["why"])


def test_a_key_that_ends_on_the_way_keeps_what_came(study, service):
    service.queue = [(200, None)] * 7 + [(401, {"error": "ended"})]
    *_, told = told_by(study, asker(service))
    assert "refuses the key" in told.stopped
    assert len(rows(study)) == 7
    assert {row["face"] for row in told.rows["descriptions"]} == {"face000"}


def test_a_key_that_is_wrong_from_the_first_says_so(study, service):
    service.queue = [(401, {"error": "wrong"})]
    with pytest.raises(DescriberRefused, match="refuses the key"):
        told_by(study, asker(service))
    assert rows(study) == []


def test_the_users_cache_answers_for_another_study(study, service, tmp_path):
    other = Store.opened(shutil.copytree(study.folder, tmp_path / "other"))
    told_by(study, asker(service, tmp_path / "cache"), repeats=1)
    work, *steps, _ = told_by(other, asker(service, tmp_path / "cache"), repeats=1)
    assert (work.asked, steps[-1].done, steps[-1].fresh) == (PICTURES, PICTURES, 0)
    assert len(service.asked) == PICTURES
    assert written_tables(other) == written_tables(study)


def test_describers_are_kept_apart(study, service):
    for more in ({"model": "teller"}, {"model": "other"}, {"model": "teller", "temperature": 0.0}):
        told_by(study, asker(service, **more), Choice(1, ["bicubic"]), repeats=1)
    assert len(service.asked) == 6
    *_, told = told_by(study, asker(service), Choice(1, ["bicubic"]), repeats=1)
    kinds = {(row["model"], row["temperature"]) for row in told.rows["description-means"]}
    assert kinds == {("teller", 1.0), ("teller", 0.0), ("other", 1.0)}


def recording(folder, study, text):
    held = {row["truth"] for row in study.rows("faces")} | {row["output"] for row in study.rows("cells")} - {None}
    pictures = [{"name": name, "sha256": name, "answers": [text, text]} for name in sorted(held)]
    (folder / "told.json").write_text(json.dumps({"pictures": pictures}))
    return Asker(DESCRIBERS["recorded"].open(Asked(str(folder / "told.json"))))


def test_a_recording_is_read_again_and_kept_where_it_differs(study, tmp_path):
    work, *_, told = told_by(study, recording(tmp_path, study, written(REAL)), repeats=None)
    assert work.asked == 2 * PICTURES
    assert {row["original_texts"] for row in told.rows["descriptions"]} == {2}
    parts = study.folder / "parts" / asking.TABLE
    before = sorted(parts.iterdir())
    told_by(study, recording(tmp_path, study, written(REAL)), repeats=None)
    assert sorted(parts.iterdir()) == before
    *_, told = told_by(study, recording(tmp_path, study, written(REAL | {5: "Another nose."})), repeats=None)
    assert "Another nose." in {row["output_text"] for row in told.rows["descriptions"]}


def test_a_recording_that_lacks_a_picture_says_which(study, tmp_path):
    (tmp_path / "none.json").write_text('{"pictures": []}')
    nobody = Asker(DESCRIBERS["recorded"].open(Asked(str(tmp_path / "none.json"))))
    _, *steps, _ = told_by(study, nobody, Choice(1, ["bicubic"], ["study-x4"]), repeats=None)
    assert [step.name for step in steps] == ["face000, answer 1", "face000, bicubic, study-x4, answer 1"]
    assert steps[1].why.startswith("none.json holds no description of face000, bicubic, study-x4")


def test_a_part_of_a_face_is_told_beside_that_part_of_the_truth(study, service):
    cell = next(row for row in study.rows("cells") if row["restorer"] == "bicubic" and row["face"] == "f0")
    matrix = [[0.5, 0.0, -8.0], [0.0, 0.5, -10.0]]  # 32 of the truth's 96 px from (16, 20) on become 16
    study.add("cells", [cell | {"to_output": json.dumps(matrix), "width": 16, "height": 16}])
    pair = next(each for each in pairs(study) if each.cell["cell"] == cell["cell"])
    shown = pair.truth.read(study)
    assert shown.pixels.shape == (32, 32, 3)  # the truth's own pixels, not the output's
    truth = read_picture(study.picture(pair.truth.stored))
    reduced = to_bytes(cut(truth.image(), np.array(matrix), 16))
    halved = shown.pixels.reshape(16, 2, 16, 2, 3).mean((1, 3))
    assert np.abs(halved - reduced)[2:-2, 2:-2].mean() < 3
    assert pair.truth.id not in {each.truth.id for each in pairs(study) if each is not pair and each.cell != pair.cell}
    work = asking.todo(study, asker(service).describer, Choice(1, ["bicubic"]), 1)
    assert work.truths == 2


def test_pictures_that_are_gone_or_broken(study, service):
    gone, broken = [pair for pair in pairs(study) if pair.cell["restorer"] == "bicubic"][::2][:2]
    study.picture(gone.output.stored).unlink()
    study.picture(broken.output.stored).write_bytes(b"no picture")
    work, *steps, told = told_by(study, asker(service), repeats=2)
    note = "Pictures left out: 1, not in the store any more; `bonaface study run` makes them again."
    assert work.notes == (note,)
    assert len([step for step in steps if step.why]) == 2
    assert len(service.asked) == 2 * (PICTURES - 2)
    whys = {row["face"]: row["why"] for row in told.rows["descriptions"] if row["status"] == "failed"}
    assert list(whys) == [broken.cell["face"]]
    assert "there is no description of the output (output, answer 1: " in whys[broken.cell["face"]]
    assert told_by(study, asker(service), repeats=2)[0].asked == 2  # it may be made again meanwhile


def test_two_at_a_time_are_refused(study, service):
    with owned(study), pytest.raises(InputError, match="in use"):
        told_by(study, asker(service))


def test_halves_of_letters_do_not_stop_it(study, service):
    service.answer = lambda body, count: openai_form(written(REAL | {5: "A nose \ud800."}))
    *_, told = told_by(study, asker(service), Choice(1, ["bicubic"], ["study-x4"]), repeats=1)
    assert "A nose ?." in {row["output_text"] for row in told.rows["descriptions"]}


def test_what_it_will_take_is_told_from_answers_of_the_model_or_assumed(study, service):
    price = Price(1.0, 10.0, "EUR")
    settings = asker(service).describer.settings
    first = expected(10, rows(study), settings, price)
    assert (first.each, first.counted) == (ASSUMED, 0)
    told_by(study, asker(service), Choice(1, ["bicubic"]), repeats=1)
    then = expected(10, rows(study), settings, price)
    assert (then.each, then.counted, then.cost, then.currency) == ((1000, 500), 2, 0.06, "EUR")
    assert expected(10, rows(study), settings, None).cost is None
    assert expected(10, rows(study), asker(service, model="other").describer.settings, price).counted == 0
