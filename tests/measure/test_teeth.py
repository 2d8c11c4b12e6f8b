"""Teeth, in mouths that are painted."""

import numpy as np
import pytest

from bonaface.measure.teeth import INSIDE, LIPS, Mouth, Teeth, mouth_of

SKIN, RED_LIP, WHITE, DARK, TONGUE = (
    np.array(rgb, np.float32) / 255
    for rgb in ((205, 160, 140), (170, 80, 85), (225, 215, 200), (35, 15, 15), (165, 70, 75))
)


def painted(inside, height=12, width=40):
    """A crop with lips around an opening of `height` x `width` pixels, filled with colours from the top down."""
    crop = np.tile(SKIN, (256, 256, 1))
    labels = np.ones((256, 256), np.uint8)
    top, left = 170, 108
    crop[top - 8 : top + height + 8, left - 6 : left + width + 6] = RED_LIP
    labels[top - 8 : top, left - 6 : left + width + 6] = LIPS[0]
    labels[top : top + height + 8, left - 6 : left + width + 6] = LIPS[1]
    if height:
        labels[top : top + height, left : left + width] = INSIDE
        for row, colour in zip(np.array_split(np.arange(height), len(inside)), inside, strict=True):
            crop[top + row[0] : top + row[-1] + 1, left : left + width] = colour
    return crop, labels


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ([WHITE], Teeth.SEEN),
        ([WHITE, DARK, TONGUE], Teeth.SEEN),
        ([DARK], Teeth.NOT_SEEN),
        ([DARK, TONGUE], Teeth.NOT_SEEN),
    ],
    ids=["teeth", "teeth, dark, tongue", "dark", "dark and tongue"],
)
def test_what_an_open_mouth_holds(inside, expected):
    mouth = mouth_of(*painted(inside))
    assert mouth.inside == 480
    assert mouth.teeth is expected


def test_grey_pictures_have_teeth_too():
    crop, labels = painted([WHITE, DARK])
    grey = np.repeat(crop.mean(axis=2, keepdims=True), 3, axis=2)
    assert mouth_of(grey, labels).teeth is Teeth.SEEN


def test_a_shut_mouth_shows_none():
    assert mouth_of(*painted([WHITE], height=0)) == Mouth(0, 0, mouth_of(*painted([WHITE], height=0)).lips)
    assert mouth_of(*painted([WHITE], height=0)).teeth is Teeth.NOT_SEEN


def test_between_the_limits_nothing_is_said():
    assert mouth_of(*painted([WHITE], height=2)).teeth is Teeth.UNCLEAR  # 80 px: hardly open
    assert Mouth(inside=200, light=30, lips=400).teeth is Teeth.UNCLEAR  # 15% are light
    assert Mouth(inside=200, light=200, lips=10).teeth is Teeth.UNCLEAR  # no lips to compare with
