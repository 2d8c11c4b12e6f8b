"""The report on a study: what it says, where it leads, and what it leaves out."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pytest

from bonaface.core.errors import OutputExists
from bonaface.io.store import read_parquet
from bonaface.report.study import write_study
from bonaface.report.study.curves import nice
from bonaface.report.study.given import on_grid, slug, span
from bonaface.report.study.published import S1_FAMILIES
from bonaface.study.results.density import Densities, Density
from bonaface.study.results.reported import reported
from bonaface.study.results.worst import worst
from made_study import DAMAGES, RESTORERS, landmarks, made_store


@pytest.fixture(scope="module")
def store(tmp_path_factory, face_256):
    return made_store(tmp_path_factory.mktemp("made") / "study", face_256, faces=6, failed=1)


@pytest.fixture(scope="module")
def found(store):
    return reported(store, draws=200)


@pytest.fixture(scope="module")
def report(store, found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    rows = worst(found.tables["pictures"], found.generative, 2)
    why = "no face <i>was</i> found in /home/someone/b.png"
    write_study(folder, found, store.picture, [(row, why) for row in rows], title="A <em>study</em>",
                source="/home/someone/study", about=[("Faces", "six")], redact=True)  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def pages(report, parse):
    return {path: parse(path.read_text("utf-8")) for path in sorted(report.rglob("*.html"))}


def test_says_which_feature_is_hallucinated_most(report, pages):
    text = pages[report / "report.html"].text
    assert "the feature that is hallucinated most is the mouth: severity 0.8" in text
    assert re.search(r"In 11 outputs of 6 people by pro-uigan-compact", text)
    assert "With 6 people only effects of" in text


def test_every_link_and_picture_is_there(report, pages):
    anchors = {}
    for path, page in pages.items():
        anchors[path.resolve()] = {attrs["id"] for _, attrs in page.elements if attrs.get("id")}
    seen = 0
    for path, page in pages.items():
        for tag, attrs in page.elements:
            address = attrs.get("href") if tag == "a" else attrs.get("src") if tag == "img" else None
            if address is None:
                continue
            assert not re.match(r"[a-z]+:|/", address), address
            name, _, anchor = address.partition("#")
            target = (path.parent / unquote(name)).resolve() if name else path.resolve()
            assert target.is_file(), address
            if anchor:
                assert anchor in anchors[target], address
            seen += 1
    assert seen > 200


def test_a_cell_of_a_table_leads_to_its_pictures(report, pages):
    page = pages[report / "report.html"]
    hrefs = {attrs["href"] for tag, attrs in page.elements if tag == "a"}
    assert {f"assets/pictures/{name}--{damage}.html" for name in RESTORERS[:3] for damage, *_ in DAMAGES[:2]} <= hrefs
    assert "assets/pictures/features--restorer--pro-uigan-compact.html#mouth" in hrefs
    assert "assets/pictures/gender--male.html" not in hrefs  # groups are named as such
    assert "assets/pictures/group-gender--male.html" in hrefs


def test_pictures_load_lazily_and_have_their_size(report, pages):
    page = pages[report / "assets/pictures/bicubic--study-x4.html"]
    pictures = [attrs for tag, attrs in page.elements if tag == "img"]
    assert len(pictures) == 18
    for attrs in pictures:
        assert attrs["loading"] == "lazy"
        assert attrs["alt"]
        assert int(attrs["width"]) > 0


def test_nothing_of_the_machine_and_nothing_hostile_comes_through(report, pages):
    for path in report.rglob("*"):
        if path.suffix in (".html", ".csv"):
            text = path.read_text("utf-8")
            assert "/home" not in text
            assert "<em>study" not in text
            assert "<i>was" not in text
    assert "it stopped in b.png" in pages[report / "report.html"].text


def test_tables_are_written_twice_and_agree(report, found):
    for name, rows in found.tables.items():
        columns = read_parquet(report / "tables" / f"{name}.parquet")
        with (report / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        assert len(lines) == len(rows) == len(next(iter(columns.values())))
        assert list(lines[0]) == list(columns)


def test_few_people_are_told(report, pages):
    text = pages[report / "report.html"].text
    assert "too few" in text
    assert "3 people" in text


def test_without_audits_says_how_to_get_them(tmp_path, face_256, parse):
    store = made_store(tmp_path / "study", face_256, faces=2, audits=False)
    (tmp_path / "report").mkdir()
    write_study(tmp_path / "report", reported(store, draws=50), store.picture, title="t", source="my study")
    text = parse((tmp_path / "report/report.html").read_text("utf-8")).text
    assert "Which features are hallucinated is not known: no output was audited" in text
    assert "bonaface study run PLAN --faces WHERE --out my study --audits" in text


def test_a_picture_that_is_gone_costs_only_itself(tmp_path, face_256):
    store = made_store(tmp_path / "study", face_256, faces=2)
    found = reported(store, draws=50)
    store.picture(found.tables["pictures"][0]["output"]).unlink()
    (tmp_path / "report").mkdir()
    write_study(tmp_path / "report", found, store.picture, title="t", source="s")
    written = [path.read_text("utf-8") for path in (tmp_path / "report").rglob("*.html")]
    assert any("not here any more" in text for text in written)


def test_nothing_is_overwritten(report, found, store):
    with pytest.raises(OutputExists):
        write_study(report, found, store.picture, title="t", source="s")


def sized(found, side):
    """The same study of faces of so many pixels, as far as damaged pictures tell."""
    rows = [row | {"resolution": f"{side // row['level']:.0f} px"} for row in found.tables["pictures"]]
    return replace(found, tables={**found.tables, "pictures": rows})


def page_of(folder, parse, found, store, **more):
    folder.mkdir()
    write_study(folder, found, store.picture, title="t", source="s", **more)
    return parse((folder / "report.html").read_text("utf-8"))


def test_beside_published_figures_of_faces_of_the_same_size(tmp_path, found, store, parse):
    text = page_of(tmp_path / "same", parse, sized(found, 1024), store).text
    assert "0.2599" in text  # CodeFormer at 32 px in S0's table 1
    assert "This study has no lpips-alex" in text
    assert "Nobody was asked about this study" in text  # S0's table 2
    assert "Pro-UIGAN, tables I" not in text
    assert "0.2599" not in page_of(tmp_path / "smaller", parse, sized(found, 256), store).text


def test_the_mean_over_a_papers_damages_leads_to_its_pictures(tmp_path, face_256, parse):
    damages = [(f"{family}-{level}", family, level) for family in sorted(S1_FAMILIES) for level in (1.0, 2.0)]
    store = made_store(tmp_path / "study", face_256, faces=2, damages=damages, restorers=RESTORERS[:2], audits=False)
    page = page_of(tmp_path / "report", parse, reported(store, draws=50), store)
    assert "bicubic, mean of all levels" in page.text
    places = [attrs["href"] for tag, attrs in page.elements if tag == "a" and "restorer--bicubic" in attrs["href"]]
    assert len(places) >= 2  # there, and in a ranking
    shown = parse((tmp_path / "report" / places[0]).read_text("utf-8"))
    for damage, *_ in damages:
        assert damage in shown.text


def test_keypoints_lead_to_the_outputs_that_have_most(tmp_path, found, store, parse):
    there = [row for row in found.tables["pictures"] if row["status"] == "ok" and row["restorer"] == "lanczos"]
    outputs = {row["cell"]: {"nose": number, "cheeks": 0} for number, row in enumerate(there)}
    rows = [{"restorer": "lanczos", "region": region, "value": value, "low": None, "high": None, "n": len(there),
             "people": 6, "why": ""} for region, value in (("nose", 5.5), ("cheeks", 0.0))]  # fmt: skip
    one = Density("lanczos", np.zeros((128, 128), np.float32), 5.5, len(there), 6)
    maps = Densities((one,), np.array(landmarks(128)), rows, outputs)
    page = page_of(tmp_path / "report", parse, found, store, points=maps)
    places = {attrs["href"] for tag, attrs in page.elements if tag == "a"}
    assert {"assets/pictures/keypoints--lanczos.html", "assets/pictures/keypoints--lanczos.html#nose"} <= places
    assert "assets/pictures/keypoints--lanczos.html#cheeks" not in places  # nothing lies there
    shown = parse((tmp_path / "report/assets/pictures/keypoints--lanczos.html").read_text("utf-8")).text
    numbers = [int(number) for number in re.findall(r"(\d+) keypoints? without a partner", shown)]
    assert numbers == sorted(range(len(there)), reverse=True)[:6]


def test_a_worst_case_without_an_audit_page_was_made_all_the_same(report, pages):
    text = pages[report / "report.html"].text
    assert "no audit page: no face" in text
    assert "Not made: no face" not in text


def test_what_is_the_same_for_all_faces_is_no_table(report, pages):
    text = pages[report / "report.html"].text
    assert re.search(r"The same for all faces: Eyes in the damaged picture: under 8 px \(6 people\)", text)
    assert "By input resolution" not in text  # one resolution only
    assert "By restorer" in text


def test_the_lead_is_of_the_grid_that_most_restorers_have(tmp_path, face_256, parse):
    store = made_store(tmp_path / "study", face_256, faces=4, audits=False)
    found = reported(store, draws=50)
    first = [row for row in found.tables["rankings"] if row["measure"] == found.worst_by]
    assert len(first) == 3
    means = [row for row in found.tables["means"] if row["measure"] == found.worst_by and row["restorer"] == "lanczos"]
    changed = {
        "rankings": [first[0] | {"grid": "512", "restorer": "lanczos", "tied": ""}, *found.tables["rankings"]],
        "means": [*found.tables["means"], means[0] | {"grid": "512"}],
    }
    text = page_of(tmp_path / "report", parse, replace(found, tables={**found.tables, **changed}), store).text
    assert f"By identity angle, {first[0]['restorer']} does least damage" in text


def test_small_parts():
    assert span(-1.5, -0.5, "dB") == "−1.50 to −0.50 dB"
    assert span(0.07, 0.5, "share") == "7.0 to 50%"
    assert slug("../..") == "unnamed"
    assert on_grid("512") == "at 512 px"
    assert nice(5, 5)[0] <= 5 <= nice(5, 5)[-1]
    assert len(nice(0.691, 0.702)) <= 6
