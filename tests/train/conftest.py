"""A dozen real faces, and small settings."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs `pip install 'bonaface[train]'`")
pytest.importorskip("accelerate", reason="training needs `pip install 'bonaface[train]'`")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """The same results bit for bit need the same number of threads; networks as small as these gain nothing by two."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def dozen(data):
    """Twelve faces of `celeba_val` with all columns."""
    from bonaface.train.faces import open_faces

    faces = open_faces(data / "celeba_val.parquet", ("landmarks68", "identity", "attr_*"))
    return faces.select(np.arange(0, 600, 50))


@pytest.fixture
def settings(tmp_path):
    """Of a run in a fresh folder, on the CPU, without workers."""
    from bonaface.train.loop import Settings

    return Settings(tmp_path / "run", cpu=True, workers=0, log_steps=1, sample_steps=10_000)
