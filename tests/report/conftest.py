"""Ledgers of a photograph that scikit-image brings, made once."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from bonaface.api import audit
from bonaface.core.results import Ledger


class Page(HTMLParser):
    """The elements of a page, and the text outside style and script."""

    VOID = frozenset({"meta", "input", "img", "br", "link", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


HOSTILE = "<img src=x onerror=alert(1)>.png"


@pytest.fixture(scope="session")
def photo(astronaut) -> np.ndarray:
    return np.ascontiguousarray(astronaut[:320, 64:384])


@pytest.fixture(scope="session")
def restored(photo) -> np.ndarray:
    """Blurred, with texture painted over the left half."""
    soft = cv2.GaussianBlur(photo, (0, 0), 1.5).astype(np.float32)
    soft[:, :160] += np.random.default_rng(3).normal(0, 12, (320, 160, 1))
    return np.clip(soft, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def ledger(photo, restored) -> Ledger:
    """With a truth and a damaged picture."""
    made = audit(restored, photo, cv2.resize(photo, (80, 80), interpolation=cv2.INTER_AREA))
    assert made.maps
    return made


@pytest.fixture(scope="session")
def alone(restored, tmp_path_factory) -> Ledger:
    """Without a truth, of a file whose name tries to run a script."""
    path = tmp_path_factory.mktemp("hostile") / HOSTILE
    cv2.imwrite(str(path), restored[..., ::-1])
    return audit(path)


@pytest.fixture(scope="session")
def faceless(ledger) -> Ledger:
    """As where no face was found in the output."""
    from bonaface.core.results import Aspect, Score, Verdict

    gone = (Aspect.GEOMETRY, Aspect.IDENTITY, Aspect.ASYMMETRY)
    why = "no face was found in the output by the detector"
    findings = tuple(
        replace(f, verdict=Verdict.UNDECIDABLE, severity=None, score=Score.not_applicable(why), evidence={})
        if f.aspect in gone
        else f
        for f in ledger.findings
    )
    arrays = {name: value for name, value in ledger.arrays.items() if name != "landmarks_output"}
    return replace(ledger, findings=findings, arrays=arrays, faces={"truth": ledger.faces["truth"]})


@pytest.fixture(scope="session")
def parse() -> type[Page]:
    return Page
