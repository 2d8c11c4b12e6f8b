"""`bonaface models`: the whole way from the command line, with a server on this machine and made-up models."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from bonaface.api import models
from bonaface.core.catalog import Catalog, Source, Weights
from bonaface.edit import EDITORS
from bonaface.restore import RESTORERS, Knob, Restorer
from bonaface.restore.published import PUBLISHED
from local_server import answering
from running import run

FREE, STRICT = b"a free network" * 9, b"a network with terms" * 9


def graph(constant: float) -> bytes:
    """A small graph."""
    node = helper.make_node("Mul", ["input", "constant"], ["output"])
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 3, 8, 8)) for name in ("input", "output")]
    held = [numpy_helper.from_array(np.float32(constant), "constant")]
    made = helper.make_model(helper.make_graph([node], "a test", values[:1], values[1:], held))
    return bytes(made.SerializeToString())


NEW, OTHER = graph(0.5), graph(0.7)
"""Of a card that does not know its hash."""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a folder with three networks."""
    folder = tmp_path / "served"
    folder.mkdir()
    for name, content in (("free.onnx", FREE), ("strict_one.onnx", STRICT), ("new.onnx", NEW)):
        (folder / name).write_bytes(content)
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))) as address:
        yield address


def restorer(name: str, *cards: Weights) -> Restorer:
    return Restorer(
        id=name,
        licence=cards[0].licence if cards else "no weights",
        source=Source("A test", "https://example.org"),
        load=dict,
        weights=cards,
        input_size=(512, 512),
        output_size=(256, 512),
        generative=True,
        random=name == "new",
        knobs=(Knob("strength", "from 0 to 1"),),
        limits=("Made up.",),
    )


@pytest.fixture(autouse=True)
def catalog(own_weights: None, served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five models; no waiting, no proxies, no folder of the user's own."""

    def card(name: str, content: bytes | None, licence: str, commercial: bool) -> Weights:
        known = hashlib.sha256(content).hexdigest() if content else ""
        return Weights(name, known, 0, licence, commercial, "faces", Source("A test"), urls=(f"{served}/{name}",))

    items = [
        restorer("plain"),
        restorer("free", card("free.onnx", FREE, "CC0-1.0", True)),
        restorer("strict-one", card("strict_one.onnx", STRICT, "for research only", False)),
        restorer("new", card("new.onnx", None, "CC0-1.0", True)),
        restorer("gone", card("gone.onnx", b"x", "CC0-1.0", True)),
    ]
    monkeypatch.setattr(models, "RESTORERS", Catalog("restorer", items))


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "list") == 0
    said = capsys.readouterr().out
    for text in ("strict-one", "for research only", "not here", "none needed", "512 to 512x256", "?", "limited"):
        assert text in said
    assert run("models", "fetch", "free") == 0
    capsys.readouterr()
    assert run("models", "list", "--json") == 0
    listed = {model["id"]: model for model in json.loads(capsys.readouterr().out)}
    assert listed["free"]["state"] == "here"
    assert listed["new"]["state"] == "not here"
    assert listed["new"]["files"][0]["sha256"] is None
    assert listed["strict-one"]["commercial"] is False
    assert listed["plain"]["files"] == []


def test_a_list_looks_at_sizes_and_says_that_files_were_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(models, "RESTORERS", RESTORERS)
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path / "named"))
    (tmp_path / "named").mkdir()
    for name in ("gfpgan_1.4.onnx", "gpen_bfr_2048.onnx"):
        (tmp_path / "named" / name).write_bytes(b"a stump")
    assert run("models", "list") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Wrong: {tmp_path / 'named' / 'gfpgan_1.4.onnx'} has 7 bytes; expected about 340 MB" in said
    assert "gpen-bfr-2048 wrong content" in said
    assert "not read: `bonaface models verify` reads those that are here" in said


