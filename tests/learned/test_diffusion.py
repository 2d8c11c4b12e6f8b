"""The diffusion editors, on diffusers' own pipeline classes in small, with random weights."""

import json
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from bonaface.core.errors import ImageError, InputError, ModelFailed, UnknownName, WeightsError, WeightsMissing
from bonaface.edit import EDITORS

torch = pytest.importorskip("torch")
for library in ("diffusers", "transformers", "accelerate", "safetensors"):
    pytest.importorskip(library)

from learned import small_pipelines  # noqa: E402 - needs diffusers

ID = ("instruct-pix2pix", "sdxl-refiner", "dreamshaper-inpainting")
SMALL = {"grid": 64, "steps": 4, "feather": 0.02}
editors = pytest.mark.parametrize("name", ID)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Small arrays go no faster on several, and far slower on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("pipelines")
    return {
        ID[0]: small_pipelines.instruct_pix2pix(root / "p2p", checker=2.0),
        ID[1]: small_pipelines.sdxl_refiner(root / "sdxl"),
        ID[2]: small_pipelines.inpainting(root / "inpainting"),
    }


@pytest.fixture(scope="module")
def loaded(folders):
    """From an id to the editor that is ready; the refiner runs more of its steps than by default."""
    return {
        name: EDITORS[name].load({EDITORS[name].snapshot.repository: folder}, **SMALL, **_more(name))
        for name, folder in folders.items()
    }


def _more(name):
    return {"strength": 0.9} if name == ID[1] else {}


@pytest.fixture(scope="module")
def face(face_512):
    return face_512.astype(np.float32) / np.float32(255)


@pytest.fixture(scope="module")
def region():
    out = np.zeros((512, 512), bool)
    out[300:420, 180:340] = True
    return out


@pytest.fixture
def copied(folders, tmp_path):
    """A folder of InstructPix2Pix that a test may spoil, and the way to open it."""
    folder = shutil.copytree(folders[ID[0]], tmp_path / "model")
    return folder, lambda **knobs: EDITORS[ID[0]].load({}, model=str(folder), **(SMALL | knobs))


def _index(folder, **changes):
    path = folder / "model_index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@editors
def test_seeds_repeat_and_other_seeds_differ(name, loaded, face, region):
    edit = loaded[name]
    first, again, other = (edit(face, "happy", np.random.default_rng(seed), region) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert np.abs(first - other)[region].max() > 1 / 255
    assert first.shape == face.shape
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 1
    assert np.array_equal(edit(face, "happy", None, region), edit(face, "happy", np.random.default_rng(0), region))


@editors
def test_outside_the_region_nothing_changes_and_inside_it_does(name, loaded, face, region):
    made = loaded[name](face, "angry", np.random.default_rng(1), region)
    assert np.array_equal(made[~region], face[~region])
    inside = np.abs(made - face).max(axis=2)
    assert inside[330:390, 210:310].mean() > 5 / 255
    assert inside[300, 180:340].mean() < inside[311:409, 191:329].mean() / 2  # its edge is soft


@pytest.mark.parametrize("name", ID[:2])
def test_without_a_region_the_whole_face_may_change(name, loaded, face):
    made = loaded[name](face, "sad", np.random.default_rng(1))
    assert np.abs(made - face).max(axis=2)[:32, :32].mean() > 1 / 255


def test_inpainting_asks_for_a_region(loaded, face, region):
    assert EDITORS[ID[2]].needs_region
    with pytest.raises(InputError, match="repaints a region, and none was given"):
        loaded[ID[2]](face, "happy")
    with pytest.raises(InputError, match="bool of shape"):
        loaded[ID[2]](face, "happy", None, region[:256])
    with pytest.raises(InputError, match="is empty"):
        loaded[ID[2]](face, "happy", None, np.zeros_like(region))


def test_what_inpainting_paints_does_not_depend_on_what_was_there(loaded, face, region):
    other = np.where(region[..., None], np.float32(0.5), face)
    # The network sees the region grown to whole pixels of its grid, so the rim stays within what both show.
    grown = cv2.dilate(region.astype(np.uint8), np.ones((33, 33))).astype(bool)
    first, second = (loaded[ID[2]](picture, "happy", np.random.default_rng(3), grown) for picture in (face, other))
    assert np.abs(first - second)[330:390, 210:310].max() < 2 / 255


@editors
def test_the_prompt_reaches_the_model(name, loaded, face, region):
    happy, angry = (loaded[name](face, target, np.random.default_rng(1), region) for target in ("happy", "angry"))
    assert not np.array_equal(happy, angry)


def test_knobs_reach_the_pipeline(folders, loaded, face):
    def made(**knobs):
        edit = EDITORS[ID[0]].load({}, model=str(folders[ID[0]]), **(SMALL | knobs))
        return edit(face, "happy", np.random.default_rng(1))

    plain = loaded[ID[0]](face, "happy", np.random.default_rng(1))
    changes = {"steps": 3, "guidance": 2.0, "image_guidance": 3.0, "prompt": "him", "negative": "teeth", "grid": 96}
    for knobs in ({name: value} for name, value in changes.items()):
        assert not np.array_equal(made(**knobs), plain), knobs
    assert np.array_equal(made(prompt="make the face look {adjective}"), plain)


@editors
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_gives_nearly_the_same(name, dtype, folders, loaded, face, region):
    edit = EDITORS[name].load({}, model=str(folders[name]), dtype=dtype, **SMALL, **_more(name))
    full, half = (each(face, "happy", np.random.default_rng(1), region) for each in (loaded[name], edit))
    assert 0 < np.abs(full - half)[region].mean() < 0.1


def test_threads_may_share_an_editor(loaded, face):
    edit = loaded[ID[0]]
    alone = [edit(face, "happy", np.random.default_rng(seed)) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda seed: edit(face, "happy", np.random.default_rng(seed)), range(3)))
    assert all(np.array_equal(one, same) for one, same in zip(alone, together, strict=True))


