"""`bonaface describe`, `compare-descriptions` and `audit --describe` as a user types them."""

from __future__ import annotations

import importlib.util
import json
import signal
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from jsonschema import validate
from PIL import Image

import bonaface.report
from bonaface.cli import main
from describing import KEY, MADE, REAL, gemini_form, on_its_own, openai_form, png_of, serving, written


@pytest.fixture
def service(monkeypatch, tmp_path):
    on_its_own(monkeypatch, tmp_path / "cache")
    with serving() as running:
        running.answer = by_picture
        yield running


def by_picture(body, count):
    """Smooth pictures are described as the restored face, others as the real one, worded in turns."""
    import io

    grey = np.asarray(Image.open(io.BytesIO(png_of(body))).convert("L"), float)
    sections = MADE if np.abs(np.diff(grey, axis=0)).mean() < 4 else REAL | {7: REAL[7] + " Pores." * (count % 3)}
    return openai_form("Here you are:\n\n" + written(sections))


@pytest.fixture
def folders(tmp_path, face_256) -> Path:
    """truth/ and made/ with two pictures of the same names each."""
    for name, pixels in (("one.png", face_256), ("two.png", face_256[:, ::-1])):
        for folder, made in (("truth", pixels), ("made", cv2.GaussianBlur(pixels, (0, 0), 4))):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(made).save(tmp_path / folder / name)
    return tmp_path


@pytest.fixture
def bonaface_(capsys, monkeypatch):
    """Run the command line in this process: exit code, standard output, standard error in one line."""

    def run(*words):
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        monkeypatch.setattr(sys, "argv", ["bonaface", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        said = capsys.readouterr()
        code = ended.value.code
        return int(code or 0), said.out, " ".join(said.err.split())

    return run


def asked(service, *words):
    """A command line, with the describer that is asked."""
    return (*words, "--describer", "openai", "--model", "teller", "--endpoint", service.v1, "--key-from", "A_KEY")


def held(path):
    return json.loads(path.read_text("utf-8"))


def test_describe_then_again_and_again(service, folders, bonaface_):
    out = folders / "truth.json"
    prices = folders / "prices.json"
    prices.write_text('{"teller": {"input": 1, "output": 10, "currency": "EUR"}}')
    words = asked(service, "describe", folders / "truth", "--out", out, "--repeats", 2)
    code, said, err = bonaface_(*words, "--prices", prices)
    assert code == 0, err
    assert "4 descriptions of 2 pictures" in said
    assert "4 asked for now, 0 there already; 4,000 tokens in, 2,000 out, 0.0240 EUR" in said
    assert f"Pictures go to {service.v1} (teller), without metadata and names" in err
    file = held(out)
    assert [picture["name"] for picture in file["pictures"]] == ["one.png", "two.png"]
    answer = file["pictures"][0]["answers"][1]
    assert (answer["repeat"], answer["status"], answer["version"]) == (2, "ok", "face-teller-2026-01")
    assert answer["sections"]["5"] == REAL[5]
    assert file["describer"]["temperature"] == 1.0
    assert KEY not in out.read_text() + said + err
    before = out.read_bytes()
    assert bonaface_(*words, "--prices", prices)[0] == 0
    assert len(service.asked) == 4
    assert out.read_bytes() == before
    code, said, _ = bonaface_(*words, "--repeats", 3)
    assert code == 0
    assert "2 asked for now, 4 there already" in said
    out.unlink()
    assert bonaface_(*words, "--repeats", 3)[0] == 0
    assert len(service.asked) == 6  # from the cache


def test_a_changed_picture_is_described_anew(service, folders, bonaface_):
    words = asked(service, "describe", folders / "truth/one.png", "--out", folders / "a.json", "--repeats", 1)
    assert bonaface_(*words)[0] == 0
    (folders / "truth/one.png").write_bytes((folders / "made/one.png").read_bytes())
    assert bonaface_(*words)[0] == 0
    assert len(service.asked) == 2
    assert held(folders / "a.json")["pictures"][0]["answers"][0]["sections"]["7"] == MADE[7]


def test_nonsense_refusals_and_slowness_are_rows_and_the_rest_goes_on(service, folders, bonaface_):
    out = folders / "truth.json"
    (folders / "truth/zzz.png").write_text("no picture")
    service.queue = [
        (200, openai_form("I like cats. They have green eyes.")),
        (200, openai_form("I'm sorry, but I can't help with describing people's faces.")),
        (500, {}), (500, {}), (500, {}),
    ]  # fmt: skip
    words = asked(service, "describe", folders / "truth", "--out", out, "--repeats", 2)
    code, said, err = bonaface_(*words)
    assert code == 1
    assert "1 description of 2 pictures" in said
    for part in (
        "one.png, answer 1: the answer is no description by the template: no section found in \"I like cats",
        "one.png, answer 2: the describer refused: \"I'm sorry",
        "two.png, answer 1: 127.0.0.1",
        "zzz.png: ",
    ):  # fmt: skip
        assert part in err
    rows = {picture["name"]: [each["status"] for each in picture["answers"]] for picture in held(out)["pictures"]}
    assert rows == {"one.png": ["failed", "failed"], "two.png": ["failed", "ok"], "zzz.png": []}
    assert held(out)["pictures"][0]["answers"][0]["text"] == "I like cats. They have green eyes."
    count = len(service.asked)
    (folders / "truth/zzz.png").unlink()
    code, said, err = bonaface_(*words)
    assert code == 0, err
    assert len(service.asked) == count + 3  # what had failed, and nothing else
    assert "3 asked for now, 1 there already" in said


def test_a_slow_service(service, folders, bonaface_):
    service.pause = 0.5
    words = asked(service, "describe", folders / "truth/one.png", "--out", folders / "a.json", "--repeats", 1)
    code, _, err = bonaface_(*words, "--timeout", 0.1)
    assert code == 2
    assert "had not answered within 0.1 s, 2 times in a row" in err
    assert not (folders / "a.json").exists()


def test_a_wrong_key_is_said_in_one_line_and_stops(service, folders, bonaface_):
    service.queue = [(401, {"error": {"message": f"Incorrect API key: {KEY}"}})]
    code, said, err = bonaface_(*asked(service, "describe", folders / "truth", "--out", folders / "a.json"))
    assert code == 2
    assert err.count("Error:") == 1
    assert "refuses the key (401: Incorrect API key: [key])" in err
    assert KEY not in said + err
    assert len(service.asked) == 1
    assert not (folders / "a.json").exists()


def test_a_key_that_ends_on_the_way_keeps_what_came(service, folders, bonaface_):
    service.queue = [(200, None), (401, {"error": "ended"})]
    words = asked(service, "describe", folders / "truth", "--out", folders / "a.json", "--repeats", 2)
    code, _, err = bonaface_(*words)
    assert code == 1
    assert "the rest: 127.0.0.1" in err
    assert len(held(folders / "a.json")["pictures"][0]["answers"]) == 1
    assert bonaface_(*words)[0] == 0
    assert len(service.asked) == 5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--out", "a.txt"), "End its name in .json"),
        (("--out", "truth"), "no JSON file"),
        (("--out", "a.json", "--repeats", "0"), "expected 1 to 50"),
        (("--out", "a.json", "--key-from", "NO_SUCH_KEY"), "NO_SUCH_KEY is empty or not set"),
        (("--out", "a.json", "--prices", "none.json"), "cannot be read"),
        (("--out", "a.json", "--endpoint", "nowhere"), "no address of a service"),
        (("--out", "a.json", "--describer", "opnai"), "openai"),
    ],
)
def test_what_is_refused_before_anything_is_sent(service, folders, bonaface_, monkeypatch, words, says):
    monkeypatch.chdir(folders)
    code, _, err = bonaface_(*asked(service, "describe", "truth"), *words)
    assert code == 2
    assert says in err
    assert service.asked == []


