"""A vision-language model of the LLaVA class in a folder on this machine, run by transformers; nothing leaves it."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
from pathlib import Path
from typing import Any

from bonaface.core.descriptions import Answer, AnswerFailed, DescriberRefused, Sent, Settings
from bonaface.core.errors import BonafaceError
from bonaface.io.describers.question import REPEATS, TEMPLATE

INSTALL = "pip install 'bonaface[semantics]'"
LONGEST = 1536
"""Tokens of an answer; the eleven sections take 400 to 900."""


class Local:
    """The model and its processor, loaded when the first picture comes."""

    cached = True

    def __init__(self, settings: Settings, longest: int = LONGEST) -> None:
        """Of `settings`, the model is the folder's name; see `open_local`."""
        self.settings, self._longest = settings, longest
        self._loaded: tuple[Any, Any] | None = None
        self._folder = Path(settings.model)

    def repeats(self, picture: Sent) -> int:
        """The default."""
        del picture
        return REPEATS

    def describe(self, picture: Sent, repeat: int) -> Answer:
        """See `Describer`; `repeat` is the seed, so that the same question has the same answer."""
        import transformers
        from PIL import Image

        processor, model = self._load()
        transformers.set_seed(repeat)
        image = Image.open(io.BytesIO(picture.data)).convert("RGB")
        try:
            inputs = processor(images=image, text=_asked(processor), return_tensors="pt").to(model.device)
            hot = self.settings.temperature
            how = {"do_sample": True, "temperature": hot} if hot > 0 else {"do_sample": False}
            made = model.generate(**inputs, max_new_tokens=self._longest, **how)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:  # out of memory, too long, unfit processor
            raise AnswerFailed(f"the model did not answer ({type(error).__name__}: {str(error)[:200]}).") from error
        asked = int(inputs["input_ids"].shape[1])
        new = made[0][asked:]
        cut = "the limit of tokens was reached" if len(new) >= self._longest else ""
        text = str(processor.decode(new, skip_special_tokens=True))
        return Answer(text, _fingerprint(self._folder), asked, len(new), cut)

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
            try:
                from transformers import AutoModelForImageTextToText, AutoProcessor

                processor = AutoProcessor.from_pretrained(self._folder, local_files_only=True)
                model = AutoModelForImageTextToText.from_pretrained(
                    self._folder, local_files_only=True, dtype="auto", use_safetensors=True
                )
            except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
                said = " ".join(str(error).split())[:200]
                raise DescriberRefused(
                    f"{self._folder} holds no vision-language model that transformers can load ({said}). Give the "
                    "folder of one such as LLaVA 1.5, with its processor and its weights as safetensors."
                ) from error
            self._loaded = processor, model.eval()
        return self._loaded


def open_local(settings: Settings) -> Local:
    """A describer that runs the model in the folder that `settings.model` names.

    Raises:
        DescriberRefused: there is no such folder.
        BonafaceError: transformers is not installed.
    """
    if not (Path(settings.model) / "config.json").is_file():
        raise DescriberRefused(
            f"{settings.model} is no folder with a model (there is no config.json in it). Nothing is fetched: copy the "
            "model there first."
        )
    if any(importlib.util.find_spec(name) is None for name in ("transformers", "torch")):
        raise BonafaceError(f"A local model needs transformers and torch, which are not installed: {INSTALL}")
    return Local(settings)


def _asked(processor: Any) -> str:
    """The template with the picture's place, in the model's own form of a talk."""
    if getattr(processor, "chat_template", None):
        content = [{"type": "image"}, {"type": "text", "text": TEMPLATE}]
        return str(processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True))
    return f"USER: {getattr(processor, 'image_token', '<image>')}\n{TEMPLATE}\nASSISTANT:"


def _fingerprint(folder: Path) -> str:
    """The folder's name, and a hash of its configuration and of the names and sizes of its files."""
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for path in sorted(folder.iterdir()):
        digest.update(f"{path.name} {path.stat().st_size} ".encode())
    return f"{folder.resolve().name} {digest.hexdigest()[:12]}"
