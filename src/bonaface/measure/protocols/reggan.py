"""RegGAN (S4): tables I and II."""

from __future__ import annotations

from bonaface.core.catalog import Source
from bonaface.measure.protocols.record import Protocol, Published

_TABLE_I = {
    "StarGAN": (0.71, 0.68, 0.55, 111.9),
    "GANimation": (0.45, 0.64, 0.80, 94.09),
    "MR": (0.72, 0.66, 0.19, 113.9),
    "DAI2I": (0.54, 0.64, 0.58, 140.2),
    "SARGAN": (0.61, 0.71, 0.73, 98.86),
    "US-GAN": (0.66, 0.71, 0.69, 98.92),
    "RegGAN": (0.77, 0.69, 0.84, 72.48),
}
_TABLE_II = {
    "RegGAN without LABs (table II)": (0.87, 0.67, 0.90, 80.8),
    "RegGAN without AUs (table II)": (0.86, 0.68, 0.88, 89.9),
    "RegGAN (table II)": (0.85, 0.68, 0.90, 74.3),
}
_MEASURES = ("ecs", "openface-similarity", "qualiclip", "fid")

REGGAN = Protocol(
    id="reggan",
    title="RegGAN, tables I and II (expressions)",
    source=Source("Akram & Khan (RegGAN, S4), tables I and II"),
    measures=_MEASURES,
    size=None,
    aligned=False,
    inputs="neutral faces of CFEE, and celebrities, portraits and avatars; each edited to an expression (--target)",
    truth="the *input* picture: its face similarity compares the edited face with what was given to the editor",
    reference="real pictures of the expressions",
    faces=0,
    traps=(
        "ECS depends on its classifier: S4 trained a ResNet-18 on CFEE, here it is the project's own expression reader",
        "RS is QualiCLIP's mean probability over seven pairs of prompts",
        "FSS is OpenFace's; it says more about pose and light than about who it is",
        "it does not say how many pictures were measured",
        "table II is of smaller pictures: the same network has other numbers there than in table I. LABs are its "
        "latent attention blocks, AUs its attention units",
        "`bonaface bench expression` edits held-back people and measures them in one go",
    ),
    rows=tuple(
        Published(who, dict(zip(_MEASURES, values, strict=True))) for who, values in (_TABLE_I | _TABLE_II).items()
    ),
)
