"""Descriptions on the page."""

from __future__ import annotations

import pytest

from bonaface.measure.description import compare
from bonaface.measure.words import by_lexicon
from bonaface.report.described import described, redacted
from bonaface.report.render import _environment
from describing import MADE, REAL
from describing import by_letters as embed

HOSTILE = "<script>alert(1)</script> a straight nose"
NAMES = {"truth": "Original (real photograph)", "output": "Output"}


def field(truth, output, by=embed, **describer):
    about = {"describer": "openai", "model": "teller", "endpoint": "http://10.1.2.3:8000/v1", "temperature": 1.0}
    return {
        "describer": {**about, "template_sha256": "0" * 64, "versions": ["teller-1"], **describer},
        "described": {"truth": len(truth), "output": len(output)},
        **compare(truth, output, by, by_lexicon).as_dict(),
        "embedding": "all-MiniLM-L6-v2",
        "words_by": "a list",
        "missing": {"truth": {}, "output": {"Ears": 1}},
        "failures": ["output, answer 2: 10.1.2.3:8000 answers 500"],
        "usage": {
            **{"tokens_in": 12000, "tokens_out": 500, "answers_without_count": 0},
            **{"cost": 0.05, "currency": "EUR"},
        },
    }


def page(held, parse):
    context = {"descriptions": described(held), "names": NAMES}
    return parse(_environment().get_template("sections/descriptions.html.j2").render(context))


@pytest.fixture
def held():
    return field([REAL, REAL | {7: REAL[7] + " Pores."}], [MADE | {5: HOSTILE}])


def test_what_lies_below_the_floor_comes_first(held, parse):
    shown = described(held)
    assert [row["title"] for row in shown["shown"]] == shown["below_titles"]
    assert {"Nose", "Skin & Wrinkles"} <= set(shown["below_titles"])
    assert len(shown["shown"]) + len(shown["folded"]) == 11
    text = page(held, parse).text
    assert f"Further apart than any two descriptions of the original: {', '.join(shown['below_titles'])}." in text
    assert "sections within the floor" in text
    assert f"Original {REAL[7]} Output {MADE[7]} Added no visible, smooth, uniform" in text
    assert "Output: some descriptions have no section on Ears." in text
    assert "Not described: output, answer 2: 10.1.2.3:8000 answers 500" in text
    assert "12,000 tokens in, 500 out, 0.05 EUR" in text
    assert "answered by teller-1" in text


def test_texts_cannot_run(held, parse):
    made = page(held, parse)
    assert all(tag != "script" for tag, _ in made.elements)
    assert HOSTILE in made.text


def test_without_cosines_or_floor_all_sections_are_shown(parse):
    text = page(field([REAL, REAL], [MADE], "cosines need a thing"), parse).text
    assert "Cosines are not applicable: cosines need a thing." in text
    assert "within the floor" not in text
    assert REAL[5] in text
    text = page(field([REAL], [MADE]), parse).text
    assert "no floor: the truth has fewer than two descriptions of it" in text


def test_nothing_described(parse):
    text = page(field([], []), parse).text
    assert "Nothing was described." in text
    assert described({}) is None


def test_redaction():
    service = redacted(field([REAL], [MADE]))
    assert service["describer"]["endpoint"] == "(left out)"
    assert service["failures"] == ["output, answer 2: the describer answers 500"]
    local = redacted(field([REAL], [MADE], describer="local", model="/home/anna/models/llava", endpoint=""))
    assert local["describer"]["model"] == "llava"
    assert local["describer"]["endpoint"] == ""
    assert redacted({}) == {}
