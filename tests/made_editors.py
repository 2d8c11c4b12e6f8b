"""Editors of expressions without weights, which change a face in a known way."""

from __future__ import annotations

import numpy as np

from bonaface.core.catalog import Catalog, Source
from bonaface.core.knobs import Knob, numbers
from bonaface.edit import EDITORS, Editor
from bonaface.faces.crops import CELEBA, FFHQ

SIDE = 64


def edits(change, name, **more) -> Editor:
    """The card of an editor that applies `change(image, target, rng, region)` to each face."""

    def load(files, **knobs):
        def edit(image, target, rng=None, region=None):
            return np.asarray(change(image, target, rng, region, **knobs), np.float32)

        return edit

    fields = {"targets": ("happy", "sad"), "crop": FFHQ, "input_size": (SIDE, SIDE), **more}
    return Editor(id=name, licence="none", source=Source("a test"), load=load, **fields)


def tinted(image, target, rng, region, share=0.9):
    """Redder for happy faces, bluer for others."""
    return image * np.array([1, share, share] if target == "happy" else [share, share, 1])


def painted(image, target, rng, region):
    """Something that does not depend on the face at all."""
    return np.random.default_rng(len(target)).random(image.shape) * 0.1 + np.linspace(0, 0.9, SIDE)[:, None, None]


def noisy(image, target, rng, region):
    return np.clip(image + rng.normal(0, 0.1, image.shape), 0, 1)


def within(image, target, rng, region):
    """White where it may paint; paler everywhere, where nobody tells it."""
    return image * 0.5 + 0.5 if region is None else np.where(region[..., None], 1.0, image * 0.98)


def nothing(image, target, rng, region):
    return image


def stops(image, target, rng, region):
    raise ValueError("no more paint")


MADE = (
    edits(tinted, "tinted", knobs=(Knob("share", "of the other colours", numbers(0, 1)),)),
    edits(painted, "painted"),
    edits(noisy, "noisy", random=True),
    edits(within, "within", takes_region=True, needs_region=True),
    edits(within, "told", takes_region=True),
    edits(tinted, "close", crop=CELEBA),
    edits(nothing, "nothing"),
    edits(stops, "stops"),
)
CATALOG: Catalog[Editor] = Catalog("editor", [*EDITORS, *MADE])


def use(monkeypatch) -> None:
    """Put them beside the real ones, wherever a study looks for editors."""
    from bonaface.study.engine import editing
    from bonaface.study.plan import cells, contenders

    for module in (contenders, cells, editing):
        monkeypatch.setattr(module, "EDITORS", CATALOG)
    editing._opened.cache_clear()
