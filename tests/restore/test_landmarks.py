import numpy as np
import pytest

from bonaface.core.errors import InputError
from bonaface.restore.landmarks import GROUPS, check_moves, move_landmarks, moved_points


def test_only_the_named_groups_move():
    points = np.arange(136.0).reshape(68, 2)
    points.flags.writeable = False
    moved = move_landmarks(points, {"mouth": (1.5, -2), "eyes": (0, 3)})
    shift = moved - points
    assert np.array_equal(shift[48:], np.tile([1.5, -2], (20, 1)))
    assert np.array_equal(shift[36:48], np.tile([0, 3], (12, 1)))
    assert not shift[:36].any()


def test_groups_are_those_of_the_geometry_measure():
    from bonaface.measure.geometry import GROUPS as ALL

    assert GROUPS["mouth"] == ALL["mouth"]
    assert GROUPS["nose"] == ALL["nose"]
    assert set(GROUPS["eyes"]) == {*ALL["left-eye"], *ALL["right-eye"]}


def test_what_moves():
    assert moved_points({"mouth": (0, 1), "nose": (0, 0)}).nonzero()[0].tolist() == list(range(48, 68))


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        ({"ears": (0, 1)}, "one of nose, eyes, mouth"),
        ({"nose": (0, 99)}, "at most 32 px"),
        ({"nose": (float("nan"), 0)}, "at most 32 px"),
    ],
)
def test_moves_that_cannot_be_made(moves, said):
    with pytest.raises(InputError, match=said):
        check_moves(moves)
