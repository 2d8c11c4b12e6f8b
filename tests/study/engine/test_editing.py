"""What editors are given, what they deliver, and what it is compared with."""

import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest

from bonaface.core.errors import FaceNotFound, ImageError, InputError
from bonaface.core.images import Picture
from bonaface.degrade import Degraded
from bonaface.edit.mask import landmark_mask
from bonaface.faces.crops import CELEBA, cut, to_crop
from bonaface.io.pictures import write_picture
from bonaface.study.engine.editing import Edited, edited, fed_to, real_of
from bonaface.study.engine.feeding import Truth, framed
from bonaface.study.engine.scoring import Scorer
from bonaface.study.engine.store import Store
from bonaface.study.engine.work import Chunk, Shared, Task, Worker
from bonaface.study.plan.faces import subjects
from bonaface.study.plan.plans import Asked, Damage, Grid, Plan

pytestmark = pytest.mark.usefixtures("made_editors")


@pytest.fixture(scope="module")
def truth(expressive):
    return framed(subjects(expressive)[0].read(), "ffhq", 96)


@pytest.fixture(scope="module")
def real(expressive, truth):
    return real_of(subjects(expressive)[0].real["happy"].read(), truth)


def test_an_editor_reads_the_face_in_its_own_framing_and_size(truth):
    seen = Degraded(truth.image)
    given = fed_to(Asked("tinted", {}, "happy"), seen, truth)
    assert given.image.shape == (64, 64, 3)
    assert given.to_output is None, "the truth is framed as it reads faces"
    assert given.size == (64, 64)
    close = fed_to(Asked("close", {}, "happy"), seen, truth)
    matrix = to_crop(truth.face.landmarks, 64, CELEBA)
    np.testing.assert_allclose(close.to_output, matrix)
    np.testing.assert_allclose(close.image, cut(truth.image, matrix, 64), atol=1e-6)
    assert given.region is None
    with pytest.raises(FaceNotFound):
        fed_to(Asked("tinted", {}, "happy"), seen, replace(truth, face=None))


@pytest.mark.parametrize("name", ["within", "told"])
def test_an_editor_that_can_be_told_where_is_told_by_landmarks(name, truth):
    given = fed_to(Asked(name, {}, "happy"), Degraded(truth.image), truth)
    points = (truth.face.landmarks + 0.5) * 64 / 96 - 0.5
    np.testing.assert_array_equal(given.region, landmark_mask(points, (64, 64), "happy") > 0)
    mouth, brow = points[62].round().astype(int), points[19].round().astype(int)
    assert given.region[mouth[1], mouth[0]]
    made = edited(Asked(name, {}, "happy"), given, "face", 0)
    assert (made[given.region] == 1).all()
    assert made[brow[1], brow[0]].max() < 1 or given.region[brow[1], brow[0]]


def test_an_editor_that_need_not_be_told_can_be_left_alone(truth):
    """S0's InstructPix2Pix and SDXL refiner had the whole face."""
    whole = Asked("told", {}, "happy", whole=True)
    assert whole.label == "told(whole=True): happy"
    given = fed_to(whole, Degraded(truth.image), truth)
    assert given.region is None
    np.testing.assert_allclose(edited(whole, given, "face", 0), given.image * 0.5 + 0.5, atol=1.01 / 255)
    with pytest.raises(InputError, match="within has to be told where to paint"):
        Asked("within", whole=True)
    with pytest.raises(InputError, match="tinted is never told where to paint"):
        Asked("tinted", whole=True)


