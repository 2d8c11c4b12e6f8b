"""Two-dimensional layouts of many outputs: of SIFT descriptors by UMAP, of embeddings of faces by UMAP or t-SNE.

A layout is for looking: distances in it, sizes of clouds and gaps between them mean little; nothing is tested on it.
"""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.api import wiring
from bonaface.core.errors import BonafaceError
from bonaface.core.images import to_bytes
from bonaface.faces.align import transform
from bonaface.io.pictures import read_picture
from bonaface.measure.keypoints import detect
from bonaface.study.engine.feeding import resized
from bonaface.study.engine.store import Store

Row = dict[str, Any]
Vectors = tuple[list[Any], list[str], list[str]]
"""Vectors of one length, of what each is, and what to say of it."""
Place = Callable[[NDArray[np.float32]], Any]
"""From (N, D) vectors to (N, 2) places."""
ORIGINAL = "original"
PICTURES = 12
"""Of each restorer, whose descriptors are laid out; and as many originals."""
POINTS = 60
"""Descriptors of one picture: the largest keypoints."""
FACES = 60
"""Outputs of each restorer whose embeddings are laid out."""
LONGEST = 512
FEWEST = 15
"""Points under which there is no layout."""
UMAP, TSNE, BOTH = "umap", "tsne", "both"
HOW = "Layouts need {}, which is not here: pip install 'bonaface[study]', and write the report again."
PERPLEXITY = 30.0
"""Of t-SNE: about how many neighbours of a point count; at most a third of the points."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Points in a plane.

    Attributes:
        title: what is laid out.
        how: by what: "UMAP" or "t-SNE".
        names: of the restorer that each point is of, or `ORIGINAL`.
        places: (N, 2), from 0 to 1.
        about: of each point, for a reader.
    """

    title: str
    how: str
    names: tuple[str, ...]
    places: NDArray[np.float64]
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layouts:
    """All of them; `why` some or all are missing, else empty."""

    layouts: tuple[Layout, ...]
    why: str = ""


def layouts(store: Store, pictures: Sequence[Row], faces: Sequence[Row], by: str = UMAP) -> Layouts:
    """Lay out descriptors and embeddings of originals and outputs.

    Args:
        store: of the study.
        pictures: rows of `reported.Reported.tables["pictures"]`.
        faces: rows of the table of faces.
        by: what lays out embeddings: `UMAP`, `TSNE` or `BOTH`; descriptors, of which there are thousands, always by
            UMAP.

    Source:
        McInnes, Healy & Melville 2018 (UMAP), arXiv:1802.03426; van der Maaten & Hinton 2008 (t-SNE), JMLR 9:2579,
        begun from principal components as in Kobak & Berens 2019, doi:10.1038/s41467-019-13056-x. Seed 0.
    """
    umap, lacking = _library("umap", "umap-learn")
    manifold, lacks = _library("sklearn.manifold", "scikit-learn") if by in (TSNE, BOTH) else (None, "")
    missing = [HOW.format(name) for name in (lacking, lacks) if name]
    if umap is None and manifold is None:
        return Layouts((), " ".join(missing))
    known = {row["face"]: row for row in faces if row["truth"] and row["landmarks"]}
    held: dict[str, list[Row]] = {}
    for row in sorted(pictures, key=lambda row: (row["degradation"], row["face"], row["seed"])):
        if row["status"] == "ok" and row["face"] in known:
            held.setdefault(row["restorer"], []).append(row)
    embeddings = _embeddings(store, held, known)
    made = []
    if umap is not None:
        made.append(_layout("SIFT descriptors", "UMAP", _by_umap(umap), _descriptors(store, held, known)))
        if by in (UMAP, BOTH):
            made.append(_layout("Embeddings of faces", "UMAP", _by_umap(umap), embeddings))
    if manifold is not None:
        made.append(_layout("Embeddings of faces", "t-SNE", _by_tsne(manifold), embeddings))
    found = tuple(one for one in made if one is not None)
    if not found:
        missing.append(f"Fewer than {FEWEST} points: there is nothing to lay out.")
    return Layouts(found, " ".join(missing))