@editors
def test_another_size_and_an_unknown_expression_are_refused(name, loaded, face, region):
    with pytest.raises(ImageError, match="256x256 pixels"):
        loaded[name](face[:256, :256].copy(), "happy", None, region)
    with pytest.raises(UnknownName, match="no expression called 'gleeful'"):
        loaded[name](face, "gleeful", None, region)


def test_the_safety_checker_is_said_and_what_it_flags_is_a_failure(tmp_path, loaded, face):
    assert loaded[ID[0]].notes == ("The model's safety checker looks at every result; one that it flags is a failure.",)
    assert "the model's folder has none" in loaded[ID[1]].notes[0]
    strict = str(small_pipelines.instruct_pix2pix(tmp_path / "strict", checker=-1.0))
    with pytest.raises(ModelFailed, match=r"flagged the result.*safety_checker=false"):
        EDITORS[ID[0]].load({}, model=strict, **SMALL)(face, "happy")
    off = EDITORS[ID[0]].load({}, model=strict, safety_checker=False, **SMALL)
    assert off.notes == ("No safety checker looked at the result: it was switched off.",)
    assert off(face, "happy").std() > 0.01


def test_nan_is_a_failure_with_what_to_do(tmp_path, face):
    from safetensors.torch import load_file, save_file

    folder = small_pipelines.instruct_pix2pix(tmp_path / "broken")
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    tensors["decoder.conv_out.bias"][:] = float("nan")
    save_file(tensors, path)
    with pytest.raises(ModelFailed, match=r"delivered NaN.*dtype=float32"):
        EDITORS[ID[0]].load({}, model=str(folder), **SMALL)(face, "happy")
    for name in ("decoder.conv_out.bias", "decoder.conv_out.weight"):
        tensors[name][:] = -9 if name.endswith("bias") else 0
    save_file(tensors, path)
    with pytest.raises(ModelFailed, match="a picture that is black"):
        EDITORS[ID[0]].load({}, model=str(folder), **SMALL)(face, "happy")


def test_a_prompt_that_is_too_long_is_refused(copied, face):
    with pytest.raises(InputError, match="tokens, and the model reads 77"):
        copied[1](prompt="make the face look {adjective} " * 9)(face, "happy")


def test_a_model_that_was_not_made_for_inpainting_serves_too(tmp_path, face, region):
    folder = small_pipelines.inpainting(tmp_path / "plain", channels=4)
    _index(folder, _class_name="StableDiffusionPipeline")
    made = EDITORS[ID[2]].load({}, model=str(folder), **SMALL)(face, "happy", None, region)
    assert np.array_equal(made[~region], face[~region])


def test_half_sized_files_are_found_by_their_word(tmp_path, face):
    folder = small_pipelines.instruct_pix2pix(tmp_path / "half", variant="fp16")
    assert (folder / "unet" / "diffusion_pytorch_model.fp16.safetensors").is_file()
    assert EDITORS[ID[0]].load({}, model=str(folder), **SMALL)(face, "happy").std() > 0.01


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"steps": 0}, "steps is 0; expected a whole number, 1 or more"),
        ({"grid": 100}, "grid is 100; expected a whole number of pixels, 64 or more, a multiple of 8"),
        ({"guidance": 0.5}, "guidance is 0.5; expected a number from 1 to 30"),
        ({"image_guidance": 0.5}, "image_guidance is 0.5"),
        ({"dtype": "int8"}, "dtype is 'int8'; expected one of auto, float32"),
        ({"device": "tpu"}, "device is 'tpu'"),
        ({"offload": "model"}, "spares the memory of a graphics card, and the device is the cpu"),
    ],
)
def test_values_that_mean_nothing_are_refused(knobs, said, copied):
    with pytest.raises(InputError, match=said):
        copied[1](**knobs)


def test_a_device_that_is_not_here_is_said(copied):
    if torch.cuda.is_available():
        pytest.skip("a CUDA device is here")
    with pytest.raises(InputError, match=r"finds no cuda here; it can compute on: cpu"):
        copied[1](device="cuda")


