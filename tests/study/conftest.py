"""Faces and a plan for studies that take seconds: the astronaut in several guises stands for several people."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bonaface.io.pictures import write_picture
from bonaface.study.plans import Contender, Damage, Grid, Plan

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