def _library(module: str, name: str) -> tuple[Any, str]:
    """A library, or the name by which it is installed."""
    try:
        return importlib.import_module(module), ""
    except ImportError:
        return None, name


def _layout(title: str, how: str, place: Place, of: Vectors) -> Layout | None:
    vectors, names, about = of
    if len(vectors) < FEWEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a seed keeps UMAP to one thread
        places = np.asarray(place(np.asarray(vectors, np.float32)), np.float64)
    low, high = places.min(axis=0), places.max(axis=0)
    return Layout(title, how, tuple(names), (places - low) / np.maximum(high - low, 1e-9), tuple(about))


def _by_umap(umap: Any) -> Place:
    """Begun from principal components: the spectral start differs between two runs where the graph falls into parts."""
    return lambda vectors: umap.UMAP(
        n_neighbors=min(15, len(vectors) - 1), init="pca", random_state=0, n_jobs=1
    ).fit_transform(vectors)


def _by_tsne(manifold: Any) -> Place:
    """In one thread: sums of several threads differ in their last bits, and t-SNE makes much of them."""

    def place(vectors: NDArray[np.float32]) -> Any:
        with importlib.import_module("threadpoolctl").threadpool_limits(1):
            return manifold.TSNE(
                perplexity=min(PERPLEXITY, (len(vectors) - 1) / 3), init="pca", random_state=0, n_jobs=1
            ).fit_transform(vectors)

    return place


def _descriptors(store: Store, held: Mapping[str, list[Row]], known: Mapping[str, Row]) -> Vectors:
    chosen = [(ORIGINAL, face["truth"], name) for name, face in list(known.items())[:PICTURES]]
    for restorer, rows in held.items():
        chosen += [(restorer, row["output"], f"{row['face']}, {row['degradation']}") for row in _some(rows, PICTURES)]
    vectors, names, about = [], list[str](), list[str]()
    for name, sha256, text in chosen:
        try:
            image = read_picture(store.picture(sha256), 1).image()
        except (OSError, BonafaceError):
            continue
        scale = min(1.0, LONGEST / max(image.shape[:2]))
        points = detect(to_bytes(resized(image, (round(image.shape[0] * scale), round(image.shape[1] * scale)))))
        order = np.argsort(-points.sizes, kind="stable")[:POINTS]
        vectors += list(np.sqrt(points.descriptors[order] / np.maximum(points.descriptors[order].sum(1), 1)[:, None]))
        names += [name] * len(order)
        about += [f"{name}: {text}"] * len(order)
    return vectors, names, about


def _embeddings(store: Store, held: Mapping[str, list[Row]], known: Mapping[str, Row]) -> Vectors:
    """Placed by the truth's landmarks in all pictures, so that they differ by pixels alone."""
    chosen = [(ORIGINAL, face["truth"], "", name, name, float(face["width"])) for name, face in known.items()]
    for restorer, rows in held.items():
        chosen += [
            (restorer, row["output"], row["to_output"] or "", row["face"], f"{row['face']}, {row['degradation']}",
             float(row["side"]))
            for row in _some(rows, FACES)
        ]  # fmt: skip
    embed = wiring.tools().embedder
    vectors, names, about = [], list[str](), list[str]()
    for name, sha256, matrix, face, text, width in chosen:
        try:
            pixels = to_bytes(read_picture(store.picture(sha256), 1).image())
        except (OSError, BonafaceError):
            continue
        landmarks = np.array(json.loads(known[face]["landmarks"]), np.float64)
        if matrix:
            landmarks = transform(landmarks, np.array(json.loads(matrix), np.float64))
        else:
            landmarks = (landmarks + 0.5) * (width / known[face]["width"]) - 0.5
        vectors.append(embed(pixels, landmarks))
        names.append(name)
        about.append(f"{name}: {text}")
    return vectors, names, about


def _some(rows: Sequence[Row], most: int) -> list[Row]:
    places = np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int))
    return [rows[i] for i in places]
