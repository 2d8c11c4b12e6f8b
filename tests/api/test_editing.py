"""`edit`: one expression changed in a photograph, and nothing else."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from PIL import Image

import bonaface
from bonaface.api.editors import best_here, check_commercial, target_of, usable
from bonaface.core.errors import FaceNotFound, InputError, UnknownName
from bonaface.edit import EDITORS
from bonaface.edit.sharpness import relative_blur
from bonaface.faces.align import transform
from bonaface.faces.crops import cut
from known_edits import made, moved, redden
from made_layers import made_layer
from made_restorers import group
from running import run

RIDGE = EDITORS["ridge"]


@pytest.fixture(scope="module")
def three(astronaut):
    return group(astronaut)


def levels(image):
    return np.rint(image * 255).astype(np.uint8)


@pytest.mark.parametrize("editor", ["ridge", made(redden)], ids=["ridge", "made"])
def test_outside_of_the_region_nothing_changes(astronaut, editor):
    photo = bonaface.edit(astronaut, to="neutral", editor=editor)
    assert photo.status == "ok"
    assert 0.01 < photo.changed.mean() < 0.15
    assert (photo.image[~photo.changed] == photo.before[~photo.changed]).all()
    assert (levels(photo.before) == astronaut).all()
    assert (levels(photo.image) != astronaut).any(axis=2).sum() > 0.5 * photo.changed.sum()
    (face,) = photo.faces
    x0, y0, x1, y1 = face.face.box
    rows, columns = np.nonzero(photo.changed)
    assert abs(columns.mean() - (x0 + x1) / 2) < 0.1 * (x1 - x0)
    assert y0 - 0.6 * (y1 - y0) < rows.min() < rows.max() < y1 + 0.3 * (y1 - y0)


def test_the_ridge_changes_the_mouth_of_a_smile(astronaut):
    """It closes the astronaut's: the teeth get darker, and the mouth changes more than the brows."""
    photo = bonaface.edit(astronaut, to="neutral", editor="ridge")
    face = photo.faces[0].face
    apart = np.abs(photo.image - photo.before).mean(axis=2)

    def around(points):
        x, y = np.round(points.mean(axis=0)).astype(int)
        return np.s_[y - 3 : y + 4, x - 6 : x + 7]

    teeth, brows = around(face.landmarks[60:68]), around(face.landmarks[17:22])
    assert photo.image[teeth].mean() < photo.before[teeth].mean() - 0.1
    assert apart[teeth].mean() > 4 * apart[brows].mean()


def test_a_happy_face_is_read_as_happy(data, read):
    """By the expression reader, on people of the London set that the layer was not trained on, or at least most."""
    names = sorted(path.name for path in (data / "london" / "neutral").glob("*.jpg"))[::8]
    rises = []
    for name in names:
        given = read(data / "london" / "neutral" / name)
        made_happy = bonaface.edit(given, to="happy", editor="ridge").image
        before, after = (
            bonaface.read_expression(image).probabilities["happiness"] for image in (given, levels(made_happy))
        )
        rises.append(after - before)
    assert np.mean(np.array(rises) > 0) >= 0.8


def test_no_strength_gives_back_the_photograph(astronaut):
    photo = bonaface.edit(astronaut, to="neutral", editor="ridge", strength=0)
    assert (photo.image == photo.before).all()
    assert not photo.changed.any()
    assert "the strength is 0: the picture is as it was" in photo.notes


def test_the_strength_scales(astronaut):
    half, whole, more = (
        bonaface.edit(astronaut, to="neutral", editor="ridge", strength=s).image for s in (0.5, 1.0, 1.5)
    )
    given = astronaut / np.float32(255)
    assert np.abs(half - given).sum() == pytest.approx(0.5 * np.abs(whole - given).sum(), rel=0.02)
    assert np.abs(more - given).sum() > 1.3 * np.abs(whole - given).sum()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"strength": -0.1}, "strength is -0.1; expected 0"),
        ({"strength": 9}, "strength is 9; expected 0"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"sharpness": "high"}, "'high'; expected input or editor"),
        ({"face": 2}, "Face 2 was asked for, but 1 found"),
        ({"face": 2, "box": (179, 83, 266, 170)}, "A box says where the one face is, and face 2 was asked for"),
        ({"face": None, "box": (179, 83, 266, 170)}, "and all faces were asked for"),
        ({"face": 3, "landmarks": np.zeros((68, 2))}, "Landmarks say where the one face is, and face 3 was asked for"),
        ({"box": (0, 0, 4, 4)}, "no face"),
        ({"box": (900, 900, 1000, 1000)}, "lies outside"),
        ({"knobs": {"w": 1}}, "no knob called 'w'"),
        ({"region": np.zeros((512, 512), bool)}, "0 of them white"),
        ({"region": np.ones((16, 16), bool)}, "16x16 pixels; expected 512x512"),
        ({"region": np.random.default_rng(0).integers(0, 255, (512, 512), dtype=np.uint8)}, "where the picture may"),
    ],
)
def test_settings_that_mean_nothing(astronaut, settings, why):
    with pytest.raises(InputError, match=why):
        bonaface.edit(astronaut, to="neutral", editor="ridge", **settings)


