"""Measure what identity angles are usual: between pictures of one person, and between different people.

Reads the faces and identities of a Parquet file (columns `image.bytes`, `landmarks68`, `identity`), embeds every face
and writes percentiles to src/bonaface/measure/baselines.py, which the package ships.

    python scripts/identity_baselines.py ../shared/data/celeba_train.parquet
"""

from __future__ import annotations

import io
import json
import sys
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
from PIL import Image

from bonaface.io.weights import find_weights
from bonaface.measure.identity import EMBEDDER, Embedder

OUT = Path(__file__).parents[1] / "src/bonaface/measure/baselines.py"
HEAD = '''"""Usual identity angles, measured by scripts/identity_baselines.py: numbers only, no pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BASELINES: Mapping[str, Any] = '''
PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
PICTURES_PER_PERSON = 6
DIFFERENT_PAIRS = 200_000


def embeddings(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(N, 128) unit vectors and (N,) identities."""
    embed = Embedder({EMBEDDER.name: find_weights(EMBEDDER)})
    rows = duckdb.execute("select image.bytes, landmarks68, identity from read_parquet(?)", [str(path)])
    vectors, people = [], []
    while batch := rows.fetchmany(500):
        for data, landmarks, person in batch:
            pixels = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
            vector = embed(pixels, np.array(landmarks, np.float64).reshape(68, 2))
            vectors.append(vector / np.linalg.norm(vector))
            people.append(person)
        print(len(people), flush=True)
    return np.array(vectors), np.array(people)


def angles(vectors: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Degrees between the vectors of each pair of indices."""
    cosines = np.einsum("ij,ij->i", vectors[pairs[:, 0]], vectors[pairs[:, 1]])
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


def main(path: Path) -> None:
    """Embed, pair, take percentiles, write."""
    vectors, people = embeddings(path)
    rng = np.random.default_rng(0)
    same = []
    for person in np.unique(people):
        mine = np.flatnonzero(people == person)
        # A few pictures a person, so that no one person decides the percentiles.
        mine = rng.permutation(mine)[:PICTURES_PER_PERSON]
        same += list(combinations(mine, 2))
    drawn = rng.integers(0, len(people), (2 * DIFFERENT_PAIRS, 2))
    different = drawn[people[drawn[:, 0]] != people[drawn[:, 1]]][:DIFFERENT_PAIRS]
    result = {
        "embedder": EMBEDDER.name,
        "embedder_sha256": EMBEDDER.sha256,
        "unit": "degrees",
        "data": f"CelebA ({path.name})",
        "picture_size": "128x128, FFHQ-aligned; the 150 px chip is enlarged from it",
        "pictures": len(people),
        "people": len(np.unique(people)),
        "percentiles": list(PERCENTILES),
    }
    for name, pairs in (("same_person", np.array(same)), ("different_people", different)):
        values = angles(vectors, pairs)
        result[name] = {
            "pairs": len(values),
            "values": [round(float(v), 2) for v in np.percentile(values, PERCENTILES)],
        }
    OUT.write_text(HEAD + json.dumps(result, indent=4) + "\n", encoding="utf-8")  # `ruff format` lays it out
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
