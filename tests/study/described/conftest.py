"""A small study that nobody described, and a describer's service on this machine."""

from __future__ import annotations

import shutil

import pytest

from bonaface.io.describers import http
from bonaface.study.described import compared
from bonaface.study.engine.store import Store
from describing import by_letters, serving
from made_study import made_store
from told_study import Teller


@pytest.fixture(scope="session")
def untold(tmp_path_factory, face_256):
    """A study of three "people", two damages and two restorers; of the last restorer and person nothing was made."""
    folder = tmp_path_factory.mktemp("untold") / "study"
    made_store(folder, face_256, faces=3, restorers=("bicubic", "gfpgan-1.4"), audits=False, failed=1)
    return folder


@pytest.fixture
def study(untold, tmp_path):
    """A copy to be described."""
    shutil.copytree(untold, tmp_path / "study")
    return Store.opened(tmp_path / "study")


@pytest.fixture
def service(monkeypatch, untold):
    """Answers by picture."""
    monkeypatch.setattr(http, "PAUSES", (0.01, 0.01))
    monkeypatch.setenv("A_KEY", "sk-test-0123456789")
    with serving() as running:
        running.answer = Teller(Store.opened(untold))
        yield running


@pytest.fixture
def letters(monkeypatch):
    """Cosines by letters, where MiniLM is installed, too."""
    monkeypatch.setattr(compared, "embedder", lambda: by_letters)