def test_what_is_random_is_the_same_for_all_damages_of_a_face(truth):
    asked = Asked("noisy", {}, "happy")
    plain = fed_to(Asked("noisy", {}, "happy"), Degraded(truth.image), truth)
    dark = fed_to(Asked("noisy", {}, "happy"), Degraded(truth.image * np.float32(0.5)), truth)
    inside = (plain.image > 0.35) & (plain.image < 0.6) & (dark.image > 0.2)
    first, second = edited(asked, plain, "face", 0), edited(asked, dark, "face", 0)
    noise = [made - given.image for made, given in ((first, plain), (second, dark))]
    assert inside.sum() > 100
    clipped = inside & (first > 0) & (first < 1) & (second > 0) & (second < 1)
    np.testing.assert_allclose(noise[0][clipped], noise[1][clipped], atol=1.01 / 255)
    assert not np.array_equal(first, edited(asked, plain, "face", 1))
    assert not np.array_equal(first, edited(asked, plain, "another", 0))
    assert not np.array_equal(first, edited(asked.asked_for("sad"), plain, "face", 0))
    called = replace(asked, name="something else")
    assert np.array_equal(first, edited(called, plain, "face", 0)), "a label is in no key, and changes no pixel"


def test_knobs_reach_the_editor(truth):
    given = fed_to(Asked("tinted", {}, "happy"), Degraded(truth.image), truth)
    made = edited(Asked("tinted", {"share": 0.5}, "happy"), given, "face", 0)
    np.testing.assert_allclose(made[..., 1], given.image[..., 1] * 0.5, atol=0.51 / 255)


@pytest.mark.parametrize(("name", "said"), [("nothing", "exactly what it was given"), ("stops", "no more paint")])
def test_what_is_no_edit_is_told(name, said, truth):
    given = fed_to(Asked(name, {}, "happy"), Degraded(truth.image), truth)
    with pytest.raises((ImageError, ValueError), match=said):
        edited(Asked(name, {}, "happy"), given, "face", 0)


def test_a_real_picture_is_laid_on_the_neutral_one(truth, real, expressive):
    """Turned by 3 degrees and reduced, it comes to lie on the picture that it was made from."""
    assert real.image.shape == truth.image.shape
    assert real.face is not None
    eyes = [36, 39, 42, 45]
    before = subjects(expressive)[0].real["happy"].read()
    turned = framed(before, "ffhq", 96).image
    assert np.hypot(*(real.face.landmarks[eyes] - truth.face.landmarks[eyes]).T).mean() < 1.5
    middle = np.s_[24:72, 24:72]
    errors = [float(np.abs(each[middle] - truth.image[middle]).mean()) for each in (real.image, turned)]
    assert errors[0] < 0.05
    assert errors[0] < 1.2 * errors[1]


def test_a_real_picture_is_never_enlarged(expressive, truth):
    small = cv2.resize(subjects(expressive)[0].real["happy"].read().pixels, (64, 64), interpolation=cv2.INTER_AREA)
    large = Truth(np.repeat(np.repeat(truth.image, 2, 0), 2, 1), None, 1, True)
    face = replace(truth.face, landmarks=truth.face.landmarks * 2)
    with pytest.raises((InputError, FaceNotFound)):
        real_of(Picture(small, "", "small"), replace(large, face=face))
    with pytest.raises(FaceNotFound, match=r"no face was found in sky"):
        real_of(Picture(np.full((96, 96, 3), 130, np.uint8), "", "sky"), truth)


def score(truth, output, shown, names):
    scorer = Scorer()
    scorer.begin(truth)
    rows = scorer.measures([(name, Grid(), name) for name in names], output, None, truth.image, shown)
    return {(row["measure"], row["part"]): row for row in rows}


def test_edits_are_measured_against_the_real_and_the_neutral_picture(truth, real):
    names = ("psnr", "lmd", "ecs", "identity-retention", "identity-angle")
    found = score(truth, real.image, Edited("happy", real), names)
    assert found["psnr", ""]["value"] == float("inf"), "the truth of an edit is the real picture"
    assert found["lmd", ""]["value"] == 0
    assert found["identity-angle", ""]["value"] == pytest.approx(0, abs=1e-4)
    assert found["identity-retention", ""]["value"] > 0.5
    same = score(truth, truth.image, Edited("happy", real), names)
    assert same["identity-retention", ""]["value"] == pytest.approx(0, abs=1e-4)
    assert same["identity-angle", ""]["value"] == pytest.approx(found["identity-retention", ""]["value"], rel=1e-6)
    assert (
        same["ecs", "probability"]["value"]
        != score(truth, truth.image, Edited("sad", None, "none"), ("ecs",))["ecs", "probability"]["value"]
    )