def test_other_settings_are_not_mixed(service, folders, bonaface_):
    words = asked(service, "describe", folders / "truth/one.png", "--out", folders / "a.json", "--repeats", 1)
    assert bonaface_(*words)[0] == 0
    code, _, err = bonaface_(*words, "--temperature", 0)
    assert code == 2
    assert "temperature 1.0, and would be mixed" in err
    assert bonaface_(*words, "--temperature", 0, "--overwrite")[0] == 0
    (folders / "b.json").write_text("{}")
    code, _, err = bonaface_(*words[:2], "--out", folders / "b.json", *words[4:])
    assert code == 2
    assert "no file of descriptions" in err


def test_tables_of_the_study(service, folders, bonaface_):
    for folder, name in (("truth", "truth"), ("made", "gpen-32"), ("made", "gpen-64")):
        more = () if name == "truth" else ("--restorer", "gpen", "--resolution", name[-2:])
        assert (
            bonaface_(*asked(service, "describe", folders / folder, "--out", folders / f"{name}.json"), *more)[0] == 0
        )
    (folders / "made/three.png").write_bytes((folders / "made/two.png").read_bytes())
    bonaface_(*asked(service, "describe", folders / "made/three.png", "--out", folders / "gpen-64.json"))
    files = [folders / f"{name}.json" for name in ("truth", "gpen-32", "gpen-64")]
    code, said, err = bonaface_("compare-descriptions", *files, "--out", folders / "tables.json")
    assert code == 1
    assert "gpen-64.json: three.png: truth.json has no picture of that name" in err
    assert "32 px" in said
    assert "64 px" in said
    tables = held(folders / "tables.json")
    assert [(row["restorer"], row["resolution"], row["pictures"]) for row in tables["means"]] == [
        *(("gpen", 32, 2), ("gpen", 64, 2))
    ]
    assert {"word": "smooth", "pairs": 4} in tables["adjectives"]["added"]
    assert {"word": "rough", "pairs": 4} in tables["adjectives"]["removed"]
    if importlib.util.find_spec("sentence_transformers") is None:
        assert "pip install 'bonaface[semantics]'" in " ".join(said.split())
        assert tables["means"][0]["cosine"]["status"] == "not_applicable"
    else:
        assert tables["means"][0]["cosine"]["value"] < tables["means"][0]["usual"]["value"]
        assert tables["means"][0]["below_floor"] == 2


