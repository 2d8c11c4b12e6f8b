"""What the tests of several floors share: pictures, real faces, and the models that look at them."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

import storage


def _locked(array: np.ndarray) -> np.ndarray:
    """So that writing into an input fails the test."""
    array.flags.writeable = False
    return array


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real faces; skips where it is not."""
    folder = Path(os.environ.get("BONAFACE_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the folder of real faces, {folder}, is not here; BONAFACE_DATA may name another")
    return folder


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """(512, 512, 3) uint8 RGB: a photograph with one face."""
    return _locked(skimage.data.astronaut())


@pytest.fixture(scope="session")
def face_256(astronaut) -> np.ndarray:
    """(256, 256, 3) uint8: the part of the astronaut with the face, which is about 110 px wide."""
    return _locked(np.ascontiguousarray(astronaut[:256, 96:352]))


@pytest.fixture(scope="session")
def face_512(face_256) -> np.ndarray:
    """(512, 512, 3) uint8: the same, enlarged."""
    return _locked(cv2.resize(face_256, (512, 512), interpolation=cv2.INTER_CUBIC))


@pytest.fixture(scope="session")
def real_pair(astronaut) -> tuple[np.ndarray, np.ndarray]:
    """Output and truth as images: the astronaut, noisy and blurred, and as it is."""
    truth = astronaut.astype(np.float32) / np.float32(255)
    noise = np.random.default_rng(0).normal(0, 0.05, truth.shape)
    output = np.clip(cv2.GaussianBlur(truth, (0, 0), 1) + noise, 0, 1).astype(np.float32)
    return _locked(output), _locked(truth)


@pytest.fixture
def own_weights(tmp_path, monkeypatch) -> None:
    """A user's folder of weights of the test's own, `user` in its folder; no waiting, no proxies."""
    from bonaface.io import download, fetch, weights

    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("BONAFACE_MODELS", raising=False)
    for module in (weights, fetch):
        monkeypatch.setattr(module, "user_folder", lambda: tmp_path / "user")
    monkeypatch.setattr(download, "PAUSES", (0.0, 0.0, 0.0))


@pytest.fixture(scope="session")
def tools():
    """Detector, landmark predictor and embedder."""
    from bonaface.api import wiring

    return wiring.tools()


@pytest.fixture(scope="session")
def locator(tools):
    return tools.locator


@pytest.fixture(scope="session")
def lanes():
    from bonaface.api import wiring

    return wiring.lanes()


@pytest.fixture(scope="session")
def read():
    """A function from a path, and a size if it shall be another, to (H, W, 3) uint8 RGB."""
    from PIL import Image

    def _read(path: Path, side: int | None = None) -> np.ndarray:
        picture = Image.open(path).convert("RGB")
        if side is not None and picture.size != (side, side):
            picture = picture.resize((side, side), Image.Resampling.LANCZOS)
        return np.array(picture)

    return _read


@pytest.fixture(scope="session")
def aligned_faces(data):
    """[(pixels (128, 128, 3) uint8, landmarks (68, 2))]: every sixth face of celeba_val."""
    import io

    import duckdb
    from PIL import Image

    rows = duckdb.execute(
        "select image.bytes, landmarks68 from read_parquet(?)", [str(data / "celeba_val.parquet")]
    ).fetchall()
    return [
        (np.array(Image.open(io.BytesIO(held)).convert("RGB")), np.array(points, np.float64).reshape(68, 2))
        for held, points in rows[::6]
    ]


@pytest.fixture(scope="module")
def bucket():
    """The address of a bucket in an S3 service on this machine; skips where what serves it is not installed."""
    with storage.served() as address:
        yield address