def test_the_real_catalog_can_be_listed_and_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(models, "RESTORERS", RESTORERS)
    assert run("models", "list") == 0
    assert "bundled" in capsys.readouterr().out
    for name in (*RESTORERS.ids, *EDITORS.ids):
        assert run("models", "show", name) == 0
        assert name in capsys.readouterr().out
    assert run("models", "verify", "pro-uigan-compact") == 0


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "show", "new") == 0
    said = capsys.readouterr().out
    for text in (
        "strength: from 0 to 1",
        "Made up.",
        "unpinned",
        "/new.onnx",
        "faces",
        "not here",
        "two runs may differ",
    ):
        assert text in said
    assert run("models", "fetch", "new") == 0
    capsys.readouterr()
    assert run("models", "show", "new") == 0
    assert "as recorded on this machine" in capsys.readouterr().out
    assert run("models", "show", "new", "--json") == 0
    assert json.loads(capsys.readouterr().out)["files"][0]["sha256"] == hashlib.sha256(NEW).hexdigest()


def test_show_reads_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "free.onnx").write_bytes(b"something else")
    assert run("models", "show", "free") == 0
    said = capsys.readouterr().out
    assert "wrong content" in said
    assert "expected " + hashlib.sha256(FREE).hexdigest() in said


def test_fetch_and_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "where", "free") == 2
    assert "bonaface models fetch free" in capsys.readouterr().err
    assert run("models", "fetch", "free", "plain") == 0
    said = capsys.readouterr().out
    assert f"{tmp_path / 'user' / 'free.onnx'} is fetched" in said
    assert "plain: needs no files" in said
    assert run("models", "where", "free") == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "user" / "free.onnx")
    assert run("models", "where", "free.onnx") == 0  # a file's name will do
    assert run("models", "where") == 0
    assert str(tmp_path / "user") in capsys.readouterr().out


def test_terms_have_to_be_accepted_before_anything_is_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("models", "fetch", "free", "strict-one") == 2
    said = capsys.readouterr().err
    assert "strict_one.onnx: for research only" in said
    assert "--accept-licence" in said
    assert not (tmp_path / "user").exists()
    assert run("models", "fetch", "free", "strict-one", "--accept-licence") == 0
    said = capsys.readouterr()
    assert "Terms of the weights: strict_one.onnx: for research only." in said.err
    assert (tmp_path / "user" / "strict_one.onnx").read_bytes() == STRICT


def test_an_unpinned_model(tmp_path: Path, served: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "fetch", "new") == 0
    said = capsys.readouterr().out
    assert f'sha256="{hashlib.sha256(NEW).hexdigest()}"' in said
    assert f"recorded in {tmp_path / 'user' / 'pins.json'}" in said
    assert run("models", "fetch", "new") == 0
    assert "recorded" not in capsys.readouterr().out
    (tmp_path / "user" / "new.onnx").unlink()
    (tmp_path / "served" / "new.onnx").write_bytes(OTHER)
    assert run("models", "fetch", "new") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert hashlib.sha256(NEW).hexdigest() in said
    assert hashlib.sha256(OTHER).hexdigest() in said
    assert f"delete the entry 'new.onnx' from {tmp_path / 'user' / 'pins.json'}" in said
    assert "run `bonaface models verify new`" in said
    assert not (tmp_path / "user" / "new.onnx").exists()


