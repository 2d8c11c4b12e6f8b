"""`bonaface restore`: thumbnails, masks, whole photographs, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image

from running import run


@pytest.fixture(scope="module")
def crop(astronaut, locator) -> np.ndarray:
    """(128, 128, 3) uint8: the astronaut's face, aligned."""
    from bonaface.faces.crops import CELEBA, cut, to_crop

    face = locator.faces(astronaut)[0]
    image = cut(astronaut.astype(np.float32) / 255, to_crop(face.landmarks, 128, CELEBA), 128)
    return np.rint(image * 255).astype(np.uint8)


@pytest.fixture
def thumbnails(tmp_path, crop) -> Path:
    """Three faces of 16 px, and in the folder beside it a mask for each."""
    for name in ("in", "masks"):
        (tmp_path / name).mkdir()
    for number in range(3):
        mask = np.zeros((128, 128), np.uint8)
        mask[40 + 20 * number : 70 + 20 * number, 30:90] = 255
        bare = np.where(mask[..., None] > 0, 0, crop).astype(np.uint8)
        Image.fromarray(cv2.resize(bare, (16, 16), interpolation=cv2.INTER_AREA)).save(tmp_path / f"in/{number}.png")
        Image.fromarray(mask).save(tmp_path / f"masks/{number}.png")
    return tmp_path / "in"


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(skimage.data.astronaut()).save(path)
    return path


def test_a_folder_of_thumbnails(thumbnails, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("restore", thumbnails, "--aligned", "--model", "pro-uigan-compact", "--out", out) == 0
    assert sorted(path.name for path in out.iterdir()) == ["0.png", "1.png", "2.png", "restore.jsonl"]
    for path in out.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.size == (128, 128)
            assert picture.mode == "RGB"
    said = capsys.readouterr()
    assert "3 faces restored, each as a crop of 128x128 px" in said.out
    assert said.err.count("\n") == 1
    assert "non-commercial research" in said.err


def test_results_do_not_depend_on_what_else_is_restored(thumbnails, tmp_path):
    assert run("restore", thumbnails, "--aligned", "--out", tmp_path / "all") == 0
    assert run("restore", thumbnails / "1.png", "--aligned", "--out", tmp_path / "one") == 0
    assert (tmp_path / "all/1.png").read_bytes() == (tmp_path / "one/1.png").read_bytes()


def test_as_the_public_function(thumbnails, tmp_path):
    import bonaface

    assert run("restore", thumbnails / "0.png", "--aligned", "--out", tmp_path / "out", "--occlusion",
               tmp_path / "masks/0.png") == 0  # fmt: skip
    made = bonaface.restore(thumbnails / "0.png", "pro-uigan-compact", occlusion=tmp_path / "masks/0.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out/0.png")), np.rint(made * 255).astype(np.uint8))


def test_masks_by_name(thumbnails, tmp_path):
    assert run("restore", thumbnails, "--aligned", "--out", tmp_path / "a", "--mask", tmp_path / "masks") == 0
    assert run("restore", thumbnails, "--aligned", "--out", tmp_path / "b") == 0
    for name in ("0.png", "1.png", "2.png"):
        assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "b" / name).read_bytes()
        record = json.loads(Image.open(tmp_path / "a" / name).text["bonaface"])
        assert record["restorer"] == "pro-uigan-compact"
        assert len(record["mask_sha256"]) == 64
        assert "mask_sha256" not in json.loads(Image.open(tmp_path / "b" / name).text["bonaface"])
    assert "Not for identification" in Image.open(tmp_path / "a/0.png").text["Description"]


