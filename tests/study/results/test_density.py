"""Keypoints without a partner in one frame, and layouts."""

from __future__ import annotations

import contextlib
import importlib.util
import sys

import cv2
import numpy as np
import pytest

from bonaface.io.pictures import encode_png, read_picture
from bonaface.study.results.density import FRAME, densities
from bonaface.study.results.layout import BOTH, HOW, ORIGINAL, TSNE, UMAP, _by_tsne, layouts
from bonaface.study.results.reported import reported
from made_study import RESTORERS, landmarks, made_store


@pytest.fixture(scope="module")
def made(tmp_path_factory, face_256):
    """One restorer delivers the truth itself, one the truth with blobs painted on its left cheek."""
    store = made_store(tmp_path_factory.mktemp("made") / "study", face_256, faces=3, restorers=RESTORERS[:2], side=256)
    found = reported(store, draws=50)
    for row in found.tables["pictures"]:
        if row["restorer"] == "bicubic":
            row["output"] = row["truth"]
        else:
            pixels = np.array(read_picture(store.picture(row["truth"]), 1).pixels)
            for i in range(5):
                place = (150 + 6 * (i % 3), 140 + 8 * i)
                cv2.circle(pixels, place, 3, (255, 255, 255) if i % 2 else (0, 0, 0), -1)
            row["output"] = store.put_picture(encode_png(pixels))
    return store, found


def test_points_that_were_painted_are_found_where_they_were_painted(made):
    store, found = made
    seen = densities(store, found.tables["pictures"], found.faces, draws=50)
    by_name = {one.restorer: one for one in seen.maps}
    assert by_name["bicubic"].points == 0
    assert by_name["bicubic"].plane.max() == 0
    assert by_name["lanczos"].points > 3
    assert (by_name["lanczos"].outputs, by_name["lanczos"].people) == (6, 3)
    plane = by_name["lanczos"].plane
    assert plane.shape == (FRAME, FRAME)
    rows, columns = np.nonzero(plane > 0.3 * plane.max())
    nose = seen.landmarks[30]
    assert columns.mean() > nose[0]  # painted to the right of the nose's tip in the picture
    assert abs(rows.mean() - nose[1]) < FRAME / 5


def test_counts_of_regions_come_with_people(made):
    store, found = made
    rows = densities(store, found.tables["pictures"], found.faces, draws=50).rows
    cheeks = [row for row in rows if row["restorer"] == "lanczos" and row["region"] == "cheeks"]
    assert cheeks[0]["value"] > 0
    assert (cheeks[0]["n"], cheeks[0]["people"]) == (6, 3)
    assert {row["value"] for row in rows if row["restorer"] == "bicubic"} == {0.0}


def test_only_so_many_outputs_are_looked_at_and_a_missing_one_costs_itself(made):
    store, found = made
    rows = [dict(row) for row in found.tables["pictures"]]
    rows[0]["output"] = "0" * 64
    seen = densities(store, rows, found.faces, most=100, draws=50)
    assert sum(one.outputs for one in seen.maps) == 11
    assert {one.outputs for one in densities(store, rows[1:], found.faces, most=2, draws=50).maps} == {2}


def test_faces_without_landmarks_have_no_map(made):
    store, found = made
    faces = [row | {"landmarks": None} for row in found.faces]
    seen = densities(store, found.tables["pictures"], faces)
    assert seen.maps == ()
    assert seen.landmarks is None


def test_a_part_of_the_face_lies_in_the_same_frame(made):
    """The same picture, delivered as its middle."""
    import json

    store, found = made
    rows = [dict(row) for row in found.tables["pictures"] if row["restorer"] == "lanczos"]
    whole = densities(store, rows, found.faces, draws=50).maps[0]
    for row in rows:
        pixels = read_picture(store.picture(row["output"]), 1).pixels
        row["output"] = store.put_picture(encode_png(np.ascontiguousarray(pixels[64:224, 48:208])))
        row["to_output"] = json.dumps([[1.0, 0.0, -48.0], [0.0, 1.0, -64.0]])
    part = densities(store, rows, found.faces, draws=50).maps[0]
    both = [np.unravel_index(one.plane.argmax(), one.plane.shape) for one in (whole, part)]
    assert np.abs(np.subtract(*both)).max() <= 3
    assert len(landmarks(256)) == 68


