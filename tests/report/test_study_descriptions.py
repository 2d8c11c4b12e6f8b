"""What describers tell of a study, on the report's page: S0's table 2 filled, the floor beside it, the way to texts."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest

from bonaface.io.describers import http
from bonaface.report.study import write_study
from bonaface.report.study.descriptions import tellings
from bonaface.report.study.published import TABLE_2
from bonaface.study.described import compared
from bonaface.study.described.wanted import Choice
from bonaface.study.results.reported import reported
from describing import MADE, REAL, by_letters, openai_form, serving
from made_study import DAMAGES, made_store
from told_study import Teller, asker, told_by

HOSTILE = "<script>alert(1)</script> pores"


@pytest.fixture(scope="module")
def told_study(tmp_path_factory, face_256):
    """A store, and what two describers told of it: one of all outputs, one of a few."""
    store = made_store(tmp_path_factory.mktemp("made") / "study", face_256, faces=3, audits=False)
    with pytest.MonkeyPatch.context() as patch, serving() as service:
        patch.setattr(http, "PAUSES", (0.01,))
        patch.setattr(compared, "embedder", lambda: by_letters)
        patch.setenv("A_KEY", "sk-test-0123456789")
        service.answer = Teller(store)
        told_by(store, asker(service))
        service.queue = [(500, {}), (500, {})]
        service.answer = lambda body, count: openai_form("I cannot assist with that.")
        *_, found = told_by(store, asker(service, model="other"), Choice(1, ["bicubic"]))
    return store, replace(found, rows=hostile(found.rows)), service.address


def hostile(rows):
    return {name: [row | ({"output_text": HOSTILE} if row.get("number") == 7 else {}) for row in held]
            for name, held in rows.items()}  # fmt: skip


@pytest.fixture(scope="module")
def sized(told_study):
    """The study summed up as one of S0's size, as far as damaged pictures tell."""
    found = reported(told_study[0], draws=50)
    rows = [row | {"resolution": f"{1024 // row['level']:.0f} px"} for row in found.tables["pictures"]]
    return replace(found, tables={**found.tables, "pictures": rows})


