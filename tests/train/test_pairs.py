"""Pairs of photographs: laid on each other, and refused where they cannot be."""

import shutil

import numpy as np
import pytest

from bonaface.core.errors import InputError
from bonaface.faces.align import transform
from bonaface.io.pictures import write_picture
from bonaface.measure.movement import STABLE
from bonaface.train.pairs import open_pairs

NAMES = ("001", "002", "003", "004")


@pytest.fixture(scope="module")
def folders(data, tmp_path_factory):
    """Four people of London, neutral and smiling."""
    place = tmp_path_factory.mktemp("pairs")
    for expression in ("neutral", "smiling"):
        (place / expression).mkdir()
        for name in NAMES:
            shutil.copy(data / "london" / expression / f"{name}.jpg", place / expression)
    return place / "neutral", place / "smiling"


def landmarks(crop):
    from bonaface.api.wiring import tools

    return tools().locator.faces(crop)[0].landmarks


def test_heads_lie_on_each_other(folders):
    pairs = open_pairs(*folders)
    assert pairs.names == NAMES
    assert pairs.inputs.shape == pairs.targets.shape == (4, 256, 256, 3)
    assert pairs.inputs.dtype == np.uint8
    assert not pairs.skipped
    for one, other in zip(pairs.inputs, pairs.targets, strict=True):
        first, second = landmarks(one), landmarks(other)
        apart = np.hypot(*(first - second)[list(STABLE)].T).mean()
        mouth = np.hypot(*(first - second)[48:68].T).mean()
        assert apart < 4  # of about 65 px between the eyes
        assert mouth > apart


def test_names_without_a_partner_are_listed(folders, tmp_path):
    shutil.copytree(folders[0], tmp_path / "neutral")
    shutil.copytree(folders[1], tmp_path / "smiling")
    (tmp_path / "smiling" / "002.jpg").unlink()
    (tmp_path / "neutral" / "004.jpg").unlink()
    pairs = open_pairs(tmp_path / "neutral", tmp_path / "smiling")
    assert pairs.names == ("001", "003")
    assert len(pairs.skipped) == 2
    assert all("no picture of that name in" in one.why for one in pairs.skipped)


def test_pairs_of_different_people_are_listed(folders, tmp_path):
    shutil.copytree(folders[0], tmp_path / "neutral")
    shutil.copytree(folders[1], tmp_path / "smiling")
    shutil.copy(folders[1] / "002.jpg", tmp_path / "smiling" / "001.jpg")
    pairs = open_pairs(tmp_path / "neutral", tmp_path / "smiling")
    assert "001" not in pairs.names
    assert "002" in pairs.names
    (one,) = pairs.skipped
    assert one.name == "001"
    assert "apart" in one.why
    assert "same person" in one.why


def test_pictures_without_a_face_are_listed_and_nothing_left_is_an_error(folders, tmp_path):
    grey = np.full((200, 200, 3), 0.5, np.float32)
    for expression in ("a", "b"):
        (tmp_path / expression).mkdir()
        write_picture(tmp_path / expression / "x.png", grey)
    with pytest.raises(InputError, match=r"No pair of .* can be used.*no face was found"):
        open_pairs(tmp_path / "a", tmp_path / "b")


def test_heads_turned_differently_cannot_be_laid_on_each_other():
    from bonaface.core.cases import Face
    from bonaface.train.pairs import _check_moved, laid_on

    rng = np.random.default_rng(0)
    points = rng.random((68, 2)) * 100
    points[36], points[45] = (20, 40), (80, 40)
    turned = points * [0.6, 1.0] + np.where(np.arange(68) % 2, 14, 0)[:, None] * [1, 0]
    faces = [Face((0, 0, 100, 100), points), Face((0, 0, 100, 100), turned)]
    same = np.array([[1.0, 0, 0], [0, 1, 0]])
    with pytest.raises(InputError, match="cannot be laid on each other"):
        _check_moved(faces, same, laid_on(faces[0], faces[1], same), 100)
    rigid = transform(points, np.array([[0.8, -0.3, 5], [0.3, 0.8, 9]]))
    alike = [faces[0], Face((0, 0, 100, 100), rigid)]
    _check_moved(alike, same, laid_on(*alike, same), 100)