def test_no_step_left_to_run_is_refused(folders):
    with pytest.raises(InputError, match="leave none to run"):
        EDITORS[ID[1]].load({}, model=str(folders[ID[1]]), steps=4, strength=0.2, grid=64)


class TestFolders:
    """What is refused before any of it is opened."""

    def test_nothing_there(self, tmp_path):
        with pytest.raises(WeightsMissing, match="was given no folder of"):
            EDITORS[ID[0]].load({})
        with pytest.raises(WeightsMissing, match=r"model_index\.json is not there"):
            EDITORS[ID[0]].load({}, model=str(tmp_path))

    def test_another_pipeline(self, folders):
        with pytest.raises(WeightsError, match=r"holds a StableDiffusionInpaintPipeline; expected a Stable"):
            EDITORS[ID[0]].load({}, model=str(folders[ID[2]]))

    def test_a_u_net_of_another_kind(self, copied):
        folder, _ = copied
        _index(folder, _class_name="StableDiffusionInpaintPipeline")
        with pytest.raises(WeightsError, match=r"reads 8 channels; dreamshaper-inpainting needs one that reads 9 or 4"):
            EDITORS[ID[2]].load({}, model=str(folder), grid=64)

    def test_pickles_alone(self, copied):
        folder, load = copied
        unet = folder / "unet" / "diffusion_pytorch_model.safetensors"
        unet.rename(unet.with_suffix(".bin"))
        with pytest.raises(WeightsError, match=r"as diffusion_pytorch_model\.bin alone.*save_pretrained"):
            load()

    def test_a_pickle_beside_is_not_opened(self, copied, face):
        folder, load = copied
        (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"not opened")
        assert load()(face, "happy").std() > 0.01

    def test_weights_that_were_not_copied_whole(self, copied):
        folder, load = copied
        path = folder / "unet" / "diffusion_pytorch_model.safetensors"
        content = path.read_bytes()
        path.write_bytes(content[:-100])
        with pytest.raises(WeightsError, match=r"its table speaks of.*not copied whole"):
            load()
        path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
        with pytest.raises(WeightsError, match="may be a pointer of Git LFS"):
            load()
        path.unlink()
        with pytest.raises(WeightsMissing, match="holds no weights"):
            load()

    def test_code(self, copied, tmp_path):
        folder, load = copied
        ran = tmp_path / "ran"
        code = f"open({str(ran)!r}, 'w')\n"
        (folder / "pipeline.py").write_text(code)
        with pytest.raises(WeightsError, match=r"holds code \(pipeline\.py\)"):
            load()
        (folder / "pipeline.py").unlink()
        _index(folder, _class_name=["pipeline", "Mine"])
        with pytest.raises(WeightsError, match="brings its own code"):
            load()
        _index(folder, _class_name="StableDiffusionInstructPix2PixPipeline", unet=["my_unet", "Mine"])
        (folder / "unet" / "my_unet.py").write_text(code)
        with pytest.raises(WeightsError, match=r"has unet = .*my_unet"):
            load()
        _index(folder, unet=["diffusers", "UNet2DConditionModel"])
        with pytest.raises(WeightsError, match=r"holds code \(my_unet\.py\)"):
            load()
        (folder / "unet" / "my_unet.py").unlink()
        path = folder / "text_encoder" / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"auto_map": {"AutoModel": "mine.Mine"}}))
        with pytest.raises(WeightsError, match="auto_map"):
            load()
        assert not ran.exists()

    def test_parts_of_other_libraries(self, copied):
        folder, load = copied
        for part in ({"scheduler": ["os", "system"]}, {"evil": ["os", "system"]}, {"vae": ["diffusers", "VQModel"]}):
            before = (folder / "model_index.json").read_text()
            _index(folder, **part)
            with pytest.raises(WeightsError, match=r"Nothing was loaded"):
                load()
            (folder / "model_index.json").write_text(before)

    def test_a_part_that_is_missing(self, copied):
        folder, load = copied
        shutil.rmtree(folder / "safety_checker")
        with pytest.raises(WeightsMissing, match=r"no folder safety_checker.*safety_checker=false"):
            load()
        load(safety_checker=False)
        shutil.rmtree(folder / "tokenizer")
        with pytest.raises(WeightsMissing, match="no folder tokenizer"):
            load(safety_checker=False)

    def test_settings_that_are_none(self, copied):
        folder, load = copied
        (folder / "model_index.json").write_text("[]")
        with pytest.raises(WeightsError, match="holds list"):
            load()
        (folder / "model_index.json").write_text("{")
        with pytest.raises(WeightsError, match="cannot be read"):
            load()

    def test_weights_of_other_shapes(self, copied):
        folder, load = copied
        path = folder / "unet" / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"cross_attention_dim": 64}))
        with pytest.raises(WeightsError, match=r"cannot be opened as a StableDiffusionInstructPix2PixPipeline"):
            load()