def written(folder, study, told, parse, **more):
    folder.mkdir(exist_ok=True)
    write_study(folder, study, told[0].picture, described=more.pop("described", told[1]), title="t", source="my study",
                **more)  # fmt: skip
    return parse((folder / "report.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def report(told_study, sized, tmp_path_factory, parse):
    folder = tmp_path_factory.mktemp("report")
    return folder, written(folder, sized, told_study, parse)


def test_table_2_is_filled_with_ours_beside_what_s0_printed(report, told_study):
    text = report[1].text
    mean = {(row["restorer"], row["degradation"]): row for row in told_study[1].rows["description-means"]
            if row["model"] == "teller" and row["number"] == 0}  # fmt: skip
    table = text[text.index("table 2") : text.index("What describers tell")]
    assert "Who 32 px 64 px 128 px 256 px" in table
    eighth, fourth = (mean["bicubic", name]["value"] for name, *_ in reversed(DAMAGES[:2]))
    assert re.search(rf"bicubic this study – – {eighth:.3f} .*?3 people {fourth:.3f} ", table)
    usual, floor = (mean["bicubic", "study-x4"][name] for name in ("usual", "floor"))
    assert f"{usual:.3f} floor {floor:.3f}" in table
    assert "CodeFormer published 0.897 0.823 0.895 0.888" in table
    assert "GPEN published 0.886 0.802 0.887 0.886" in table
    assert "GFPGAN published – – – 0.836" in table
    assert "S0 asked Gemini 2.5 Pro, here it was teller: " in table


def test_published_values_are_s0s():
    assert TABLE_2 == {
        "CodeFormer": (0.897, 0.823, 0.895, 0.888),
        "GPEN": (0.886, 0.802, 0.887, 0.886),
        "GFPGAN": (None, None, None, 0.836),
    }


def test_says_it_in_words_with_the_floor_and_the_adjectives(report):
    text = report[1].text
    assert re.search(r"lanczos\. Outputs are told as their originals are by a cosine of 0\.\d+ \(95% interval", text)
    assert "6 of 6 outputs lie below their floor" in text
    assert "Furthest below the floor: " in text
    assert "Adjectives that come: clear 6, closed 6" in text
    assert "By heading, all damages (11)" in text
    assert "Skin & Wrinkles below the floor" in text


def test_a_cell_leads_to_what_was_told(report, parse, told_study):
    folder, page = report
    places = {attrs["href"] for tag, attrs in page.elements if tag == "a"}
    mine = sorted(place for place in places if "told--" in place)
    assert "assets/pictures/told--teller--bicubic--study-x4.html" in mine
    for place in (place for place in mine if "teller" in place):
        shown = parse((folder / unquote(place)).read_text("utf-8"))
        assert all(tag != "script" or not attrs for tag, attrs in shown.elements)
        assert HOSTILE in shown.text
        assert f"Original {REAL[6]} Output {MADE[6]} Added closed, no visible, no tooth Removed parted" in shown.text
        assert "below the floor" in shown.text
        assert "Described: original 3×, output 3×" in shown.text
        assert len([1 for tag, _ in shown.elements if tag == "img"]) == 9
    cosines = [float(each) for each in re.findall(r"Cosine (0\.\d+) over all headings", shown.text)]
    assert cosines == sorted(cosines)
    assert len(cosines) == 3
    assert "assets/pictures/told--other--bicubic--study-x4.html" in mine
    failed = parse((folder / "assets/pictures/told--other--bicubic--study-x4.html").read_text("utf-8")).text
    why = "there is no description of the original and of the output (original, answer 1: 127.0.0.1"
    assert f"Not described: {why}" in failed
    assert f"Nothing is described: {why}" in page.text
    assert "none described" in page.text


def test_tables_stand_among_the_others(report):
    for name in ("descriptions", "description-means"):
        assert (report[0] / "tables" / f"{name}.csv").is_file()
        assert (report[0] / "tables" / f"{name}.parquet").is_file()


def test_redacted_it_does_not_say_where_the_describer_is(told_study, sized, tmp_path, parse, report):
    host = told_study[2].removeprefix("http://")
    assert any(host in path.read_text("utf-8") for path in report[0].rglob("*.html"))
    written(tmp_path, sized, told_study, parse, redact=True)
    for path in tmp_path.rglob("*"):
        if path.suffix in (".html", ".csv"):
            assert host not in path.read_text("utf-8"), path
    rows = [row | {"describer": "local", "model": "/home/me/models/llava", "endpoint": ""}
            for row in told_study[1].rows["description-means"][:1]]  # fmt: skip
    (one,) = tellings(replace(told_study[1], rows={"description-means": rows, "descriptions": []}), redact=True)
    assert one.name == "llava"


def test_where_nobody_was_asked_there_is_no_table_2_but_the_way_to_it(told_study, sized, tmp_path, parse):
    text = written(tmp_path / "large", sized, told_study, parse, described=None).text
    assert "0.823" not in text
    assert "What describers tell" not in text
    assert "bonaface study describe my study --with SERVICE --model MODEL --dry-run" in text
    small = reported(told_study[0], draws=50)  # not of S0's size
    text = written(tmp_path / "small", small, told_study, parse, described=None).text
    assert "study describe" not in text
    text = written(tmp_path / "told", small, told_study, parse).text
    assert "What describers tell" in text
    assert "0.823" not in text


def test_without_cosines_words_are_shown_and_why(told_study, sized, tmp_path, parse):
    why = "cosines need a thing"
    held = {
        name: [row | {"value": None, "cosine": None, "usual": None, "floor": None, "below_floor": 0 if "value" in row
                      else "", "n": 0, "people": 0, "status": "not_applicable", "why": why}
               for row in rows if row["model"] == "teller"]
        for name, rows in told_study[1].rows.items()
    }  # fmt: skip
    rows = {name: [{key: value for key, value in row.items() if key in told_study[1].rows[name][0]} for row in table]
            for name, table in held.items()}  # fmt: skip
    text = written(tmp_path, sized, told_study, parse, described=replace(told_study[1], rows=rows)).text
    assert f"No cosines: {why}." in text
    assert "6 described" in text
    assert "Adjectives that come: clear 6" in text
    assert "0.823" not in text  # no table 2 without cosines
    shown = parse((tmp_path / "assets/pictures/told--teller--bicubic--study-x4.html").read_text("utf-8")).text
    assert "11 headings" in shown
    assert REAL[5] in shown