def test_what_fails_is_listed_and_the_rest_is_done(thumbnails, tmp_path, crop, capsys):
    (tmp_path / "masks/0.png").unlink()
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "masks/1.png")
    Image.fromarray(crop).save(thumbnails / "large.png")
    Image.fromarray(np.zeros((128, 128), np.uint8)).save(tmp_path / "masks/large.png")
    (thumbnails / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    Image.fromarray(np.zeros((128, 128), np.uint8)).save(tmp_path / "masks/broken.png")
    Image.fromarray(np.zeros((128, 128), np.uint8)).save(tmp_path / "masks/alone.png")
    out = tmp_path / "out"
    assert run("restore", thumbnails, "--aligned", "--out", out, "--mask", tmp_path / "masks") == 1
    said = " ".join(capsys.readouterr().err.split())
    assert sorted(path.name for path in out.iterdir()) == ["2.png", "restore.jsonl"]
    assert "0.png: no mask of the name 0" in said
    assert "64x64 pixels; expected 128x128" in said
    assert "reads faces of 16x16" in said
    assert "broken.png" in said
    assert "without a picture of their name: alone.png" in said


def test_nothing_done_is_bad_input(thumbnails, tmp_path, crop, capsys):
    Image.fromarray(crop).save(tmp_path / "large.png")
    assert run("restore", tmp_path / "large.png", "--aligned", "--out", tmp_path / "out") == 2
    assert "--reduce" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert run("restore", tmp_path / "large.png", "--aligned", "--reduce", "--out", tmp_path / "out") == 0


def test_results_are_not_replaced_unless_asked(thumbnails, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "1.png").write_bytes(b"mine")
    assert run("restore", thumbnails, "--aligned", "--out", out) == 2
    assert [path.name for path in out.iterdir()] == ["1.png"]
    assert "--overwrite" in capsys.readouterr().err
    assert run("restore", thumbnails, "--aligned", "--out", out, "--overwrite") == 0
    assert (out / "1.png").read_bytes() != b"mine"


def test_inputs_are_never_replaced(thumbnails, capsys):
    before = {path.name: path.read_bytes() for path in thumbnails.iterdir()}
    assert run("restore", thumbnails, "--aligned", "--out", thumbnails, "--overwrite") == 2
    assert "never overwritten" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in thumbnails.iterdir()} == before


def test_interpolations(thumbnails, tmp_path, capsys):
    assert run("restore", thumbnails, "--aligned", "--model", "bicubic", "--out", tmp_path / "out") == 0
    assert Image.open(tmp_path / "out/0.png").size == (128, 128)
    assert "invented" not in Image.open(tmp_path / "out/0.png").text["Description"]
    assert capsys.readouterr().err == ""  # no weights, no terms
    assert run("restore", thumbnails, "--aligned", "--model", "bicubic", "--out", tmp_path / "more", "--mask",
               tmp_path / "masks") == 2  # fmt: skip
    assert "takes no occlusion" in " ".join(capsys.readouterr().err.split())


def test_that_crops_are_delivered_is_said(photo, tmp_path, capsys):
    assert run("restore", photo, "--model", "lanczos", "--out", tmp_path / "out") == 0
    said = capsys.readouterr()
    err = " ".join(said.err.split())
    assert "Note: lanczos delivers faces as crops, which are not put back into the photograph" in err
    assert "gfpgan-1.4" in err
    assert "1 face restored, as a crop of 128x128 px" in said.out
    assert run("restore", photo, "--model", "lanczos", "--crops", "--out", tmp_path / "asked") == 0
    assert "not put back" not in capsys.readouterr().err


def test_a_folder_of_crops_is_gone_on_with(thumbnails, tmp_path, capsys):
    words = ("restore", thumbnails, "--aligned", "--out", tmp_path / "out")
    assert run(*words) == 0
    (tmp_path / "out/1.png").unlink()
    capsys.readouterr()
    assert run(*words) == 0
    said = capsys.readouterr()
    assert "2 of 3 were done already" in " ".join(said.err.split())
    assert "1 face restored" in said.out
    assert run(*words) == 0
    assert f"Nothing was left to do: {tmp_path / 'out'}" in " ".join(capsys.readouterr().out.split())
    assert run(*words, "--reduce") == 2
    assert "0.png and 2 more are there already" in " ".join(capsys.readouterr().err.split())


def test_edits_and_landmarks(thumbnails, tmp_path):
    face = thumbnails / "0.png"
    points = np.random.default_rng(0).uniform(30, 100, (68, 2))
    (tmp_path / "points.txt").write_text("\n".join(f"{x},{y}" for x, y in points), encoding="utf-8")
    assert run("restore", face, "--aligned", "--out", tmp_path / "plain") == 0
    assert (
        run("restore", face, "--aligned", "--out", tmp_path / "moved", "--edit", "mouth=0,6", "--edit", "eyes=-1,0")
        == 0
    )
    assert run("restore", face, "--aligned", "--out", tmp_path / "told", "--landmarks", tmp_path / "points.txt") == 0
    results = [(tmp_path / name / "0.png") for name in ("plain", "moved", "told")]
    assert len({path.read_bytes() for path in results}) == 3
    record = json.loads(Image.open(results[1]).text["bonaface"])
    assert record["edit"] == {"mouth": [0.0, 6.0], "eyes": [-1.0, 0.0]}
    assert len(json.loads(Image.open(results[2]).text["bonaface"])["landmarks"]) == 68


