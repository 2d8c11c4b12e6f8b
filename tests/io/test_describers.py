"""Describers against a real server on this machine."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from bonaface.core.descriptions import Answer, AnswerFailed, DescriberRefused, Price, Sent, Settings, usage
from bonaface.core.errors import InputError, UnknownName
from bonaface.io.describers import DESCRIBERS, TEMPLATE, TEMPLATE_SHA256, Asked, http, sent
from bonaface.io.describers.cache import Cache
from bonaface.io.describers.prices import read_price
from bonaface.io.pictures import read_picture
from describing import REAL, gemini_form, openai_form, serving, written

KEY = "sk-test-0123456789"


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setattr(http, "PAUSES", (0.01, 0.01, 0.01))
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("A_KEY", KEY)
    with serving() as running:
        yield running


@pytest.fixture
def picture(tmp_path, face_256) -> Sent:
    exif = Image.Exif()
    exif[0x013B] = "Anna Example"
    Image.fromarray(face_256).save(tmp_path / "anna.jpg", exif=exif, quality=95)
    return sent(read_picture(tmp_path / "anna.jpg"))


def opened(kind, service, **more):
    path = "/v1beta" if kind == "gemini" else "/v1"
    asked = Asked("teller", service.address + path, key_from="A_KEY", **more)
    return DESCRIBERS[kind].open(asked)


def answers(service, kind):
    if kind == "gemini":
        service.answer = lambda body, count: gemini_form(written(REAL))


@pytest.mark.parametrize("kind", ["openai", "gemini"])
def test_what_is_asked_and_what_is_kept(service, picture, kind):
    answers(service, kind)
    answer = opened(kind, service, temperature=0.3).describe(picture, 1)
    assert answer.text == written(REAL)
    body, headers = service.asked[0], service.headers[0]
    if kind == "openai":
        assert service.paths == ["/v1/chat/completions"]
        assert headers["Authorization"] == f"Bearer {KEY}"
        text, shown = body["messages"][0]["content"]
        assert (body["model"], body["temperature"]) == ("teller", 0.3)
        data = shown["image_url"]["url"].removeprefix("data:image/png;base64,")
        assert answer == Answer(written(REAL), "face-teller-2026-01", 1000, 500)
    else:
        assert service.paths == ["/v1beta/models/teller:generateContent"]
        assert headers["x-goog-api-key"] == KEY
        text, shown = body["contents"][0]["parts"]
        assert body["generationConfig"] == {"temperature": 0.3}
        data = shown["inline_data"]["data"]
        assert answer == Answer(written(REAL), "gemini-2.5-pro-001", 900, 500)
    assert text["text"] == TEMPLATE
    assert base64.b64decode(data) == picture.data
    assert "anna" not in json.dumps(body).lower()


def test_pictures_go_without_metadata_and_small(picture, face_256):
    image = Image.open(io.BytesIO(picture.data))
    assert image.format == "PNG"
    assert image.info == {}
    assert not image.getexif()
    assert b"Anna" not in picture.data
    large = np.random.default_rng(0).integers(0, 65535, (2000, 3000, 3), np.uint16)
    from bonaface.core.images import Picture

    made = sent(Picture(large, "0" * 64, "large"))
    assert Image.open(io.BytesIO(made.data)).size == (1024, 683)
    part = sent(Picture(face_256, "0" * 64, "part"), (10, 20, 110, 100))
    assert np.array_equal(np.array(Image.open(io.BytesIO(part.data))), face_256[20:100, 10:110])


@pytest.mark.parametrize("status", [429, 500, 502, 503, 408])
def test_passing_troubles_are_waited_out(service, picture, status):
    service.queue = [(status, {"error": {"message": "busy"}}), (status, b"<html>busy</html>")]
    assert opened("openai", service).describe(picture, 1).text
    assert len(service.asked) == 3


def test_a_pause_that_the_service_asks_for(service, picture, monkeypatch):
    slept = []
    monkeypatch.setattr(http.time, "sleep", slept.append)
    service.extra = {"Retry-After": "7"}
    service.queue = [(429, {}), (429, {})]
    opened("openai", service).describe(picture, 1)
    assert slept.count(7.0) == 2


def test_a_trouble_that_stays_is_one_failure(service, picture):
    service.queue = [(500, {"error": {"message": f"broken, key {KEY}"}})] * 4
    with pytest.raises(AnswerFailed, match=r"answers 500 .*4 times in a row") as caught:
        opened("openai", service).describe(picture, 1)
    assert KEY not in str(caught.value)
    assert len(service.asked) == 4


def test_a_slow_answer_is_one_failure(service, picture):
    service.pause = 0.4
    with pytest.raises(AnswerFailed, match=r"had not answered within 0.1 s, 2 times"):
        opened("openai", service, timeout=0.1).describe(picture, 1)


@pytest.mark.parametrize("kind", ["openai", "gemini"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_stops_at_once_in_one_line(service, picture, kind, status):
    service.queue = [(status, {"error": {"message": f"Incorrect API key provided: {KEY}\n\nSee the docs."}})]
    with pytest.raises(DescriberRefused, match="refuses the key") as caught:
        opened(kind, service).describe(picture, 1)
    assert len(service.asked) == 1
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "held", "says"),
    [
        (400, {"error": {"message": "not valid", "details": [{"reason": "API_KEY_INVALID"}]}}, "refuses the key"),
        (404, {"error": {"message": "model teller not found"}}, "does not know the address or the model"),
        (429, {"error": {"message": "pay", "code": "insufficient_quota"}}, "nothing left"),
        (307, b"", "leads to"),
    ],
)  # fmt: skip
def test_what_stops_everything(service, picture, status, held, says):
    service.queue = [(status, held)]
    with pytest.raises(DescriberRefused, match=says):
        opened("openai", service).describe(picture, 1)
    assert len(service.asked) == 1


def test_nobody_there_stops_everything(service, picture, unused_port):
    describer = DESCRIBERS["openai"].open(Asked("teller", f"http://127.0.0.1:{unused_port}/v1"))
    with pytest.raises(DescriberRefused, match="gives no connection"):
        describer.describe(picture, 1)


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.mark.parametrize(
    ("kind", "held", "says"),
    [
        ("openai", openai_form(None, message={"refusal": "I can't describe people."}), "refused: I can't"),
        ("openai", openai_form(None, ended="content_filter"), "refused"),
        ("openai", openai_form("", ended="length"), "empty .*thoughts"),
        ("openai", {"choices": []}, "not in the form"),
        ("openai", {"hello": 1}, "not in the form"),
        ("openai", [1, 2], "not in the form"),
        ("openai", b"not json at all", "no JSON"),
        ("openai", {"choices": [{"message": {"content": 7}}]}, "empty"),
        ("gemini", {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "refused the picture"),
        ("gemini", gemini_form("", "SAFETY"), "refused: .*SAFETY"),
        ("gemini", gemini_form("", "MAX_TOKENS"), "empty"),
        ("gemini", {"candidates": []}, "not in Gemini's form"),
        ("gemini", openai_form("x"), "not in Gemini's form"),
    ],
)
def test_answers_that_are_none(service, picture, kind, held, says):
    service.queue = [(200, held)]
    with pytest.raises(AnswerFailed, match=says):
        opened(kind, service).describe(picture, 1)


def test_an_answer_that_was_cut_says_so(service, picture):
    service.queue = [(200, openai_form("1. Face Shape: round", ended="length", usage=None))]
    answer = opened("openai", service).describe(picture, 1)
    assert answer.cut
    assert (answer.tokens_in, answer.tokens_out) == (None, None)


def test_an_endless_answer_is_cut_off(service, picture, monkeypatch):
    monkeypatch.setattr(http, "LARGEST", 1000)
    service.queue = [(200, openai_form("x" * 5000))]
    with pytest.raises(AnswerFailed, match="which is no description"):
        opened("openai", service).describe(picture, 1)


def test_keys_go_to_their_own_service_only(service, picture, monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-others")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login anna password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    DESCRIBERS["openai"].open(Asked("teller", service.v1)).describe(picture, 1)
    assert "Authorization" not in service.headers[0]
    service.queue = [(401, {"error": "no"})]
    with pytest.raises(DescriberRefused, match="wants a key, and none was sent"):
        DESCRIBERS["openai"].open(Asked("teller", service.v1)).describe(picture, 1)


def test_what_is_for_this_machine_goes_through_no_proxy(service, picture, monkeypatch, unused_port):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert opened("openai", service).describe(picture, 1).text


def test_keys_are_not_shown(service):
    for kind in ("openai", "gemini"):
        describer = opened(kind, service)
        assert KEY not in repr(describer)
        assert KEY not in json.dumps(describer.settings.as_dict())


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Asked("m", "", key_from="NO_SUCH_KEY"), "NO_SUCH_KEY is empty or not set"),
        (Asked("m"), "OPENAI_API_KEY is empty or not set"),
        (Asked("m", "127.0.0.1:8000"), "no address of a service"),
        (Asked("m", "ftp://x/v1"), "no address of a service"),
        (Asked("m", "http://127.0.0.1:99999999"), "no address of a service"),
        (Asked("m", "http://anna:secret@host/v1"), "holds a user's name"),
        (Asked("m", "http://host/v1?key=secret"), "holds a user's name"),
    ],
)
def test_describers_that_cannot_be_opened(service, asked, says):
    with pytest.raises(InputError, match=says) as caught:
        DESCRIBERS["openai"].open(asked)
    assert "secret" not in str(caught.value)


def test_a_typo_names_the_nearest():
    with pytest.raises(UnknownName, match="gemini"):
        DESCRIBERS["gemni"]


def test_open_addresses_are_told():
    assert http.is_open("http://192.168.1.7:8000/v1")
    assert not http.is_open("http://127.0.0.1:8000/v1")
    assert not http.is_open("https://example.org/v1")


SETTINGS = Settings("openai", "teller", "http://127.0.0.1/v1", 1.0, TEMPLATE_SHA256)


def test_the_cache_keeps_by_everything_that_matters(tmp_path, picture):
    from dataclasses import replace

    cache = Cache(tmp_path / "cache")
    answer = Answer("text", "v", 1, 2, "")
    assert cache.get(SETTINGS, picture, 1) is None
    cache.put(SETTINGS, picture, 1, answer)
    assert cache.get(SETTINGS, picture, 1) == answer
    assert cache.get(SETTINGS, replace(picture, name="other.png", source="1"), 1) == answer
    assert cache.get(SETTINGS, picture, 2) is None
    assert cache.get(SETTINGS, replace(picture, sha256="1" * 64), 1) is None
    for change in ({"model": "b"}, {"temperature": 0.5}, {"template": "c"}, {"endpoint": "d"}, {"describer": "e"}):
        assert cache.get(replace(SETTINGS, **change), picture, 1) is None
    (kept,) = (tmp_path / "cache").iterdir()
    assert "anna" not in kept.read_text()
    kept.write_text('{"answer": ')
    assert cache.get(SETTINGS, picture, 1) is None
    kept.write_text('{"answer": {"text": 5}}')
    assert cache.get(SETTINGS, picture, 1) is None


def recording(tmp_path, held):
    path = tmp_path / "recorded.json"
    path.write_text(json.dumps(held) if not isinstance(held, str) else held)
    return Asked(str(path))


def test_recordings_replay_by_hash_and_by_name(tmp_path, picture):
    answers = [{"repeat": 1, "text": "one"}, {"repeat": 3, "text": "3"}]
    held = {
        "describer": {"model": "teller", "temperature": 0.5},
        "pictures": [
            {"name": "anna.jpg", "answers": ["by name"]},
            {"name": "x", "sha256": picture.source, "answers": answers},
        ],
    }  # fmt: skip
    describer = DESCRIBERS["recorded"].open(recording(tmp_path, held))
    assert describer.describe(picture, 1).text == "one"
    assert describer.settings.model == "teller"
    assert describer.repeats(picture) == 2
    with pytest.raises(AnswerFailed, match=r"no answer 2 on anna.jpg; it has 2"):
        describer.describe(picture, 2)
    del held["pictures"][1]
    assert DESCRIBERS["recorded"].open(recording(tmp_path, held)).describe(picture, 1).text == "by name"
    held["pictures"][0]["name"] = "other.jpg"
    lacking = DESCRIBERS["recorded"].open(recording(tmp_path, held))
    assert lacking.repeats(picture) == 1
    with pytest.raises(AnswerFailed, match=r"holds no description of anna.jpg"):
        lacking.describe(picture, 1)


@pytest.mark.parametrize("held", ["", "[]", "{}", '{"pictures": [1]}', '{"pictures": [{"name": "a"}]}', "\x00"])
def test_recordings_that_are_none(tmp_path, held):
    with pytest.raises(InputError, match="no recorded descriptions"):
        DESCRIBERS["recorded"].open(recording(tmp_path, held))
    with pytest.raises(InputError, match="cannot be read"):
        DESCRIBERS["recorded"].open(Asked(str(tmp_path / "none.json")))


def test_a_local_model_that_is_not_there(tmp_path):
    with pytest.raises(DescriberRefused, match="no folder with a model"):
        DESCRIBERS["local"].open(Asked(str(tmp_path)))


def test_prices(tmp_path):
    path = tmp_path / "prices.json"
    path.write_text('{"teller": {"input": 1.5, "output": 10, "currency": "EUR"}}')
    price = read_price(path, "teller")
    assert price == Price(1.5, 10.0, "EUR")
    assert read_price(path, "other") is None
    spent = usage([Answer("", "", 1000, 500), Answer("", "", 1000, 500)], price).as_dict()
    assert spent == {
        **{"tokens_in": 2000, "tokens_out": 1000, "answers_without_count": 0},
        **{"cost": 0.013, "currency": "EUR"},
    }
    assert usage([Answer("")], price).as_dict()["cost"] is None
    for wrong in ("[]", '{"teller": {"input": -1, "output": 1, "currency": "EUR"}}', '{"teller": 5}', "no"):
        path.write_text(wrong)
        with pytest.raises(InputError, match="no table of prices"):
            read_price(path, "teller")
