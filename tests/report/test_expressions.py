"""The page and the record of an edited expression."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import bonaface
import bonaface.report
from bonaface.core.results import Aspect
from bonaface.report import summarise, write_audit, write_comparison
from bonaface.report.expressions import PAIRS, expressed
from bonaface.report.rows import ROW_NAMES, columns, finding_row

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def edited(photo) -> np.ndarray:
    """The photograph with a mouth that was moved down a little and a tint beside the face."""
    out = photo.copy()
    out[140:200, 130:220] = photo[132:192, 130:220]
    out[250:300, 20:80] = out[250:300, 20:80] // 2
    return out


@pytest.fixture(scope="session")
def of_expression(photo, edited):
    """Three pictures; the one before the edit stands for the real photograph, so everything that moved is too much."""
    return bonaface.audit(edited, photo, neutral=photo, target="happy")


@pytest.fixture(scope="session")
def without_real(photo, edited):
    return bonaface.audit(edited, neutral=photo, target="surprised")


@pytest.fixture(scope="session")
def without_face(photo):
    noise = np.random.default_rng(0).integers(0, 255, photo.shape, np.uint8)
    return bonaface.audit(noise, neutral=photo, target="sad", floors=False)


CASES = ["of_expression", "without_real", "without_face"]


@pytest.mark.parametrize("name", CASES)
def test_it_follows_the_schema(tmp_path, request, name):
    write_audit(tmp_path, request.getfixturevalue(name), title="A case")
    record = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    schema = json.loads(Path(bonaface.report.__file__).with_name("ledger.schema.json").read_text("utf-8"))
    jsonschema.validate(record, schema, cls=jsonschema.Draft202012Validator)
    assert record["expression"]["summary"]


def test_an_ordinary_audit_has_nothing_of_it(ledger):
    record = ledger.as_dict()
    assert "expression" not in record
    assert set(record["readings"]) == {"truth", "output"}
    assert expressed(ledger, lambda *_: "") is None


def test_the_page_shows_three_pictures_and_the_bars(tmp_path, of_expression, parse):
    write_audit(tmp_path, of_expression, title="A case")
    page = parse((tmp_path / "report.html").read_text("utf-8"))
    labels = [held.get("aria-label") or "" for tag, held in page.elements if tag == "svg"]
    for words in ("Neutral picture", "Real photograph", "Output"):
        assert any(label.startswith(f"{words}: the face") for label in labels)
    charts = [label for label in labels if "neutral picture to output" in label]
    assert len(charts) == 8  # seven features and all together
    assert of_expression.expression["summary"] in page.text
    assert "All findings" in page.text
    for foreign in ("Where detail was invented or lost", "Bicubic", "harmless copies of the original"):
        assert foreign not in page.text


def test_without_a_real_photograph_the_page_says_so(tmp_path, without_real, parse):
    write_audit(tmp_path, without_real, title="A case")
    text = parse((tmp_path / "report.html").read_text("utf-8")).text
    assert "No real photograph of this person with that expression was given" in text
    assert "Of the real movement" not in text
    assert "Not applicable: no real photograph with that expression was given" in text


def test_an_output_without_a_face_has_a_page(tmp_path, without_face, parse):
    write_audit(tmp_path, without_face, title="A case")
    assert "No face was found in the output" in parse((tmp_path / "report.html").read_text("utf-8")).text


def test_bars_are_as_long_as_the_numbers(of_expression):
    shown = expressed(of_expression, lambda name, *_: name)
    assert list(shown["differences"]["pairs"]) == list(PAIRS)
    [mouth] = [row for row in shown["differences"]["rows"] if row["finding"].detail == "mouth"]
    evidence = mouth["finding"].evidence
    assert [bar["value"] for bar in mouth["bars"]] == [evidence[pair].value for pair in PAIRS]
    assert mouth["bars"][2]["value"] > mouth["bars"][2]["floor"]  # it was moved
    assert f"{evidence['neutral-generated:px'].value:.1f} px" in mouth["bars"][2]["text"]
    counted = of_expression.expression["keypoints"]["output"]
    assert [row["cells"][2]["count"] for row in shown["features"]["rows"]] == list(counted.values())


def test_the_changed_corner_is_found(of_expression):
    [around] = [f for f in of_expression.findings if f.detail == "outside" and str(f.region) == "background"]
    assert around.verdict == "altered"
    assert of_expression.maps["changed"][255:295, 25:75].mean() > 5


def test_rows_have_the_columns_of_any_audit(of_expression):
    held = columns(finding_row(finding) for finding in of_expression.findings)
    assert tuple(held) == ROW_NAMES
    geometry = [
        name for name, aspect in zip(held["score_name"], held["aspect"], strict=True) if aspect == str(Aspect.GEOMETRY)
    ]
    assert set(geometry) <= {"missing-share", "stray-share", "neutral-generated"}


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no browser of the Chromium family is here")
@pytest.mark.parametrize("name", CASES)
def test_opens_without_complaint(tmp_path, request, name):
    import re
    import subprocess

    write_audit(tmp_path, request.getfixturevalue(name), title="A case")
    command = [BROWSER, "--headless", "--no-sandbox", "--no-first-run", "--disable-gpu", "--enable-logging=stderr"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", (tmp_path / "report.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert re.findall(r".*CONSOLE.*", done.stderr) == []
    assert 'class="js"' in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no browser of the Chromium family is here")
@pytest.mark.parametrize("width", [1280, 390])
def test_fits_a_screen(tmp_path, of_expression, width):
    import subprocess

    write_audit(tmp_path, of_expression, title="A case")
    wrapper = f"""<!DOCTYPE html><body><iframe id="f" width="{width}" height="900" src="report.html"></iframe><script>
document.getElementById("f").onload = (event) => {{
  const page = event.target.contentDocument.documentElement;
  document.body.dataset.page = page.scrollWidth > {width} ? "too wide" : "fits";
}};
</script></body>"""
    (tmp_path / "wrapper.html").write_text(wrapper, "utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--no-first-run", "--disable-gpu", "--dump-dom"]
    command += ["--allow-file-access-from-files", "--window-size=1400,1000", "--virtual-time-budget=3000"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", (tmp_path / "wrapper.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert 'data-page="fits"' in done.stdout


def test_many_are_compared(tmp_path, of_expression, without_real, parse):
    entries = [summarise(name, name, each) for name, each in (("one", of_expression), ("two", without_real))]
    write_comparison(tmp_path, entries, title="Two edits")
    text = parse((tmp_path / "report.html").read_text("utf-8")).text
    assert of_expression.expression["summary"] in text
    assert "Worst severity for each region" in text