def test_a_photograph(photo, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("restore", photo, "--out", out) == 0
    assert sorted(path.name for path in out.iterdir()) == ["photo.png", "restore.jsonl"]
    record = json.loads(Image.open(out / "photo.png").text["bonaface"])
    assert record["face"]["detector"] == "hog"
    assert np.array(record["face"]["to_crop"]).shape == (2, 3)
    said = capsys.readouterr().err
    assert "iBUG 300-W" in said
    assert "is the better picture" not in said  # 175 px in the photograph


def test_a_place_that_a_person_names(photo, tmp_path):
    mask = np.zeros((512, 512), np.uint8)
    mask[140:170, 190:260] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    words = ("--box", "179,83,266,170", "--occlusion", tmp_path / "mask.png")
    assert run("restore", photo, "--out", tmp_path / "out", *words) == 0
    record = json.loads(Image.open(tmp_path / "out/photo.png").text["bonaface"])
    assert record["face"]["detector"] == "given"
    assert "mask_sha256" in record


def test_several_faces_have_numbers(tmp_path, astronaut, capsys):
    both = np.concatenate([astronaut[:320], astronaut[:320, ::-1]], axis=1)
    Image.fromarray(both).save(tmp_path / "two.png")
    assert run("restore", tmp_path / "two.png", "--out", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["two-face1.png", "two-face2.png"]
    assert run("restore", tmp_path / "two.png", "--out", tmp_path / "second", "--face", 2) == 0
    second = tmp_path / "second/two-face2.png"
    assert np.array_equal(np.asarray(Image.open(second)), np.asarray(Image.open(tmp_path / "out/two-face2.png")))


def test_no_face_is_a_failure_and_no_picture(photo, tmp_path, capsys):
    Image.fromarray(np.full((200, 200, 3), 150, np.uint8)).save(tmp_path / "wall.png")
    assert run("restore", photo, tmp_path / "wall.png", "--out", tmp_path / "out") == 1
    assert "No face was found in wall.png" in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in (tmp_path / "out").glob("*.png")] == ["photo.png"]
    assert run("restore", tmp_path / "wall.png", "--out", tmp_path / "none") == 2
    assert not (tmp_path / "none").exists()


def test_where_the_detector_is_not_sure_it_is_said(tmp_path, data, capsys):
    assert run("restore", data / "groups/1.jpg", "--out", tmp_path / "out") == 0
    assert "not sure that there is a face" in capsys.readouterr().err


def test_a_masked_face_that_only_the_network_finds(tmp_path, data):
    assert run("restore", data / "occluded/004.jpg", "--out", tmp_path / "out") == 0
    record = json.loads(Image.open(tmp_path / "out/004.png").text["bonaface"])
    assert record["face"]["detector"] == "network"


def test_a_masked_face_that_no_detector_finds(tmp_path, data, capsys):
    photo = data / "occluded/007.jpg"
    assert run("restore", photo, "--out", tmp_path / "out") == 2
    assert "--box" in capsys.readouterr().err
    assert run("restore", photo, "--out", tmp_path / "out", "--box", "60,60,220,240") == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--aligned", "--face", "1"], "holds one face"),
        (["--aligned", "--box", "1,2,30,40"], "holds one face"),
        (["--reduce"], "--reduce is for --aligned"),
        (["--box", "1,2,3"], "four numbers"),
        (["--edit", "mouth=4"], "NAME=RIGHT,DOWN"),
        (["--edit", "ear=0,4"], "one of nose, eyes, mouth"),
        (["--edit", "mouth=0,400"], "at most 32 px"),
        (["--edit", "mouth=0,4", "--edit", "mouth=1,1"], "twice"),
        (["--model", "pro-uigan"], "pro-uigan-compact"),
        (["--mask", "nowhere"], "no file or folder called nowhere"),
    ],
)
def test_usage(photo, tmp_path, capsys, words, said):
    assert run("restore", photo, "--out", tmp_path / "out", *words) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_masks_and_occlusions_are_not_mixed_up(thumbnails, tmp_path, capsys):
    mask = tmp_path / "masks/0.png"
    start = ("restore", thumbnails, "--aligned", "--out", tmp_path / "out")
    assert run(*start, "--mask", mask) == 2
    assert run(*start, "--occlusion", tmp_path / "masks") == 2
    assert run(*start, "--occlusion", mask) == 2
    assert run(*start, "--occlusion", mask, "--mask", tmp_path / "masks") == 2
    said = capsys.readouterr().err
    for text in ("expected a folder of masks", "For a folder, use --mask", "several were given", "Both --mask and"):
        assert text in said


def test_two_pictures_of_one_name(thumbnails, tmp_path, capsys):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/0.png").write_bytes((thumbnails / "0.png").read_bytes())
    assert run("restore", thumbnails, tmp_path / "other", "--aligned", "--out", tmp_path / "out") == 2
    assert "would both become 0.png" in capsys.readouterr().err