def test_the_largest_face_or_one_or_all(three):
    largest, second, every = (bonaface.edit(three, "happy", made(redden), face=face) for face in (1, 2, None))
    assert [face.number for face in largest.faces] == [1]
    assert [face.number for face in second.faces] == [2]
    assert [face.number for face in every.faces] == [1, 2, 3]
    assert not (largest.changed & second.changed).any()
    assert (every.changed >= (largest.changed | second.changed)).all()
    for one in (largest, second):
        np.testing.assert_allclose(every.image[one.changed], one.image[one.changed], atol=1e-6)


def test_a_box_where_no_face_is_found():
    """A face as a few shapes, as an avatar's: no detector finds it."""
    drawn = np.full((300, 300, 3), 230, np.uint8)
    cv2.ellipse(drawn, (150, 160), (70, 90), 0, 0, 360, (200, 160, 140), -1)
    for x in (120, 180):
        cv2.circle(drawn, (x, 135), 9, (40, 40, 40), -1)
    cv2.ellipse(drawn, (150, 200), (28, 10), 0, 0, 180, (150, 60, 60), -1)
    with pytest.raises(FaceNotFound, match=r"--box or --landmarks.*paintings, statues, avatars and animals"):
        bonaface.edit(drawn, to="happy")
    photo = bonaface.edit(drawn, to="happy", box=(80, 90, 220, 240))
    assert photo.given == "box"
    assert photo.faces[0].face.detector == "given"
    assert any("given as a box, in which its landmarks were predicted" in note for note in photo.notes)
    assert photo.changed[80:240, 80:220].mean() > 0.5
    assert (levels(photo.image)[~photo.changed] == drawn[~photo.changed]).all()


def test_landmarks_say_where_the_face_is(astronaut):
    found = bonaface.edit(astronaut, "neutral")
    given = bonaface.edit(astronaut, "neutral", landmarks=found.faces[0].face.landmarks)
    assert given.given == "landmarks"
    assert (given.changed == found.changed).all()
    np.testing.assert_allclose(given.image, found.image, atol=1e-6)


def test_a_face_that_is_too_small(astronaut):
    small = cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)
    with pytest.raises(InputError, match=r"face 1 is too small: its crop is .. px wide, where the editor reads 256"):
        bonaface.edit(small, "neutral")


def test_one_that_is_too_small_among_others(astronaut):
    head = astronaut[0:240, 110:350]
    scene = np.full((240, 400, 3), 150, np.uint8)
    scene[:, :240] = head
    scene[80:160, 280:360] = cv2.resize(head, (80, 80), interpolation=cv2.INTER_AREA)
    photo = bonaface.edit(scene, "neutral", face=None)
    assert [face.status for face in photo.faces] == ["ok", "failed"]
    assert "too small" in photo.faces[1].why
    assert photo.status == "partly"
    assert not photo.changed[:, 280:].any()


def test_a_region_limits_the_change(astronaut, tmp_path):
    region = np.zeros((512, 512), np.uint8)
    region[100:140, 195:255] = 255
    Image.fromarray(region).save(tmp_path / "mask.png")
    photo = bonaface.edit(astronaut, "neutral", region=tmp_path / "mask.png")
    assert photo.changed.any()
    assert not photo.changed[region == 0].any()
    assert photo.changed[region > 0].all()
    # Its edge is soft, and lies inside.
    apart = np.abs(photo.image - photo.before).mean(axis=2)
    assert apart[100, 195:255].mean() < 0.3 * apart[110, 200:250].mean()


