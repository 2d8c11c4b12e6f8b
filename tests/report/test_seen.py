"""What the readers see, and how regions were found, on the page."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Score, Verdict
from bonaface.report import write_audit
from bonaface.report.figures import region_outlines
from bonaface.report.seen import attribute_rows, expression_table, readings_alone


def page(tmp_path, ledger, parse):
    write_audit(tmp_path, ledger, title="A case")
    return parse((tmp_path / "report.html").read_text("utf-8")).text


@pytest.fixture
def drifted(ledger):
    """With glasses that were added, and a reader whose error rates are known."""
    rates = {"miss-rate": 0.1, "miss-rate:low": 0.05, "miss-rate:high": 0.2}
    rates |= {"false-rate": 0.02, "false-rate:low": 0.01, "false-rate:high": 0.04}

    def changed(finding):
        if finding.aspect is not Aspect.ATTRIBUTES or finding.detail != "glasses":
            return finding
        scores = {"change": 0.91, "in-truth": 0.03, "in-output": 0.94}
        evidence = {name: Score(value, "probability") for name, value in scores.items()}
        evidence |= {name: Score(value, "share") for name, value in rates.items()}
        return replace(finding, verdict=Verdict.INVENTED, severity=0.9, score=evidence["change"], evidence=evidence)

    return replace(ledger, findings=tuple(changed(finding) for finding in ledger.findings))


def test_rows_of_attributes(drifted):
    rows = attribute_rows(drifted)
    changed = {row["finding"].detail: row for row in rows["changed"]}
    assert changed["glasses"]["truth"].value == 0.03
    assert changed["glasses"]["output"].value == 0.94
    assert changed["glasses"]["misses"] == "10% (5.0% to 20%)"
    assert changed["glasses"]["false"] == "2.0% (1.0% to 4.0%)"
    assert len(rows["changed"]) + len(rows["rest"]) == 27


def test_attributes_on_the_page(tmp_path, drifted, parse):
    text = page(tmp_path, drifted, parse)
    assert "The reader sees Verdict Original Output Change Floor" in text
    assert "Glasses + invented 3.0% 94% 91%" in text
    assert "10% (5.0% to 20%)" in text
    assert "it says nothing of the person" in text


def test_rates_that_nobody_measured(ledger):
    (finding,) = (f for f in ledger.findings if f.aspect is Aspect.ATTRIBUTES and f.detail == "a smile")
    evidence = {name: score for name, score in finding.evidence.items() if not name.startswith(("miss", "false"))}
    bare = replace(ledger, findings=(replace(finding, evidence=evidence),))
    rows = attribute_rows(bare)
    (row,) = rows["changed"] + rows["rest"]
    assert row["misses"] == row["false"] == "not measured yet"


def test_expressions_on_the_page(tmp_path, ledger, parse):
    table = expression_table(ledger)
    assert [row["name"] for row in table["rows"]][:2] == ["anger", "contempt"]
    for where in ("truth", "output"):
        assert sum(row[where].value for row in table["rows"]) == pytest.approx(1, abs=0.01)
    assert "Expression Original Output Read rightly" in page(tmp_path, ledger, parse)


def test_without_a_truth_the_readers_speak_of_the_output(tmp_path, alone, parse):
    seen = readings_alone(alone)
    assert len(seen["attributes"]) == 27
    values = [score.value for _, score in seen["expression"]]
    assert values == sorted(values, reverse=True)
    text = page(tmp_path, alone, parse)
    assert "What the readers see in the output. A model may have made it up" in text
    record = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    assert set(record["readings"]) == {"output"}
    assert record["regions"] == {}
    assert any("says nothing of the person" in note for note in record["notes"])


def test_a_page_without_any_face(tmp_path, alone, parse):
    assert "Not applicable: no face was found." in page(tmp_path, replace(alone, readings={}), parse)


def test_a_page_where_the_output_has_no_face(tmp_path, ledger, parse):
    why = "no face was found in the output by the detector"
    gone = (Aspect.ATTRIBUTES, Aspect.EXPRESSION)
    findings = tuple(
        replace(f, verdict=Verdict.UNDECIDABLE, severity=None, score=Score.not_applicable(why), evidence={})
        if f.aspect in gone
        else f
        for f in ledger.findings
    )
    assert f"Not applicable: {why}." in page(tmp_path, replace(ledger, findings=findings), parse)


def test_regions_say_how_they_were_found(tmp_path, ledger, parse):
    mask = np.zeros((40, 60), bool)
    mask[5:30, 10:50] = True
    zones = [*ledger.arrays["zones"][:1], ((16, 32), {Region.HAIR: mask})]
    hair = {"found_by": "parser", "standard_term": Region.HAIR.standard_term, "pixels": 1000}
    nose = next(f for f in ledger.findings if f.region is Region.NOSE)
    made = replace(
        ledger,
        arrays={**ledger.arrays, "zones": zones},
        regions={**ledger.regions, "hair": hair},
        findings=(*ledger.findings, replace(nose, region=Region.HAIR)),
    )
    outlines = {each["label"]: each for each in region_outlines(made)}
    assert outlines["Hair (found by parser)"]["kind"] == "parsed"
    assert outlines["Hair (found by parser)"]["path"].startswith("M26.5 37.5")
    assert outlines["Nose (found by landmarks)"]["kind"] == "part"
    assert outlines["Whole face (found by landmarks)"]["kind"] == "whole"
    text = page(tmp_path, made, parse)
    assert "Hair parser 1,000 Hairline/baldness pattern" in text
    assert "found by the parser" in text
    record = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    assert record["regions"]["hair"]["found_by"] == "parser"
    found = {f["aspect"]: f["found_by"] for f in record["findings"] if f["region"] == "hair"}
    assert found.pop("attributes") == "landmarks"  # the reader looks at a crop that landmarks place
    assert set(found.values()) == {"parser"}
