"""Costs downstream and directions on the report's page."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from bonaface.report.study import write_study
from bonaface.report.study.costs import QUANTITIES
from bonaface.study.costs import direction, downstream
from bonaface.study.costs.looking import HARMLESS
from bonaface.study.costs.named import named
from bonaface.study.costs.tables import Costs
from bonaface.study.results.reported import reported
from made_looks import look
from made_study import DAMAGES, RESTORERS, made_store

PEOPLE = 12
CONTROL, MODEL = RESTORERS[0], RESTORERS[2]


def turned(person, degrees):
    """A vector of one's own for each person, turned away from it."""
    out = np.zeros(128)
    out[person], out[100 + person] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return out


def looks():
    """The model makes everybody younger by .4, give or take, and moves embeddings by 40 degrees; bicubic by 10."""
    rng = np.random.default_rng(0)
    out = []
    for i in range(PEOPLE):
        face, groups = f"face{i:03d}", {"gender": "female" if i % 2 else "male"}
        about = {"person": f"p{i:03d}", "groups": groups}
        out.append(look(face, at=turned(i, 0), Young=0.3, **about))
        out += [look(face, at=turned(i, 1), variant=name, Young=0.3, **about) for name in HARMLESS]
        for damage, *_ in DAMAGES[:2]:
            jitter = rng.normal(0, 0.03)
            out.append(look(face, restorer=CONTROL, degradation=damage, at=turned(i, 10), Young=0.3 + jitter / 3,
                            invents=False, **about))  # fmt: skip
            out.append(look(face, restorer=MODEL, degradation=damage, at=turned(i, 40), Young=0.7 + jitter, **about))
    return out


@pytest.fixture(scope="module")
def costs():
    seen = looks()
    changes = direction.changes(seen, draws=200)
    rows = {
        "downstream": [line.as_dict() for line in downstream.lines(seen, draws=200)],
        "direction": [change.as_dict() for change in changes],
        "named-directions": list(named(changes)),
    }
    place = {"framing": "as-given", "side": None}
    return Costs({name: [place | row for row in held] for name, held in rows.items()}, ("One picture was left out.",))


@pytest.fixture(scope="module")
def store(tmp_path_factory, face_256):
    return made_store(tmp_path_factory.mktemp("made") / "study", face_256, faces=PEOPLE)