def test_a_region_beside_the_face(astronaut):
    region = np.zeros((512, 512), bool)
    region[480:, :60] = True
    photo = bonaface.edit(astronaut, "neutral", region=region)
    assert photo.status == "failed"
    assert "make it reach into the face" in photo.faces[0].why
    assert (photo.image == photo.before).all()


def test_an_editor_that_takes_a_region_is_told_where(astronaut):
    card = made(redden, takes_region=True)
    photo = bonaface.edit(astronaut, "happy", card)
    ((target, region),) = card.load({}).asked
    assert target == "happy"
    face = photo.faces[0]
    points = np.round(transform(face.face.landmarks, face.to_crop)).astype(int)
    assert region.shape == (256, 256)
    assert region.dtype == bool
    assert region[points[48:68, 1], points[48:68, 0]].all()  # the mouth moves, the point of the chin does not
    assert not region[points[7:10, 1], points[7:10, 0]].any()
    whole = bonaface.edit(astronaut, "happy", made(redden))
    assert photo.changed.sum() < 0.9 * whole.changed.sum()


BAD = {
    "stopped": (lambda image: 1 / 0, "ZeroDivisionError"),
    "nan": (lambda image: np.full_like(image, np.nan), "NaN"),
    "size": (lambda image: image[:128, :128], "128x128 pixels; expected 256x256"),
    "flat": (lambda image: np.zeros_like(image), "black everywhere"),
    "same": (lambda image: image, "exactly what it was given"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_failure_is_no_edit(astronaut, kind):
    change, why = BAD[kind]
    photo = bonaface.edit(astronaut, "happy", made(change))
    assert photo.status == "failed"
    assert why in photo.faces[0].why
    assert (photo.image == photo.before).all()
    assert not photo.changed.any()


def test_noise_depends_on_the_seed(astronaut):
    card = made(lambda image, rng: np.clip(image + rng.normal(0, 0.1, image.shape), 0, 1), random=True)
    first, again, other = (bonaface.edit(astronaut, "happy", card, seed=seed).image for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


BLURS = {
    "sharp": lambda image: image,
    "gauss": lambda image: cv2.GaussianBlur(image, (0, 0), 4),
    "motion": lambda image: moved(15, 30, image),
}


@pytest.mark.parametrize("kind", BLURS)
def test_a_photograph_stays_as_sharp_as_it_is(data, read, kind):
    """Three people of the London set: masked regression softens what is sharp, and sharpens what is blurred."""
    names = sorted(path.name for path in (data / "london" / "smiling").glob("*.jpg"))[::27]
    kept, left = [], []
    for name in names:
        given = BLURS[kind](read(data / "london" / "smiling" / name))
        for into, sharpness in ((kept, "input"), (left, "editor")):
            photo = bonaface.edit(given, "neutral", "ridge", sharpness=sharpness)
            face = photo.faces[0]
            before, after = (cut(image, face.to_crop, 256) for image in (photo.before, photo.image))
            into.append(np.abs(relative_blur(before, after, face.weight).sigmas).max())
    assert np.mean(kept) < 0.65 * np.mean(left)


def test_editors_and_what_they_can_make():
    assert target_of(RIDGE, "Smile") == "happy"
    assert usable(RIDGE) == ""
    assert best_here("happiness").id in ("ridge", "reggan-compact")
    with pytest.raises(InputError, match=r"a face sad: it makes faces happy, neutral.*train ridge --pairs"):
        target_of(RIDGE, "sad")
    with pytest.raises(UnknownName, match="Did you mean happy"):
        target_of(RIDGE, "hapy")
    with pytest.raises(UnknownName, match="no editor called 'rigde'"):
        bonaface.edit("photo.png", "happy", "rigde")


def test_without_an_editor_the_command_and_python_choose_alike(astronaut, tmp_path, monkeypatch):
    from bonaface.api import editors

    photo = bonaface.edit(astronaut, "neutral")
    assert photo.editor == best_here("neutral").id == EDITORS.ids[0]
    assert (photo.image == bonaface.edit(astronaut, "neutral", photo.editor).image).all()
    Image.fromarray(astronaut).save(tmp_path / "photo.png")
    assert run("edit", tmp_path / "photo.png", "--to", "neutral", "--out", tmp_path / "out") == 0
    (line,) = (tmp_path / "out" / "edit.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["editor"] == photo.editor
    monkeypatch.setattr(editors, "usable", lambda card: "its weights are not here" if card is not RIDGE else "")
    assert bonaface.edit(astronaut, "neutral").editor == "ridge"
    with pytest.raises(InputError, match="No editor that makes a face angry can be used here"):
        bonaface.edit(astronaut, "angry")


def test_a_layer_is_for_an_editor_that_is_named(astronaut, tmp_path, capsys):
    file = made_layer(tmp_path / "own.onnx", target="neutral")
    with pytest.raises(InputError, match=r"no editor that it is for. Name it \(--with ridge; in Python, editor="):
        bonaface.edit(astronaut, "neutral", weights=file)
    Image.fromarray(astronaut).save(tmp_path / "photo.png")
    words = ("edit", tmp_path / "photo.png", "--to", "neutral", "--out", tmp_path / "out", "--weights", file)
    assert run(*words) == 2
    assert "Name it (--with ridge" in capsys.readouterr().err


def test_a_number_beside_a_box_is_refused_by_the_command(astronaut, tmp_path, capsys):
    Image.fromarray(astronaut).save(tmp_path / "photo.png")
    words = ("edit", tmp_path / "photo.png", "--to", "neutral", "--out", tmp_path / "out", "--box", "179,83,266,170")
    for number, said in (("2", "face 2 was asked for"), ("all", "all faces were asked for")):
        assert run(*words, "--face", number) == 2
        assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()
    assert run(*words, "--face", "1") == 0


def test_an_extra_that_is_not_installed(astronaut, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "diffusers" else find(name))
    with pytest.raises(InputError, match=r"instruct-pix2pix needs .*diffusers.*bonaface\[diffusion\]"):
        bonaface.edit(astronaut, "angry", "instruct-pix2pix")
    assert "bonaface[diffusion]" in usable(EDITORS["instruct-pix2pix"])


def test_commercial_use(astronaut):
    both = r"--commercial-only; in Python, commercial_only=True\).*shape_predictor_68_face_landmarks.dat: iBUG.*"
    with pytest.raises(InputError, match=both + r"\(--landmarks; in Python, landmarks=\)"):
        bonaface.edit(astronaut, "neutral", commercial_only=True)
    points = bonaface.edit(astronaut, "neutral").faces[0].face.landmarks
    photo = bonaface.edit(astronaut, "neutral", landmarks=points, commercial_only=True)
    assert (photo.status, photo.editor) == ("ok", "ridge")
    check_commercial(RIDGE, own=False, landmarks=True)
    assert best_here("happy", commercial_only=True) is RIDGE


def test_a_layer_of_ones_own(astronaut, tmp_path):
    file = made_layer(tmp_path / "own.onnx", 0.8, "bored", shift=0.1)
    photo = bonaface.edit(astronaut, "bored", "ridge", weights=file, sharpness="editor")
    assert photo.status == "ok"
    x, y = np.round(photo.faces[0].face.landmarks[30]).astype(int)
    np.testing.assert_allclose(photo.image[y, x], 0.8 * photo.before[y, x] + 0.1, atol=0.03)
    with pytest.raises(InputError, match="makes faces bored; happy was asked for"):
        bonaface.edit(astronaut, "happy", "ridge", weights=file)
    with pytest.raises(InputError, match="There is no file"):
        bonaface.edit(astronaut, "happy", "ridge", weights=tmp_path / "none.onnx")
    with pytest.raises(InputError, match="instruct-pix2pix has no expression layer"):
        bonaface.edit(astronaut, "happy", "instruct-pix2pix", weights=file)


def test_the_region_of_a_real_expression_is_where_the_face_changes(data):
    from bonaface.api.changed_region import changed_region
    from bonaface.api.wiring import locator
    from bonaface.io.pictures import read_picture

    name = sorted(path.name for path in (data / "london" / "neutral").glob("*.jpg"))[3]
    neutral = read_picture(data / "london" / "neutral" / name)
    region = changed_region(neutral, data / "london" / "smiling" / name)
    assert region.shape == neutral.pixels.shape[:2]
    points = locator().faces(neutral.pixels)[0].landmarks.astype(int)
    held = region[points[48:60, 1], points[48:60, 0]]
    assert held.mean() > 0.7  # the mouth is what a smile changes
    assert 0.005 < region.mean() < 0.2
    everywhere = changed_region(neutral, data / "london" / "smiling" / name, within_face=False)
    assert everywhere.mean() > region.mean()
    with pytest.raises(bonaface.BonafaceError, match="No pixel of the two pictures differs"):
        changed_region(neutral, data / "london" / "neutral" / name)