def test_without_a_real_picture_it_is_said_why(truth):
    found = score(truth, truth.image, Edited("happy", None, "nobody smiles here"), ("lmd", "ecs"))
    assert found["lmd", ""]["status"] == "not_applicable"
    assert found["lmd", ""]["why"] == "nobody smiles here"
    assert found["ecs", ""]["status"] == "ok"


def test_an_edit_is_audited_as_an_edit(truth, real):
    scorer = Scorer()
    scorer.begin(truth)
    rows = scorer.audit("key", truth.image, None, truth.image, Edited("happy", real))
    assert {row["status"] for row in rows} == {"ok"}
    assert {"geometry", "identity", "expression"} <= {row["aspect"] for row in rows}


@pytest.fixture
def made(expressive, tmp_path):
    """A function from editors to the rows that a worker makes of one person."""
    store = Store.opened(tmp_path / "study", make=True)

    def _made(*editors, number=0, damages=("original",), where=expressive):
        plan = Plan(
            "made", tuple(Damage.of(name) for name in damages), (), ("ecs", "lmd"), framing="ffhq", side=96,
            editors=tuple(Asked(name) for name in editors), targets=("happy",),
        )  # fmt: skip
        tasks = [
            Task(f"{damage}-{place}", damage, place, 0, {"restorer": one.label}, None, (("lmd", Grid(), "k"),))
            for damage in range(len(damages))
            for place, one in enumerate(plan.contenders)
        ]
        subject = subjects(where)[number]
        rows = {}
        for done in Worker(plan, Shared(store))(Chunk(subject, tuple(tasks))):
            for table, more in done.rows.items():
                rows.setdefault(table, []).extend(more)
        return {row["restorer"]: row for row in rows["cells"]}, rows, store

    return _made


def test_an_editor_that_fails_is_a_row_with_its_reason(made):
    cells, rows, store = made("tinted", "stops", "nothing")
    assert cells["tinted: happy"]["status"] == "ok"
    assert store.picture(cells["tinted: happy"]["output"]).is_file()
    assert cells["stops: happy"]["why"] == "it stopped with ValueError: no more paint"
    assert "exactly what it was given" in cells["nothing: happy"]["why"]
    assert cells["not edited: happy"]["output"] == cells["not edited: happy"]["observed"]
    assert cells["photograph: happy"]["output"] == rows["reals"][0]["picture"]
    [lmd] = [row for row in rows["measures"] if row["cell"] == "0-1" and row["part"] == ""]
    assert lmd["why"] == "it is the real picture itself"


def test_real_pictures_are_rows_once(made):
    _, rows, _ = made("tinted", "painted", damages=("original", "noisy"))
    assert [(row["name"], row["target"], row["status"]) for row in rows["reals"]] == [("person0", "happy", "ok")]
    _, rows, _ = made("tinted", number=3)
    assert rows["reals"][0]["status"] == "not_applicable"
    assert "there is no picture of person3" in rows["reals"][0]["why"]


def test_a_real_picture_that_cannot_be_used_costs_only_what_needs_it(made, expressive, tmp_path):
    place = shutil.copytree(expressive, tmp_path / "faces")
    write_picture(place / "smiling" / "person0.png", np.full((160, 160, 3), 130, np.uint8), overwrite=True)
    cells, rows, _ = made("tinted", where=place)
    assert cells["tinted: happy"]["status"] == "ok"
    assert "no face was found in" in cells["photograph: happy"]["why"]
    assert rows["reals"][0]["status"] == "failed"
    assert str(place) not in rows["reals"][0]["why"]
