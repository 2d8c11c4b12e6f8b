"""The report on one audit."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import tifffile

import bonaface.report
from bonaface.core.errors import OutputExists
from bonaface.core.results import Score
from bonaface.io.tables import read_parquet
from bonaface.report import write_audit
from bonaface.report.words import significant


@pytest.fixture(params=["ledger", "alone", "faceless"])
def any_ledger(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def written(tmp_path, ledger):
    write_audit(tmp_path, ledger, title="A case")
    return tmp_path


def schema():
    return json.loads(Path(bonaface.report.__file__).with_name("ledger.schema.json").read_text("utf-8"))


def test_files(written):
    names = {p.relative_to(written).as_posix() for p in written.rglob("*") if p.is_file()}
    assert names == {"report.html", "ledger.json", "findings.parquet", "maps/invented.tiff", "maps/lost.tiff"}
    assert (written / "report.html").stat().st_size < 3e6


def test_without_a_truth_there_are_no_maps(tmp_path, alone, parse):
    write_audit(tmp_path, alone, title="A case")
    assert {p.name for p in tmp_path.iterdir()} == {"report.html", "ledger.json", "findings.parquet"}
    text = parse((tmp_path / "report.html").read_text("utf-8")).text
    assert "No real photograph was given" in text
    assert "What is not applicable, and why" in text
    assert "All findings" not in text


def test_json_follows_its_schema(tmp_path, any_ledger):
    write_audit(tmp_path, any_ledger, title="A case")
    record = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(record, schema(), cls=jsonschema.Draft202012Validator)
    assert sum(record["summary"].values()) == len(record["findings"]) == len(any_ledger.findings)


def test_schema_refuses_what_is_wrong(written):
    record = json.loads((written / "ledger.json").read_text("utf-8"))
    for break_it in (
        lambda r: r.pop("note"),
        lambda r: r["findings"][0].update(verdict="genuine"),
        lambda r: r["measures"]["psnr"].update(value=None),
        lambda r: r.update(schema_version=2),
    ):
        wrong = json.loads(json.dumps(record))
        break_it(wrong)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema())


def test_every_field_of_the_schema_is_described():
    def walk(node, path):
        for name, field in node.get("properties", {}).items():
            reference = field.get("$ref", "").rsplit("/")[-1]
            described = "description" in field or "description" in schema()["$defs"].get(reference, {})
            assert described, f"{path}.{name} has no description"
            walk(field, f"{path}.{name}")

    walk(schema(), "ledger")
    for name, definition in schema()["$defs"].items():
        if name != "score":  # its `if` repeats properties
            walk(definition, name)
    walk({"properties": schema()["$defs"]["score"]["properties"]}, "score")


def test_infinite_values(tmp_path, ledger):
    write_audit(tmp_path, replace(ledger, measures={"psnr": Score(float("inf"), "dB")}), title="Equal")
    record = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    assert record["measures"]["psnr"] == {"value": None, "unit": "dB", "status": "ok", "limit": "+inf"}
    jsonschema.validate(record, schema())
    assert "∞" in (tmp_path / "report.html").read_text("utf-8")


def test_parquet_rows_are_the_findings(written, ledger):
    table = read_parquet(written / "findings.parquet")
    assert table["region"] == [str(f.region) for f in ledger.findings]
    assert table["sentence"] == [f.sentence for f in ledger.findings]
    assert table["severity"] == [None if f.severity is None else significant(f.severity) for f in ledger.findings]
    for i, finding in enumerate(ledger.findings):
        assert table["score"][i] == (None if finding.score.value is None else significant(finding.score.value))
        for name in ("invented-share", "unmatched-share", "shift", "angle"):
            score = finding.evidence.get(name)
            held = table[name.replace("-", "_")][i]
            assert held == (None if score is None or score.value is None else significant(score.value))
        assert set(json.loads(table["evidence"][i])) == set(finding.evidence)
    assert all(isinstance(v, float) for v in table["floor"] if v is not None)


@pytest.mark.parametrize("name", ["invented", "lost"])
def test_tiff_is_the_map(written, ledger, name):
    plane = tifffile.imread(written / "maps" / f"{name}.tiff")
    assert plane.dtype == np.float32
    np.testing.assert_array_equal(plane, ledger.maps[name])


def test_equal_ledgers_give_equal_bytes(tmp_path, any_ledger):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_audit(tmp_path / name, any_ledger, title="A case")
    for path in (tmp_path / "a").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes(), path.name


def test_stands_alone(tmp_path, any_ledger, parse):
    write_audit(tmp_path, any_ledger, title="A case")
    text = (tmp_path / "report.html").read_text("utf-8")
    page = parse(text)
    for tag, attributes in page.elements:
        assert "style" not in attributes, "a style attribute needs 'unsafe-inline'"
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:image/")), f"<{tag} {name}={value[:60]}>"
    assert not re.search(r"(?:https?|file)://", text)
    assert "@import" not in text
    assert not any(tag in ("link", "iframe", "object", "embed", "base", "form") for tag, _ in page.elements)


def test_policy_allows_just_this_style_and_this_script(written, parse):
    text = (written / "report.html").read_text("utf-8")
    policy = next(a["content"] for t, a in parse(text).elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        inside = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(inside) == 1
        digest = b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_structure_for_readers_of_all_kinds(tmp_path, any_ledger, parse):
    write_audit(tmp_path, any_ledger, title="A case")
    elements = parse((tmp_path / "report.html").read_text("utf-8")).elements
    levels = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    ids = [a["id"] for _, a in elements if "id" in a]
    assert len(ids) == len(set(ids))
    for tag, attributes in elements:
        if (attributes.get("href") or "").startswith("#"):
            assert attributes["href"][1:] in ids
        if attributes.get("role") == "img":
            assert attributes.get("aria-label")
        assert tag != "img" or attributes.get("alt")


def test_not_for_identification_is_said(tmp_path, any_ledger, parse):
    write_audit(tmp_path, any_ledger, title="A case")
    text = parse((tmp_path / "report.html").read_text("utf-8")).text
    assert text.index("Not for identification") < text.index("Pictures")
    assert "admissible" not in text


def test_names_cannot_run(tmp_path, alone, ledger, parse):
    hostile = "<img src=x onerror=alert(1)>"
    inputs = {
        role: {**about, "name": f"{hostile}.png", "notes": [hostile], "metadata": {hostile: hostile}}
        for role, about in ledger.provenance["inputs"].items()
    }
    worse = replace(
        ledger,
        notes=(hostile, "</script><script>alert(1)</script>"),
        controls={"bicubic": hostile, "other-face": '" onload="alert(1)'},
        provenance={**ledger.provenance, "inputs": inputs, "command": f"bonaface audit '{hostile}'"},
    )
    for number, each in enumerate((alone, worse)):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_audit(folder, each, title=f"{hostile} </title><script>alert(1)</script>")
        text = (folder / "report.html").read_text("utf-8")
        page = parse(text)
        assert "<img src=x" not in text
        assert hostile in page.text
        assert [tag for tag, _ in page.elements].count("script") == 1
        assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_redaction(tmp_path, ledger):
    inputs = {
        role: {**about, "name": "/home/anna/case/face.png", "metadata": {"Artist": "Anna", "Make": "Maker"}}
        for role, about in ledger.provenance["inputs"].items()
    }
    private = replace(
        ledger,
        notes=("The control, /home/anna/case/b.png, is small.",),
        controls={**ledger.controls, "bicubic": r"C:\Users\anna\b.png (given)"},
        provenance={
            **ledger.provenance,
            "inputs": inputs,
            "command": "bonaface audit /home/anna/case/face.png --truth=/home/anna/t.png",
        },
    )
    write_audit(tmp_path, private, title="A case", redact=True)
    for name in ("report.html", "ledger.json"):
        text = (tmp_path / name).read_text("utf-8")
        text = re.sub('base64,[^"]*', "", text)
        assert "anna" not in text.lower()
        assert "Artist" not in text
        assert "face.png" in text
        assert "bonaface audit face.png --truth=t.png" in text


def test_pictures_hold_no_metadata_and_are_reduced(written, tmp_path, ledger):
    import cv2

    text = (written / "report.html").read_text("utf-8")
    found = re.findall(r"data:image/(?:jpeg|png);base64,([A-Za-z0-9+/=]+)", text)
    assert len(found) >= 7  # three pictures, three maps, a density map
    for coded in found:
        data = b64decode(coded)
        assert b"Exif" not in data
        assert b"http" not in data
        assert max(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED).shape[:2]) <= 1024


def test_pictures_beside_the_page(tmp_path, ledger):
    write_audit(tmp_path, ledger, title="A case", embed=False)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "data:image" not in text
    for address in set(re.findall(r'(?:href|src)="(pictures/[^"]+)"', text)):
        assert (tmp_path / address).is_file()


def test_nothing_is_overwritten(written, ledger):
    with pytest.raises(OutputExists):
        write_audit(written, ledger, title="A case")


def test_baselines_are_drawn(tmp_path, ledger, parse):
    baselines = {
        "percentiles": [5, 50, 95],
        "same_person": {"values": [12.0, 17.0, 25.0]},
        "different_people": {"values": [27.0, 33.0, 40.0]},
        "pictures": 240,
        "people": 60,
    }
    for number, (held, words) in enumerate(((baselines, "240 pictures of 60 people"), (None, "no statement about"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_audit(folder, replace(ledger, arrays={**ledger.arrays, "identity_baselines": held}), title="A case")
        assert words in parse((folder / "report.html").read_text("utf-8")).text


def test_real_restorations(tmp_path, data, parse):
    from bonaface.api import audit

    folder = data / "restored" / "dps_inpainting"
    ledger = audit(folder / "output" / "00006.png", folder / "truth" / "00006.png")
    write_audit(tmp_path, ledger, title="A broken output")
    jsonschema.validate(json.loads((tmp_path / "ledger.json").read_text("utf-8")), schema())
    assert "Not applicable: no face was found" in parse((tmp_path / "report.html").read_text("utf-8")).text
