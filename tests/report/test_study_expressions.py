"""What a report says of a study of expressions."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from bonaface.io.pictures import encode_png
from bonaface.report.study import write_study
from bonaface.report.study.expressions import cells, expressions, headline, headlines, sentences
from bonaface.report.study.thumbs import Thumbs
from bonaface.study.numbers.ratings import EA, IR, NO_FACE, PD, SEEN, Value, rating_rows
from bonaface.study.results.reported import reported
from made_expression_study import made_expression_study

DAMAGES = ("original", "noisy", "denoised")


def values(stand_in, editor, damage, numbers):
    control = "no" if editor.startswith("ridge") else "yes"
    return [
        Value(stand_in.id, editor, damage, f"f{i}", f"p{i}", 0, number, why, control)
        for i, (number, why) in enumerate(numbers)
    ]


def plain(*numbers):
    return [(float(number), "") for number in numbers]


@pytest.fixture(scope="module")
def rows():
    """Sixteen people; from noisy pictures six are seen to smile, and four have no face."""
    held = [
        *values(SEEN, "not edited: happy", "original", plain(*[0] * 15, 1)),
        *values(SEEN, "photograph: happy", "original", plain(*[1] * 16)),
        *values(SEEN, "ridge: happy", "original", plain(*[1] * 16)),
        *values(SEEN, "ridge: happy", "noisy", [*plain(*[1] * 6, *[0] * 6), *[(0.0, NO_FACE)] * 4]),
        *values(SEEN, "ridge: happy", "denoised", plain(*[1] * 15, 0)),
        *values(IR, "photograph: happy", "original", plain(*np.linspace(7, 10, 16))),
        *values(IR, "ridge: happy", "original", plain(*np.linspace(8, 12, 16))),
        *values(IR, "ridge: happy", "noisy", [*plain(*np.linspace(13, 17, 12)), *[(None, NO_FACE)] * 4]),
        *values(IR, "ridge: happy", "denoised", [(None, NO_FACE)] * 16),
        *values(EA, "ridge: happy", "original", plain(*np.linspace(0.6, 0.9, 16))),
        *values(PD, "ridge: happy", "noisy", plain(*np.linspace(0.4, 0.6, 16))),
        *values(PD, "not edited: happy", "noisy", plain(*np.linspace(0.3, 0.5, 16))),
    ]
    return rating_rows(held, DAMAGES, "original")


def test_the_headline_has_both_numbers_with_their_intervals(rows):
    [said] = headlines(rows)
    assert re.match(
        r"ridge, asked for happy faces: from noisy inputs \(the worst of 2 kinds\) the expression reader sees that "
        r"expression in 38% \(19 to 62%\) of 16 faces, from undamaged ones in 100% \(79 to 100%\)\. The reader is a "
        r"stand-in: nobody looked\.",
        said,
    ), said


def test_sentences_name_stand_ins_and_what_is_beyond_chance(rows):
    [(editor, said)] = sentences(rows)
    assert editor == "ridge: happy"
    assert all("(stand-in)" in text for text in said)
    accuracy, identity, dependency = said
    assert "from undamaged inputs in 100% (79 to 100%)" in accuracy
    assert "(no face is found in 4 of 16)" in accuracy
    assert "Beyond chance it differs from undamaged inputs for noisy." in accuracy
    assert re.search(r"It also sees it in 6\.2% \(.*\) of pictures that nobody edited and in 100% .* of real", accuracy)
    assert "the face embedding turns by 10.0° (" in identity
    assert "15.0° (" in identity
    assert "Worse than from undamaged inputs beyond chance: noisy." in identity
    assert "No face, and so no number, from denoised inputs." in identity
    assert "Of real photographs of the expression: 8.5° (" in identity
    assert "a person's two outputs lie apart by 0.50 (" in dependency
    assert "The inputs themselves, unedited: 0.40 for noisy." in dependency


def test_a_reader_that_misses_real_expressions_is_no_proof(rows):
    assert "no proof" not in sentences(rows)[0][1][0]
    held = [
        *values(SEEN, "photograph: sad", "original", plain(1, 0, 1, 0)),
        *values(SEEN, "ridge: sad", "original", plain(1, 1, 1, 0)),
    ]
    found = sentences(rating_rows(held, DAMAGES, "original"))
    assert "in edits more often than in real photographs: what it sees is no proof" in found[0][1][0]


def test_with_few_people_it_may_be_chance():
    held = [
        *values(SEEN, "ridge: sad", "original", plain(1, 1, 1)),
        *values(SEEN, "ridge: sad", "noisy", plain(0, 0, 1)),
    ]
    found = rating_rows(held, DAMAGES, "original")
    assert "with so few people this may be chance" in headlines(found)[0]
    assert "None of these can be told from undamaged inputs." in sentences(found)[0][1][0]
    assert headlines(rating_rows(held[:3], DAMAGES, "original")) == [], "nothing to compare"


def test_cells_of_a_table(rows):
    held = {(row["editor"], row["degradation"], row["rating"]): row for row in rows}
    assert cells(held["ridge: happy", "noisy", "IR"]) == ("15.0°", "14.3 to 15.7°", "worse")
    assert cells(held["ridge: happy", "denoised", "IR"]) == ("–", "no face")
    assert cells(None) == ("–",)


@dataclass
class Study:
    tables: dict
    generative: tuple = ("ridge: happy",)
    faces: list = field(default_factory=list)


@pytest.fixture
def study(rows, tmp_path, astronaut):
    """Two people with all pictures, as a study and the place of its pictures."""
    (tmp_path / "pictures").mkdir()

    def put(image):
        data = encode_png(image)
        name = f"{hash(data) & 0xFFFFFFFF:08x}{'0' * 56}"
        (tmp_path / "pictures" / name).write_bytes(data)
        return name

    pictures = []
    for number in range(2):
        face = cv2.resize(np.roll(astronaut, 40 * number, axis=1), (128, 128), interpolation=cv2.INTER_AREA)
        for place, damage in enumerate(DAMAGES):
            seen = put(np.clip(face.astype(int) + 20 * place, 0, 255).astype(np.uint8))
            pictures.append({
                "face": f"f{number}", "restorer": "ridge: happy", "degradation": damage, "target": "happy",
                "status": "ok" if (number, damage) != (1, "noisy") else "failed", "observed": seen,
                "output": put(255 - face + place), "real": put(face[:, ::-1].copy()) if number == 0 else "",
            })  # fmt: skip
    return Study({"ratings": rows, "pictures": pictures}), lambda name: Path(tmp_path / "pictures" / name)


def test_pictures_stand_side_by_side(study, tmp_path):
    summed, find = study
    (tmp_path / "report").mkdir()
    found = expressions(summed, Thumbs(tmp_path / "report", find))
    assert headline(summed) == headlines(summed.tables["ratings"])[0]
    [target] = found["targets"]
    assert target["name"] == "happy"
    assert target["damages"] == list(DAMAGES)
    first, second = target["people"]
    assert [name for name, _ in first["lines"]] == ["not edited", "ridge: happy"]
    assert all(picture is not None for _, line in first["lines"] for picture in line)
    assert first["real"]["width"] == 128
    assert second["real"] is None
    assert [picture is None for picture in second["lines"][1][1]] == [False, True, False], "one was not made"
    for block in target["blocks"]:
        assert block["control"] == (block["editor"] != "ridge: happy")
    for address in {picture["src"] for _, line in first["lines"] for picture in line}:
        assert (tmp_path / "report" / "assets" / address.removeprefix("../")).is_file()


def test_a_study_of_restorers_has_no_such_section(tmp_path):
    summed = Study({"pictures": []})
    assert expressions(summed, Thumbs(tmp_path, Path)) is None
    assert headline(summed) == ""


@pytest.fixture(scope="module")
def page(tmp_path_factory, astronaut):
    """The report's folder and its page."""
    folder = tmp_path_factory.mktemp("report")
    store = made_expression_study(folder / "study", astronaut[:256, 96:352])
    (folder / "report").mkdir()
    write_study(folder / "report", reported(store, draws=100), store.picture, title="Smiles", source="study")
    return folder / "report", (folder / "report" / "report.html").read_text("utf-8")


def test_the_page_shows_them_and_says_that_nobody_rated(page):
    folder, text = page
    assert "Stand-ins, not ratings." in text
    assert '<a href="#expressions">' in text
    assert re.search(r'<p class="lead">faithful, asked for happy faces: from noisy inputs', text)
    strips = text[text.index('class="strips') : text.index("Stand-ins for S0")]
    addresses = re.findall(r'src="(assets/[^"]+)"', strips)
    assert len(addresses) == 4 * 3 * 3, "four people, three inputs: not edited and two editors"
    assert all((folder / address).is_file() for address in addresses)
    assert "What S0&rsquo;s raters gave" in text
    assert not re.search(r">nan<|>None<", text)


def test_the_table_lies_beside_the_page(page):
    with (page[0] / "tables" / "ratings.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["rating"] for row in rows} == {"EA-share", "EA", "PD"}
    seen = {
        row["degradation"]: row for row in rows if (row["editor"], row["rating"]) == ("faithful: happy", "EA-share")
    }
    assert {name: row["value"] for name, row in seen.items()} == {
        "original": "1.0",
        "noisy": "0.25",
        "denoised": "0.75",
    }
