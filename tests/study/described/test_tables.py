"""Tables of descriptions: what the numbers are, against the comparison of two pictures and against the mean."""

from __future__ import annotations

import csv
import importlib.util

import numpy as np
import pytest

from bonaface.api.describing import embedder, splitter
from bonaface.core.descriptions import LABELS
from bonaface.measure.description import compare
from bonaface.study.described.tables import kept
from bonaface.study.described.wanted import Choice
from describing import MADE, REAL, by_letters, openai_form, written
from told_study import WORDINGS, asker, told_by, written_tables

TRUTH = [REAL | {7: REAL[7] + words} for words in WORDINGS]
OUTPUT = [MADE | {7: MADE[7] + words} for words in WORDINGS]


def test_a_row_for_each_heading_is_that_of_two_pictures(study, service, letters):
    *_, told = told_by(study, asker(service))
    found = compare(TRUTH, OUTPUT, by_letters, splitter()[0])
    rows = told.rows["descriptions"]
    assert len(rows) == 11 * 12
    assert [row["number"] for row in rows[:12]] == list(range(12))
    assert rows == sorted(rows, key=lambda row: (row["face"], row["degradation"], row["restorer"], row["number"]))
    whole, skin = rows[0], rows[7]
    assert whole["cosine"] == pytest.approx(found.cosine.value, rel=1e-5)
    assert whole["floor"] == pytest.approx(found.floor.value, rel=1e-5)
    section = found.sections[6]
    assert skin["heading"] == "Skin & Wrinkles"
    for name in ("cosine", "usual", "floor"):
        assert skin[name] == pytest.approx(getattr(section, name).value, rel=1e-5)
        assert len(f"{skin[name]:.9g}".replace("0.", "")) <= 6
    assert skin["below_floor"] == "yes"
    assert skin["added_adjectives"] == "; ".join(section.added.adjectives)
    assert skin["removed_nouns"] == "; ".join(section.removed.nouns)
    assert (skin["original_text"], skin["output_text"]) == (TRUTH[0][7], OUTPUT[0][7])
    assert set(whole["added_adjectives"].split("; ")) >= {"smooth", "clear", "sharper"}
    assert rows[5]["below_floor"] == "no"


def test_means_are_over_outputs_with_people_as_the_unit(study, service, letters):
    tell = service.answer

    def answer(body, count):
        """Outputs of one person are told as the truth is."""
        held = tell(body, count)
        return held if count % 2 else openai_form(written(REAL))

    service.answer = answer
    *_, told = told_by(study, asker(service))
    cells = [row for row in told.rows["descriptions"] if row["restorer"] == "bicubic" and row["number"] == 0]
    means = [row for row in told.rows["description-means"] if row["restorer"] == "bicubic" and row["number"] == 0]
    assert [row["degradation"] for row in means] == ["all damages", "study-x4", "study-x8"]
    for row in means:
        mine = [cell for cell in cells if row["degradation"] in ("all damages", cell["degradation"])]
        assert row["value"] == pytest.approx(np.mean([cell["cosine"] for cell in mine]), rel=1e-5)
        assert row["usual"] == pytest.approx(np.mean([cell["usual"] for cell in mine]), rel=1e-5)
        assert row["floor"] == pytest.approx(np.mean([cell["floor"] for cell in mine]), rel=1e-5)
        assert row["below_floor"] == sum(cell["below_floor"] == "yes" for cell in mine)
        assert (row["n"], row["people"]) == (len(mine), 3)
        assert row["low"] <= row["value"] <= row["high"] <= 1
        counts = dict(pair.rsplit(" ", 1) for pair in row["added"].split("; "))
        adjectives = [cell["added_adjectives"].split("; ") for cell in mine]
        assert all(sum(word in each for each in adjectives) == int(count) for word, count in counts.items())
    resolutions = {row["degradation"]: row["resolution"] for row in means}
    assert resolutions["study-x4"] == "24 px"
    headings = [row["heading"] for row in told.rows["description-means"][1:12]]
    assert headings == list(LABELS.values())


def test_written_again_the_tables_are_the_same(study, service, letters):
    told_by(study, asker(service))
    before = written_tables(study)
    told_by(study, asker(service))
    assert written_tables(study) == before
    assert set(before) == {f"{name}.{kind}" for name in ("descriptions", "description-means") for kind in
                           ("csv", "parquet")}  # fmt: skip
    lines = list(csv.DictReader(before["description-means.csv"].decode().splitlines()))
    assert [line["restorer"] for line in lines[:1]] == ["bicubic"]


def test_a_report_is_given_what_was_written_last(study, service, letters):
    assert kept(study) is None
    *_, told = told_by(study, asker(service), Choice(restorers=["bicubic"]))
    held = kept(study)
    assert held.rows == {name: list(rows) for name, rows in told.rows.items()}
    assert held.notes == told.notes
    assert held.notes[0].startswith("5 of 11 outputs are not described")


def test_one_description_each_has_no_floor_and_says_so(study, service, letters):
    *_, told = told_by(study, asker(service), Choice(1, ["bicubic"]), repeats=1)
    whole = told.rows["descriptions"][0]
    assert (whole["status"], whole["floor"], whole["below_floor"]) == ("ok", None, "")
    assert whole["why"] == "no floor: the truth was described once"
    assert told.rows["description-means"][0]["floor"] is None


def test_by_what_is_installed_here(study, service):
    """With MiniLM the numbers are those of a comparison of two pictures; without it, why there are none."""
    *_, told = told_by(study, asker(service), Choice(1, ["bicubic"]))
    whole, mean = told.rows["descriptions"][0], told.rows["description-means"][0]
    assert "smooth" in whole["added_adjectives"]
    if importlib.util.find_spec("sentence_transformers") is None:
        assert whole["status"] == mean["status"] == "not_applicable"
        assert "pip install 'bonaface[semantics]'" in whole["why"]
        assert mean["why"] == whole["why"]
        assert (mean["n"], mean["described"], mean["value"]) == (0, 2, None)
        return
    found = compare(TRUTH, OUTPUT, embedder(), splitter()[0])
    assert whole["cosine"] == pytest.approx(found.cosine.value, abs=2e-6)
    assert whole["floor"] == pytest.approx(found.floor.value, abs=2e-6)
    assert whole["below_floor"] == "yes"
    assert mean["value"] == pytest.approx(whole["cosine"], abs=2e-6)
    before = written_tables(study)
    told_by(study, asker(service), Choice(1, ["bicubic"]))
    assert written_tables(study) == before