@pytest.mark.parametrize("content", [b"no graph" * 99, NEW[: len(NEW) // 2], b"PK\x03\x04" + bytes(500)])
def test_what_is_no_graph_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path / "named"))
    (tmp_path / "named").mkdir()
    (tmp_path / "named" / "new.onnx").write_bytes(content)
    assert run("models", "verify", "new") == 2
    assert "new.onnx cannot be opened as an ONNX graph" in " ".join(capsys.readouterr().err.split())
    (tmp_path / "named" / "new.onnx").unlink()
    (tmp_path / "served" / "new.onnx").write_bytes(content)
    assert run("models", "fetch", "new") == 2
    assert "sends another content: new.onnx cannot be opened" in " ".join(capsys.readouterr().err.split())
    assert list((tmp_path / "named").iterdir()) == []


def test_a_folder_filled_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = tmp_path / "named"
    named.mkdir()
    (named / "new.onnx").write_bytes(NEW)
    monkeypatch.setenv("BONAFACE_MODELS", str(named))
    assert run("models", "list") == 0
    assert "unverified" in capsys.readouterr().out
    assert run("models", "where", "new") == 2
    assert "bonaface models verify new" in capsys.readouterr().err
    assert run("models", "verify") == 0  # all that are here
    assert f"recorded in {named / 'pins.json'}" in capsys.readouterr().out
    assert run("models", "where", "new") == 0
    assert run("models", "verify", "new") == 0
    (named / "new.onnx").write_bytes(OTHER)
    assert run("models", "verify", "new") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert hashlib.sha256(NEW).hexdigest() in said
    assert f"delete the entry 'new.onnx' from {named / 'pins.json'}" in said
    (named / "pins.json").write_text("{}")  # what the message says
    assert run("models", "verify", "new") == 0
    assert hashlib.sha256(OTHER).hexdigest() in capsys.readouterr().out


def test_some_done_and_some_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "fetch", "gone", "free") == 1
    said = capsys.readouterr()
    assert "404" in said.err
    assert "free.onnx is fetched" in said.out
    assert run("models", "fetch", "gone") == 2
    assert run("models", "fetch", "no-such-model", "free") == 2
    assert "There is no model called 'no-such-model'" in capsys.readouterr().err


def test_another_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "fetch", "free", "--folder", tmp_path / "else") == 0
    assert f"BONAFACE_MODELS={tmp_path / 'else'}" in capsys.readouterr().err
    assert (tmp_path / "else" / "free.onnx").read_bytes() == FREE
    assert run("models", "verify", "free", "--folder", tmp_path / "else") == 0
    assert run("models", "where", "free") == 2


class Slow(BaseHTTPRequestHandler):
    """Sends 100 bytes, and nothing for half a minute."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.send_header("ETag", '"one"')
        self.end_headers()
        self.wfile.write(b"x" * 80_000)
        self.wfile.flush()
        time.sleep(30)

    def log_message(self, *_: object) -> None:
        pass


def test_being_stopped_says_that_the_part_stays(tmp_path: Path) -> None:
    code = """
import sys
from bonaface.api import models
from bonaface.cli import main
from bonaface.core.catalog import Catalog, Source, Weights
from bonaface.restore import Restorer
card = Weights("net.onnx", "", 0.1, "", True, "", Source(""), urls=(sys.argv[1] + "/n",))
models.RESTORERS = Catalog("restorer", [Restorer("net", "", Source(""), dict, (card,))])
main(["models", "fetch", "net", "--folder", sys.argv[2]])
"""
    part = tmp_path / "to" / ".bonaface-part-net.onnx"
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Slow)) as address:
        words = [sys.executable, "-c", code, address, str(part.parent)]
        process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 30
        while not (part.exists() and part.stat().st_size) and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "is kept, and the same command goes on from there" in said
    assert "nothing is half written" not in said
    assert part.stat().st_size
    assert not (tmp_path / "to" / "net.onnx").exists()


@pytest.mark.parametrize("card", PUBLISHED, ids=lambda card: card.id)
def test_the_cards_of_what_others_published(card: Weights) -> None:
    assert card.sha256 == "" or len(bytes.fromhex(card.sha256)) == 32
    assert card.urls
    assert all(url.startswith("https://") and url.endswith("/" + card.name) for url in card.urls)
    assert card.licence
    assert card.training_data
    assert card.source.link
    assert card.commercial == ("Apache-2.0" in card.licence)


def test_a_measure_is_shown_elsewhere(capsys):
    for name in ("niqe", "niqe-pris-params"):
        assert run("models", "show", name) == 2
        assert "bonaface measure show niqe" in capsys.readouterr().err