@pytest.fixture(scope="module")
def report(store, costs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_study(folder, reported(store, draws=50), store.picture, downstream=costs, title="t", source="s")
    return folder


@pytest.fixture(scope="module")
def page(report, parse):
    return parse((report / "report.html").read_text("utf-8"))


def test_says_it_in_words_first(page):
    text = page.text
    first = text.index(f"{MODEL}. Outputs resemble their own originals by a cosine of 0.77")
    assert first < text.index("Recognition and expressions")
    assert "bicubic 0.98, told apart" in text
    assert "of 100% (95% interval" in text
    said = re.search(
        r"On average, farther than interpolation and beyond the reader's floor, it adds young \((\S+),", text
    )
    assert float(said[1]) == pytest.approx(0.4, abs=0.03)
    assert "Taken together: younger." in text
    assert "One picture was left out." in text


def test_numbers_stand_with_intervals_people_and_their_pictures(page):
    text = page.text
    assert re.search(r"0\.77 0\.77 to 0\.77 n 24, 12 people told from bicubic", text)
    hrefs = [attrs["href"] for tag, attrs in page.elements if tag == "a"]
    assert hrefs.count(f"assets/pictures/restorer--{MODEL}.html") > 3
    assert "by chance" in text
    assert "8.3%" in text  # one of twelve


def test_groups_are_told_apart(page):
    text = page.text
    assert f"{MODEL}, by gender" in text
    assert re.search(r"Attribute female male Young \+0\.4\d \+0\.\d\d to \+0\.\d\d n 12, 6 people more", text)


def test_rows_are_among_the_tables(report):
    for name in ("downstream", "direction", "named-directions"):
        assert (report / "tables" / f"{name}.csv").is_file()
        assert (report / "tables" / f"{name}.parquet").is_file()


def test_says_how_to_work_it_out(tmp_path, store, parse):
    write_study(tmp_path, reported(store, draws=50), store.picture, title="t", source="my study")
    text = parse((tmp_path / "report.html").read_text("utf-8")).text
    assert "bonaface study downstream my study" in text
    assert "Recognition and expressions" not in text


def test_nothing_to_be_read_is_not_an_empty_table(tmp_path, store, costs, parse):
    nothing = replace(costs, rows={name: [] for name in costs.rows})
    write_study(tmp_path, reported(store, draws=50), store.picture, downstream=nothing, title="t", source="s")
    assert "bonaface study downstream s" in parse((tmp_path / "report.html").read_text("utf-8")).text


def test_every_quantity_of_the_study_has_a_heading():
    assert {*QUANTITIES} == {each.id for each in downstream.QUANTITIES} | {downstream.BALANCED.id}


EDITOR, PLAIN, REAL = "ridge: happy", "not edited: happy", "photograph: happy"


def edits():
    """The editor makes everybody smile and look younger; the real photograph smiles more."""
    rng, out = np.random.default_rng(0), []
    for i in range(PEOPLE):
        face = f"face{i:03d}"
        about = {"person": f"p{i:03d}"}
        out.append(look(face, at=turned(i, 0), Young=0.3, Smiling=0.1, **about))
        for label, model, degrees, shift in (
            (PLAIN, "not-edited", 0, 0),
            (EDITOR, "ridge", 20, 0.4),
            (REAL, "photograph", 30, 0.6),
        ):
            jitter = rng.normal(0, 0.01)
            out.append(look(face, restorer=label, model=model, target="happy", degradation=DAMAGES[0][0],
                            at=turned(i, degrees + jitter), invents=label == EDITOR, Smiling=0.1 + shift + jitter,
                            Young=0.3 + (0.3 + jitter) * (label == EDITOR),
                            expression="neutral" if label == PLAIN else "happiness", **about))  # fmt: skip
    return out


def tabled(seen):
    changes = direction.changes(seen, draws=50)
    rows = {
        "downstream": [line.as_dict() for line in downstream.lines(seen, draws=50)],
        "direction": [change.as_dict() for change in changes],
        "named-directions": list(named(changes)),
    }
    return Costs({name: [{"framing": "ffhq", "side": 64} | row for row in held] for name, held in rows.items()}, ())


def shown(tmp_path, store, seen, parse):
    write_study(tmp_path, reported(store, draws=20), store.picture, downstream=tabled(seen), title="t", source="s")
    text = parse((tmp_path / "report.html").read_text("utf-8")).text
    return text[text.index("What it costs downstream") :]


def test_editors_stand_beside_the_picture_that_is_not_edited(tmp_path, store, parse):
    text = shown(tmp_path, store, edits(), parse)
    assert "Of editors, not of people." in text
    assert f"{EDITOR}. Outputs resemble their own originals by a cosine of 0.94" in text
    assert "; not edited 1.00, told apart" in text
    assert re.search(r"on 100% \([^)]*; not edited 0%, told apart\) the expression is read as the one that was", text)
    assert "On average, farther than the picture that is not edited and beyond the reader's floor, it adds" in text
    assert "told from not edited" in text
    assert "Told from the picture that is not edited: paired" in text
    assert "farther than in the picture that is not edited: readers react" in text
    assert f"{REAL}. Outputs resemble" in text
    assert "It is a real photograph: what the expression moves is in it" in text
    assert "bicubic" not in text
    assert "interpolation" not in text
    assert not re.search(rf"{PLAIN}\. Outputs", text), "it is the measure of the others"


def test_a_page_on_both_names_both(tmp_path, store, parse):
    restored = [one for one in looks() if one.degradation in ("", DAMAGES[0][0]) and not one.variant]
    text = shown(tmp_path, store, [*restored, *(one for one in edits() if one.restorer)], parse)
    assert "Of restorers and editors, not of people." in text
    assert "Restorer or editor" in text
    assert "Told from bicubic (restorers) or the picture that is not edited (editors)" in text
    assert "Holm over restorers and editors, each by themselves, and damages" in text
    assert "paints nothing or in the picture that is not edited (editors)" in text
    assert f"{MODEL}. Outputs resemble their own originals by a cosine of 0.77" in text
    assert "bicubic 0.98, told apart" in text
    assert "not edited 1.00, told apart" in text
    assert {"told from bicubic", "told from not edited"} <= set(re.findall("told from (?:bicubic|not edited)", text))
