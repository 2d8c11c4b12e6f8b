"""A describer's service on this machine, and descriptions of two faces, for tests of several floors."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bonaface.core.descriptions import TITLES
from bonaface.io.describers import http
from local_server import answering

KEY = "sk-test-0123456789"
"""Of nobody."""

REAL = {
    1: "An oval face with slight asymmetry and balanced proportions.",
    2: "A soft, rounded jawline with high, prominent cheekbones.",
    3: "A broad forehead with two faint horizontal lines and a small mole.",
    4: "Almond-shaped, brown eyes under thick, arched eyebrows; fine eyelid creases are visible.",
    5: "A straight nose with a rounded tip and narrow nostrils.",
    6: "Full lips, slightly parted; the upper teeth are faintly visible.",
    7: "Rough skin texture with visible pores, fine wrinkles and a small scar.",
    8: "A warm, uneven tone with a bright highlight on the left cheek.",
    9: "A rounded hairline; a few flyaway strands fall on the forehead.",
    10: "The left ear is partly visible, with an attached lobe.",
    11: "A playful, relaxed smile.",
}
MADE = REAL | {
    3: "A smooth, clear forehead without lines.",
    6: "Full, closed lips; no teeth are visible.",
    7: "Smooth, uniform skin without visible pores or wrinkles.",
    9: "A defined, sharper hairline of dark hair.",
}


def on_its_own(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """No cache, no key and no patience of the machine's that tests run on."""
    monkeypatch.setattr(http, "PAUSES", (0.01, 0.01))
    monkeypatch.setenv("BONAFACE_DESCRIPTIONS", str(cache))
    monkeypatch.setenv("A_KEY", KEY)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def written(sections: dict[int, str], form: str = "{n}. **{title}**: {text}\n") -> str:
    """Sections as a model writes them."""
    return "".join(form.format(n=n, title=TITLES[n], text=text) for n, text in sections.items())


def png_of(body: dict[str, Any]) -> bytes:
    """The picture that a service of OpenAI's form was sent."""
    return base64.b64decode(body["messages"][0]["content"][1]["image_url"]["url"].partition(",")[2])


def by_letters(texts: Any) -> Any:
    """In place of MiniLM: directions by the letters of a text; equal texts have cosine 1."""
    counted = np.array([[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts], float)
    return counted / np.linalg.norm(counted, axis=1, keepdims=True)


def openai_form(text: str | None, **more: Any) -> dict[str, Any]:
    """What a service of OpenAI's form answers."""
    message = {"role": "assistant", "content": text} | more.pop("message", {})
    choice = {"index": 0, "message": message, "finish_reason": more.pop("ended", "stop")}
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    return {"model": "face-teller-2026-01", "choices": [choice], "usage": usage} | more


def gemini_form(text: str, ended: str = "STOP", **more: Any) -> dict[str, Any]:
    """What Gemini answers."""
    parts = [{"text": "Let me look.", "thought": True}, {"text": text}]
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": ended}
    usage = {"promptTokenCount": 900, "candidatesTokenCount": 400, "thoughtsTokenCount": 100}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-2.5-pro-001"} | more


class Service:
    """What the next answers are, and what was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.queue: list[tuple[int, Any]] = []
        self.answer: Callable[[dict[str, Any], int], Any] = lambda body, count: openai_form(written(REAL))
        self.extra: dict[str, str] = {}
        self.pause = 0.0
        self.address = ""

    @property
    def v1(self) -> str:
        return f"{self.address}/v1"


@contextmanager
def serving() -> Iterator[Service]:
    """A real HTTP server on 127.0.0.1."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.asked.append(body)
            service.headers.append(dict(self.headers))
            service.paths.append(self.path)
            status, held = service.queue.pop(0) if service.queue else (200, None)
            time.sleep(service.pause)
            if held is None:
                held = service.answer(body, len(service.asked))
            data = held if isinstance(held, bytes) else json.dumps(held).encode()
            try:
                self.send_response(status)
                for name, value in service.extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:  # the client did not wait
                pass

        def log_message(self, *_: Any) -> None:
            pass

    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as service.address:
        yield service
