"""Google's Gemini, which the source's study asked (Gemini 2.5 Pro)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from bonaface.core.descriptions import Answer, AnswerFailed, Sent
from bonaface.io.describers.http import Service, post
from bonaface.io.describers.openai import whole
from bonaface.io.describers.question import TEMPLATE

ENDPOINT = "https://generativelanguage.googleapis.com/v1beta"


class Gemini(Service):
    """The service, asked with one message: the template and the picture."""

    __slots__ = ()

    def describe(self, picture: Sent, repeat: int) -> Answer:
        """See `Describer`."""
        del repeat
        data = base64.b64encode(picture.data).decode("ascii")
        parts = [{"text": TEMPLATE}, {"inline_data": {"mime_type": "image/png", "data": data}}]
        body = {
            "contents": [{"role": "user", "parts": parts}],
            "generationConfig": {"temperature": self.settings.temperature},
        }
        headers = {"x-goog-api-key": self.key} if self.key else {}  # in a header: addresses end up in logs
        model = quote(self.settings.model.removeprefix("models/"), safe="")
        url = f"{self.settings.endpoint}/models/{model}:generateContent"
        return read_answer(post(url, body, headers, self.timeout, self.key))


def read_answer(held: Any) -> Answer:
    """The answer in the service's JSON; what the model thought before it is left out.

    Raises:
        AnswerFailed: there is none in it, or the service refused.
    """
    try:
        blocked = (held.get("promptFeedback") or {}).get("blockReason")
        if blocked:
            raise AnswerFailed(f"the describer refused the picture ({blocked}).")
        candidate = held["candidates"][0]
        ended = candidate.get("finishReason")
        parts = (candidate.get("content") or {}).get("parts") or []
        text = "".join(part.get("text") or "" for part in parts if not part.get("thought"))
        usage = held.get("usageMetadata") or {}
        tokens_in, written, thought = (
            whole(usage.get(name)) for name in ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
        )
        version = str(held.get("modelVersion") or "")
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise AnswerFailed("the answer is not in Gemini's form. Check the address.") from error
    if ended not in (None, "STOP", "MAX_TOKENS", "FINISH_REASON_UNSPECIFIED"):
        raise AnswerFailed(f"the describer refused: the answer ended with {ended}.")
    if not text.strip():
        raise AnswerFailed(f"the answer is empty (it ended with {ended}).")
    cut = "the service's limit of tokens was reached" if ended == "MAX_TOKENS" else ""
    tokens_out = None if written is None else written + (thought or 0)
    return Answer(text, version, tokens_in, tokens_out, cut)
