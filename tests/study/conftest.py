"""Faces and a plan for studies that take seconds: the astronaut in several guises stands for several people."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bonaface.io.pictures import write_picture
from bonaface.study.plan.plans import Asked, Contender, Damage, Grid, Plan

PLAN = """
name = "tiny"                       # a comment with "psnr" in it
degradations = [
    "study-x4",
    { name = "blur-2", kind = "gaussian-blur", sigma = 2, family = "blur", level = 2 },
]
restorers = ["bicubic", "lanczos", "pro-uigan-compact"]
measures = ["psnr", "ssim", "lmd"]
grids = ["truth", "celeba-64"]
side = 128
"""


def guise(face: np.ndarray, number: int) -> np.ndarray:
    """(H, W, 3) uint8 -> the same, another "person": mirrored, brighter or darker, in another framing."""
    out = face[:, ::-1] if number % 2 else face
    margin = 4 * (number // 2)
    out = out[margin : len(out) - margin, margin : len(out) - margin]
    out = np.clip(out.astype(np.float32) * (0.8 + 0.05 * number), 0, 255).astype(np.uint8)
    return cv2.resize(out, (160, 160), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def people(face_256, tmp_path_factory):
    """A folder of four "people", 160 px each."""
    folder = tmp_path_factory.mktemp("people")
    for number in range(4):
        write_picture(folder / f"person{number}.png", guise(face_256, number))
    return folder


@pytest.fixture(scope="session")
def expressive(face_256, tmp_path_factory):
    """Four "people", neutral; the first three also as another photograph, turned and brighter, which
    stands for a smiling one."""
    folder = tmp_path_factory.mktemp("expressive")
    for number in range(4):
        neutral = guise(face_256, number)
        write_picture(folder / "neutral" / f"person{number}.png", neutral)
        if number < 3:
            turn = cv2.getRotationMatrix2D((80, 80), 3 + number, 0.97)
            smiling = cv2.warpAffine(neutral, turn, (160, 160), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
            write_picture(folder / "smiling" / f"person{number}.png", np.clip(smiling * 1.02, 0, 255).astype(np.uint8))
    return folder


@pytest.fixture(scope="session")
def tiny_editing() -> Plan:
    """Clean and noisy faces of 96 px, given a smile by the smallest editor that comes with Bonaface."""
    return Plan(
        name="tiny-editing",
        degradations=(Damage.of("original"), Damage.of("noisy-wrapped", draws="noise")),
        restorers=(),
        measures=("ecs", "identity-retention", "niqe-face", "lmd"),
        framing="ffhq",
        side=96,
        editors=(Asked("ridge"),),
        targets=("happy",),
    )


@pytest.fixture
def made_editors(monkeypatch):
    """Editors that change a face in a known way, beside the real ones; in this process only."""
    import made_editors

    made_editors.use(monkeypatch)


@pytest.fixture
def plan_file(tmp_path):
    """A plan in a file, for tests that change it."""
    path = tmp_path / "tiny.toml"
    path.write_text(PLAN, "utf-8")
    return path


@pytest.fixture(scope="session")
def plan(tmp_path_factory):
    """The same, for tests that leave it alone."""
    path = tmp_path_factory.mktemp("plan") / "tiny.toml"
    path.write_text(PLAN, "utf-8")
    return path


@pytest.fixture(scope="session")
def tiny() -> Plan:
    """Two damages that are not networks' work, three restorers, quick measures."""
    return Plan(
        name="tiny",
        degradations=(Damage.of("study-x4"), Damage.of("gaussian-smoothed")),
        restorers=(Contender("bicubic"), Contender("lanczos")),
        measures=("psnr", "lmd"),
        grids=(Grid(), Grid("celeba", 64)),
        side=128,
    )