def test_outputs_are_told_how_many_points_lie_where(made):
    store, found = made
    seen = densities(store, found.tables["pictures"], found.faces, draws=50)
    assert {*seen.outputs} == {row["cell"] for row in found.tables["pictures"]}
    cheeks = [seen.outputs[row["cell"]]["cheeks"] for row in found.tables["pictures"] if row["restorer"] == "lanczos"]
    mean = next(r["value"] for r in seen.rows if (r["restorer"], r["region"]) == ("lanczos", "cheeks"))
    assert np.mean(cheeks) == pytest.approx(mean)


def test_without_umap_says_how_to_get_it(made, monkeypatch):
    store, found = made
    monkeypatch.setitem(sys.modules, "umap", None)
    laid = layouts(store, found.tables["pictures"], found.faces)
    assert laid.layouts == ()
    assert laid.why == HOW.format("umap-learn")
    assert "pip install" in laid.why


def test_one_library_does_without_the_other(made, monkeypatch, tsne):
    store, found = made
    monkeypatch.setitem(sys.modules, "umap", None)
    laid = layouts(store, found.tables["pictures"], found.faces, BOTH)
    assert [(one.title, one.how) for one in laid.layouts] == [("Embeddings of faces", "t-SNE")]
    assert laid.why == HOW.format("umap-learn")
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    assert "scikit-learn" in layouts(store, found.tables["pictures"], found.faces, TSNE).why


class _Flat:
    """Stands for UMAP: the first two numbers of each vector."""

    def __init__(self, **_settings):
        pass

    def fit_transform(self, vectors):
        return vectors[:, :2]


def test_layouts_have_a_point_for_each_picture_and_keypoint(made, monkeypatch):
    store, found = made
    monkeypatch.setitem(sys.modules, "umap", type("umap", (), {"UMAP": _Flat}))
    laid = {one.title: one for one in layouts(store, found.tables["pictures"], found.faces).layouts}
    faces = laid["Embeddings of faces"]
    assert sorted(faces.names) == ["bicubic"] * 6 + ["lanczos"] * 6 + [ORIGINAL] * 3
    assert faces.places.min() == 0
    assert faces.places.max() == 1
    assert len(laid["SIFT descriptors"].names) == len(laid["SIFT descriptors"].about) > 100


@pytest.fixture
def tsne(monkeypatch):
    """The same in place of t-SNE."""
    limits = type("threadpoolctl", (), {"threadpool_limits": lambda _threads: contextlib.nullcontext()})
    monkeypatch.setitem(sys.modules, "sklearn.manifold", type("manifold", (), {"TSNE": _Flat}))
    monkeypatch.setitem(sys.modules, "threadpoolctl", limits)


@pytest.mark.parametrize(("by", "how"), [(UMAP, ["UMAP"]), (TSNE, ["t-SNE"]), (BOTH, ["UMAP", "t-SNE"])])
def test_embeddings_are_laid_out_as_asked(made, monkeypatch, tsne, by, how):
    store, found = made
    monkeypatch.setitem(sys.modules, "umap", type("umap", (), {"UMAP": _Flat}))
    laid = layouts(store, found.tables["pictures"], found.faces, by).layouts
    assert [one.how for one in laid if one.title == "Embeddings of faces"] == how
    assert [one.how for one in laid if one.title == "SIFT descriptors"] == ["UMAP"]


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("umap") is None, reason="umap-learn is not here")
def test_layouts_are_the_same_again(made):
    store, found = made
    first, second = (layouts(store, found.tables["pictures"], found.faces, BOTH).layouts for _ in range(2))
    assert [one.how for one in first] == ["UMAP", "UMAP", "t-SNE"]
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a.places, b.places)


@pytest.mark.skipif(importlib.util.find_spec("sklearn") is None, reason="scikit-learn is not here")
def test_tsne_keeps_groups_apart_that_are_apart():
    """Three clouds far from each other: each point's nearest neighbour is of its own cloud."""
    rng = np.random.default_rng(0)
    which = np.repeat(np.arange(3), 20)
    vectors = (10 * np.eye(3, 32)[which] + rng.normal(0, 1, (60, 32))).astype(np.float32)
    place = _by_tsne(importlib.import_module("sklearn.manifold"))
    places = np.asarray(place(vectors))
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e9 * np.eye(60)
    assert (which[apart.argmin(axis=1)] == which).all()
    assert np.array_equal(places, place(vectors))
