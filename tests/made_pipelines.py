"""Folders that look like pipelines of diffusers, with tensors of a few bytes; and a hub on this machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_server import answering

PARTS = {
    "scheduler": ["diffusers", "EulerAncestralDiscreteScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def tensors(content: bytes = b"12345678") -> bytes:
    """A file of safetensors with one tensor."""
    table = json.dumps({"a": {"dtype": "U8", "shape": [len(content)], "data_offsets": [0, len(content)]}}).encode()
    return len(table).to_bytes(8, "little") + table + content


def write_pipeline(folder: Path, variant: str = "fp16", **index: Any) -> Path:
    """A folder as `instruct-pix2pix` expects it."""
    word = f".{variant}" if variant else ""
    names = {"_class_name": "StableDiffusionInstructPix2PixPipeline", **PARTS, "safety_checker": [None, None], **index}
    settings = dict.fromkeys(("text_encoder", "unet", "vae"), "config.json")
    settings |= {"scheduler": "scheduler_config.json", "tokenizer": "tokenizer_config.json"}
    for name, file in settings.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / file).write_text(json.dumps({"in_channels": 8} if name == "unet" else {"part": name}))
    for name in ("unet", "vae"):
        (folder / name / f"diffusion_pytorch_model{word}.safetensors").write_bytes(tensors(name.encode()))
    (folder / "text_encoder" / f"model{word}.safetensors").write_bytes(tensors())
    (folder / "tokenizer" / "merges.txt").write_text("#version: 0.2\n")
    (folder / "model_index.json").write_text(json.dumps(names))
    return folder


@contextmanager
def hub(folder: Path, repository: str, revision: str, asked: list[str], withheld: set[str]) -> Iterator[str]:
    """The address of a server that delivers a folder as the Hugging Face hub does.

    What was asked for goes to `asked`; what is `withheld` is listed, and not delivered.
    """
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    entries = [_entry(name, file) for name, file in files.items()]

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            path = urlsplit(self.path).path
            start = f"/{repository}/resolve/{revision}/"
            if path == f"/api/models/{repository}/tree/{revision}":
                self._send(json.dumps(entries).encode(), {}, body)
            elif path == f"/api/models/{repository}/revision/{revision}":
                siblings = [{"rfilename": name} for name in files]
                self._send(json.dumps({"id": repository, "sha": revision, "siblings": siblings}).encode(), {}, body)
            elif path.startswith(start) and path.removeprefix(start) in set(files) - withheld:
                name = path.removeprefix(start)
                if body:
                    asked.append(name)
                content = files[name].read_bytes()
                headers = {"ETag": f'"{_entry(name, files[name])["oid"]}"', "X-Repo-Commit": revision}
                self._send(content, headers, body)
            else:
                self._send(b"{}", {"X-Error-Code": "EntryNotFound"}, body, 404)

        def _send(self, content: bytes, headers: dict[str, str], body: bool, status: int = 200) -> None:
            self.send_response(status)
            usual = {"Content-Length": str(len(content)), "Content-Type": "application/json"}
            for name, value in {**usual, **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Answers)) as address:
        yield address


def _entry(name: str, file: Path) -> dict[str, Any]:
    content = file.read_bytes()
    oid = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    return {"type": "file", "path": name, "size": len(content), "oid": oid}
