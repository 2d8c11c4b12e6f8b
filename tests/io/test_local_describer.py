"""A local vision-language model: transformers' own LLaVA classes, tiny and with random weights."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.slow
torch = pytest.importorskip("torch", reason="local describers need `pip install 'bonaface[semantics]'`")
transformers = pytest.importorskip("transformers", reason="local describers need `pip install 'bonaface[semantics]'`")

from bonaface.core.descriptions import AnswerFailed, DescriberRefused  # noqa: E402
from bonaface.io.describers import DESCRIBERS, TEMPLATE, Asked, sent  # noqa: E402
from bonaface.io.describers.local import Local  # noqa: E402
from bonaface.io.pictures import read_picture  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A LLaVA of 2 layers and 32 dimensions, whose words are those of the template."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    place = tmp_path_factory.mktemp("tiny-llava")
    special = ["<unk>", "<s>", "</s>", "<pad>", "<image>"]
    words = sorted(set(re.findall(r"\w+|[^\w\s]", f"USER: ASSISTANT: {TEMPLATE}")))
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(special + words)}, special[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\s+"), "removed")
    names = dict(zip(("unk_token", "bos_token", "eos_token", "pad_token"), special, strict=False))
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **names, extra_special_tokens={"image_token": special[4]}
    )
    torch.manual_seed(0)
    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(**small, image_size=32, patch_size=16, projection_dim=32),
        text_config=transformers.LlamaConfig(**small, vocab_size=len(special + words), max_position_embeddings=2048),
        image_token_index=4,
    )
    transformers.LlavaForConditionalGeneration(config).save_pretrained(place)
    size = {"shortest_edge": 32}
    images = transformers.CLIPImageProcessor(size=size, crop_size={"height": 32, "width": 32})
    transformers.LlavaProcessor(
        images, fast, patch_size=16, vision_feature_select_strategy="default", num_additional_image_tokens=1
    ).save_pretrained(place)
    return place


@pytest.fixture
def picture(tmp_path, face_256):
    from PIL import Image

    Image.fromarray(face_256).save(tmp_path / "one.png")
    return sent(read_picture(tmp_path / "one.png"))


def test_a_tiny_model_answers_alike_for_the_same_repeat(folder, picture):
    opened = DESCRIBERS["local"].open(Asked(str(folder)))
    describer = Local(opened.settings, longest=12)
    first, again, second = (describer.describe(picture, repeat) for repeat in (1, 1, 2))
    assert first == again
    assert first.text != second.text
    assert first.tokens_out == 12
    assert first.tokens_in > 100
    assert first.cut == "the limit of tokens was reached"
    assert re.fullmatch(r"tiny-llava\d* [0-9a-f]{12}", first.version)
    assert describer.settings.endpoint == ""


def test_temperature_0_is_the_same_each_time(folder, picture):
    describer = Local(DESCRIBERS["local"].open(Asked(str(folder), temperature=0.0)).settings, longest=8)
    assert describer.describe(picture, 1).text == describer.describe(picture, 2).text


def test_a_folder_with_another_model_is_refused(tmp_path, picture):
    (tmp_path / "config.json").write_text('{"model_type": "no-such-model"}')
    with pytest.raises(DescriberRefused, match="holds no vision-language model"):
        DESCRIBERS["local"].open(Asked(str(tmp_path))).describe(picture, 1)


def test_an_endpoint_makes_no_sense(folder):
    with pytest.raises(Exception, match="is for services"):
        DESCRIBERS["local"].open(Asked(str(folder), "http://127.0.0.1/v1"))


def test_a_model_that_fails_is_one_failure(folder, picture, monkeypatch):
    describer = Local(DESCRIBERS["local"].open(Asked(str(folder))).settings, longest=4)
    describer.describe(picture, 1)

    def full(*_, **__):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(describer._loaded[1], "generate", full)
    with pytest.raises(AnswerFailed, match="out of memory"):
        describer.describe(picture, 1)
