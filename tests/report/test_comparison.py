"""The report on many audits."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from bonaface.core.results import Score
from bonaface.io.tables import read_parquet
from bonaface.report import failed, summarise, write_audit, write_comparison


@pytest.fixture(scope="module")
def entries(ledger, alone, faceless):
    made = [summarise(name, f"face 1/{name}", each) for name, each in (("gpen", ledger), ("<b>dps", faceless))]
    return [*made, summarise("alone", "alone", alone), failed("broken", "no face was found in /home/anna/x.png")]


@pytest.fixture
def written(tmp_path, entries):
    write_comparison(tmp_path, entries, title="Three <outputs>", redact=True)
    return tmp_path


def test_files(written):
    assert {p.name for p in written.iterdir()} == {"report.html", "findings.parquet", "summary.json"}


def test_page_stands_alone_and_links_to_the_audits(written, parse):
    page = parse((written / "report.html").read_text("utf-8"))
    links = {a["href"] for tag, a in page.elements if tag == "a" and not a["href"].startswith("#")}
    assert links == {"./face%201/gpen/report.html", "./face%201/%3Cb%3Edps/report.html", "./alone/report.html"}
    for tag, attributes in page.elements:
        assert "style" not in attributes
        assert tag != "img" or (attributes["src"].startswith("data:image/jpeg") and attributes["alt"])
    assert "<b>dps" in page.text
    assert "no face was found in x.png" in page.text
    assert "Not for identification" in page.text


def test_links_lead_to_reports(tmp_path, entries, ledger, parse):
    from urllib.parse import unquote

    folder = tmp_path / "face 1" / "gpen"
    folder.mkdir(parents=True)
    write_audit(folder, ledger, title="gpen")
    write_comparison(tmp_path, entries, title="All")
    page = parse((tmp_path / "report.html").read_text("utf-8"))
    link = next(a["href"] for tag, a in page.elements if tag == "a" and "gpen" in (a["href"] or ""))
    assert (tmp_path / unquote(link)).is_file()


def test_findings_of_all(written, ledger, alone, faceless):
    table = read_parquet(written / "findings.parquet")
    assert table["audit"] == ["gpen"] * len(ledger.findings) + ["<b>dps"] * len(faceless.findings) + ["alone"] * len(
        alone.findings
    )
    assert table["sentence"][: len(ledger.findings)] == [f.sentence for f in ledger.findings]


def test_summary(written, ledger):
    summary = json.loads((written / "summary.json").read_text("utf-8"))
    assert [a["status"] for a in summary["audits"]] == ["ok", "ok", "ok", "failed"]
    assert summary["audits"][3]["why"] == "no face was found in x.png"
    worst = max(v for v in summary["audits"][0]["severities"].values() if v is not None)
    assert worst == pytest.approx(max(f.severity for f in ledger.findings if f.severity is not None), rel=1e-5)
    assert "/home" not in (written / "report.html").read_text("utf-8")


def test_entries_are_small(entries):
    for entry in entries:
        assert len(entry.table) + sum(len(t.data) for t in entry.thumbnails) < 150_000


def test_same_entries_give_same_bytes(tmp_path, entries):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_comparison(tmp_path / name, entries, title="All")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize("bad", [[], ["a", "a"]])
def test_names_must_differ(tmp_path, bad):
    with pytest.raises(ValueError, match="names differ"):
        write_comparison(tmp_path, [failed(name, "why") for name in bad], title="All")


def test_all_failed(tmp_path, parse):
    write_comparison(tmp_path, [failed("a", "no face")], title="All")
    assert "1 could not be made" in parse((tmp_path / "report.html").read_text("utf-8")).text
    assert read_parquet(tmp_path / "findings.parquet")["audit"] == []


def test_of_very_many_only_the_worst_have_pictures(tmp_path, entries, parse):
    many = [replace(entries[0], name=f"{i:03}", severities={"nose": (i / 200, "lost")}) for i in range(120)]
    write_comparison(tmp_path, many, title="Many")
    page = parse((tmp_path / "report.html").read_text("utf-8"))
    assert sum(tag == "article" for tag, _ in page.elements) == 100
    assert "100 worst" in page.text


def test_pictures_of_what_was_invented(entries, written):
    import io

    import numpy as np
    from PIL import Image

    with_truth, without = entries[0], entries[2]
    picture = np.asarray(Image.open(io.BytesIO(with_truth.made_up)), np.float32)
    assert (picture[..., 0] - picture[..., 2])[:, : picture.shape[1] // 2].mean() > 5  # the texture is on the left half
    assert not without.made_up
    page = (written / "report.html").read_text("utf-8")
    assert page.count("What was invented in the output of") == 2


def test_detail_of_the_face(entries, ledger, written, parse):
    from bonaface.core.regions import Region
    from bonaface.core.results import Aspect
    from bonaface.report.compared import detail_of_the_face

    found = detail_of_the_face(entries[0])
    assert list(found) == ["finest", "fine", "medium", "coarse"]
    own = {f.detail: f for f in ledger.findings if (f.region, f.aspect) == (Region.WHOLE_FACE, Aspect.TEXTURE)}
    for band, (made_up, missing) in found.items():
        assert made_up == pytest.approx(own[band].evidence["invented-amount"].value, rel=1e-4)
        assert missing == pytest.approx(own[band].evidence["lost-share"].value, rel=1e-4)
    assert detail_of_the_face(entries[2]) == {}
    assert detail_of_the_face(entries[3]) == {}
    assert "Detail of the whole face" in parse((written / "report.html").read_text("utf-8")).text


def test_a_page_says_what_is_compared(tmp_path, entries, parse):
    write_comparison(tmp_path, entries, title="Two", about="Enlarged in <two> ways.")
    assert "Enlarged in <two> ways." in parse((tmp_path / "report.html").read_text("utf-8")).text


PASTED = {"seam": Score(1.8), "seam:floor": Score(1.1), "colour-shift": Score(3.2, "ΔE00")}


def test_what_pasting_did_comes_first_and_has_conventions(tmp_path, ledger, alone, parse):
    for name, each in (("with", ledger), ("without", alone)):
        pasted = replace(each, measures={**each.measures, **PASTED})
        folder = tmp_path / name
        (folder / "a").mkdir(parents=True)
        write_audit(folder / "a", pasted, title="a")
        write_comparison(folder, [summarise("a", "a", pasted)], title="Stages")
        page = (folder / "report.html").read_text("utf-8")
        heads = re.findall(r'data-kind="number">([^<]*)</th>', page[page.index('id="measures"') :])
        assert heads[:2] == ["Seam", "Colour shift"]
        assert 'data-head="Seam"><b>1.800</b><small>floor 1.100</small>' in page
        for text in (page, (folder / "a" / "report.html").read_text("utf-8")):
            assert "The seam has a floor of its own" in text
        own = parse((folder / "a" / "report.html").read_text("utf-8")).text
        assert "Seam 1.800 1.100" in own
        assert "slope of BT.601 luma across the paste's edge" in own
        assert "near its floor" in own
        assert "mean CIEDE2000 inside the paste" in own


def test_without_pastes_nothing_is_said_of_seams(written):
    assert "seam" not in (written / "report.html").read_text("utf-8").split("</style>")[1].lower()


def test_without_a_truth_there_are_no_verdicts_to_count(tmp_path, alone, parse):
    write_comparison(tmp_path, [summarise(name, name, alone) for name in "ab"], title="Two")
    page = parse((tmp_path / "report.html").read_text("utf-8"))
    ids = {attributes.get("id") for _, attributes in page.elements}
    assert "severities" not in ids
    assert {"pictures", "measures"} <= ids
    assert "Worst severity" not in page.text
    assert "undecidable 8" not in page.text
