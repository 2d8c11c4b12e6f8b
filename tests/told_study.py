"""A describer's service that knows which pictures of a study are truths, for tests of several floors."""

from __future__ import annotations

import hashlib
from collections import Counter

from bonaface.api.describing import Asker
from bonaface.io.describers import DESCRIBERS, Asked
from bonaface.io.describers.cache import Cache
from bonaface.study.described import tables
from bonaface.study.described.wanted import Choice, pairs
from describing import MADE, REAL, openai_form, png_of, written

WORDINGS = ("", " Some pores.", " Pores and lines are there.")
"""What the describer adds on skin, in turns: it repeats itself not quite."""


class Teller:
    """Truths are told as the real face, outputs as the made one; the same picture has the same answers in turn."""

    def __init__(self, store):
        from bonaface.io.describers import sent

        self.truths = {sent(pair.truth.read(store)).sha256 for pair in pairs(store)}
        self.times = Counter()

    def __call__(self, body, count):
        sha256 = hashlib.sha256(png_of(body)).hexdigest()
        turn = WORDINGS[self.times[sha256] % len(WORDINGS)]
        self.times[sha256] += 1
        face = REAL if sha256 in self.truths else MADE
        return openai_form(written(face | {7: face[7] + turn}))


def asker(service, cache=None, model="teller", **more):
    """Asks the service."""
    asked = Asked(model, service.v1, key_from="A_KEY", timeout=5, **more)
    return Asker(DESCRIBERS["openai"].open(asked), None if cache is None else Cache(cache))


def told_by(store, asks, choice=None, repeats=3, **more):
    """All that `describe` yields: the work, the steps, and last what came of it."""
    return list(tables.describe(store, asks, choice or Choice(), repeats, draws=50, **more))


def written_tables(store):
    """The bytes of the tables."""
    places = sorted((store.folder / "tables").iterdir())
    return {place.name: place.read_bytes() for place in places if place.stem in tables.TABLES}