def test_descriptions_by_different_models_are_not_compared(service, folders, bonaface_):
    for name, heat in (("a", 1), ("b", 0)):
        words = asked(service, "describe", folders / "truth/one.png", "--out", folders / f"{name}.json", "--repeats", 1)
        assert bonaface_(*words, "--temperature", heat)[0] == 0
    code, _, err = bonaface_("compare-descriptions", folders / "a.json", folders / "b.json")
    assert code == 2
    assert "were not asked for alike (temperature 1.0 and 0.0)" in err
    code, _, err = bonaface_("compare-descriptions", folders / "a.json", folders / "truth/one.png")
    assert "no file of descriptions" in err


def test_a_recording_replays_and_says_what_it_lacks(service, folders, bonaface_):
    first = folders / "first.json"
    assert bonaface_(*asked(service, "describe", folders / "truth", "--out", first, "--repeats", 3))[0] == 0
    words = ("--describer", "recorded", "--model", first)
    code, said, _ = bonaface_("describe", folders / "truth", *words, "--out", folders / "again.json")
    assert code == 0
    assert "6 descriptions of 2 pictures" in said
    assert held(folders / "again.json")["describer"]["model"] == "teller"
    code, _, err = bonaface_(
        "describe", folders / "truth/one.png", folders / "made/two.png", *words, "--out", folders / "b.json"
    )
    assert code == 1
    assert "two.png, answer 1: first.json holds no description of two.png" in err
    assert len(service.asked) == 6


def test_gemini_by_the_command_line(service, folders, bonaface_):
    service.answer = lambda body, count: gemini_form(written(REAL))
    words = ("--describer", "gemini", "--model", "gemini-2.5-pro", "--endpoint", service.address + "/v1beta")
    code, _, err = bonaface_(
        "describe", folders / "truth/one.png", *words, "--key-from", "A_KEY", "--out", folders / "g.json"
    )
    assert code == 0, err
    assert held(folders / "g.json")["pictures"][0]["answers"][4]["version"] == "gemini-2.5-pro-001"


def audited(service, folders, *more):
    pictures = (folders / "made/one.png", "--truth", folders / "truth/one.png", "--no-floors", "--no-controls")
    words = ("--describe", "openai", "--describe-model", "teller", "--describe-endpoint", service.v1)
    return ("audit", *pictures, *words, "--describe-repeats", 3, *more)


def test_an_audit_with_descriptions(service, folders, bonaface_):
    code, _, err = bonaface_(*audited(service, folders, "--out", folders / "out"))
    assert code == 0, err
    ledger = held(folders / "out/ledger.json")
    validate(ledger, json.loads((Path(bonaface.report.__file__).parent / "ledger.schema.json").read_text("utf-8")))
    found = ledger["descriptions"]
    assert found["described"] == {"truth": 3, "output": 3}
    skin = found["sections"][6]
    assert (skin["truth"], skin["output"]) == (REAL[7] + " Pores.", MADE[7])
    assert "smooth" in skin["added"]["adjectives"]
    assert "descriptions" in ledger["provenance"]["stages"]
    assert "anew" in ledger["provenance"]["seeds"]
    page = (folders / "out/report.html").read_text("utf-8")
    assert MADE[7] in page
    assert 'href="#descriptions"' in page


def test_a_redacted_audit_does_not_say_where_the_describer_is(service, folders, bonaface_):
    service.queue = [(500, {})] * 3
    code, said, err = bonaface_(*audited(service, folders, "--redact", "--json", "--out", folders / "out"))
    assert code == 1
    assert "one, description of the truth, answer 1: 127.0.0.1" in err
    files = [(folders / "out" / name).read_text("utf-8") for name in ("ledger.json", "report.html")]
    for text in (*files, json.dumps(json.loads(said)["descriptions"])):
        assert "the describer answers 500" in text
    for text in (
        json.dumps(held(folders / "out/ledger.json")["descriptions"]),
        json.dumps(json.loads(said)["descriptions"]),
    ):
        assert service.address.removeprefix("http://") not in text
    assert held(folders / "out/ledger.json")["descriptions"]["described"] == {"truth": 2, "output": 3}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--describe", "openai", "--describe-model", "m"), "Add --truth"),
        (("--truth", "truth/one.png", "--describe", "openai"), "needs --describe-model"),
        (("--truth", "truth/one.png", "--describe-model", "m"), "need --describe:"),
        (("--truth", "truth/one.png", "--describe", "recorded", "--describe-model", "no.json"), "cannot be read"),
    ],
)
def test_audits_whose_describer_makes_no_sense(folders, bonaface_, monkeypatch, words, says):
    monkeypatch.chdir(folders)
    code, _, err = bonaface_("audit", "made/one.png", "--out", "out", *words)
    assert code == 2
    assert says in err
    assert not (folders / "out").exists()
