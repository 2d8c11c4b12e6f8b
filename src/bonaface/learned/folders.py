"""A look at the folder of a pipeline before it is opened: only what holds no code passes.

Needs neither PyTorch nor diffusers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonaface.core.errors import WeightsError, WeightsMissing

INDEX = "model_index.json"
_TEXT = ("transformers", "CLIPTextModel"), ("transformers", "CLIPTextModelWithProjection")
_TOKENS = ("transformers", "CLIPTokenizer"), ("transformers", "CLIPTokenizerFast")
COMPONENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "unet": (("diffusers", "UNet2DConditionModel"),),
    "vae": (("diffusers", "AutoencoderKL"),),
    "text_encoder": _TEXT,
    "text_encoder_2": _TEXT,
    "tokenizer": _TOKENS,
    "tokenizer_2": _TOKENS,
    "safety_checker": (("stable_diffusion", "StableDiffusionSafetyChecker"),),
    "feature_extractor": tuple(
        ("transformers", name)
        for name in ("CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPImageProcessorPil", "CLIPFeatureExtractor")
    ),
    "image_encoder": (("transformers", "CLIPVisionModelWithProjection"),),
}
"""What a pipeline may be made of: library and class of each part. The scheduler may be any of diffusers'."""
WEIGHTED = ("unet", "vae", "text_encoder", "text_encoder_2", "safety_checker", "image_encoder")
"""Parts that have weights."""
NEEDED = ("unet", "vae", "scheduler")
"""Parts that no pipeline is without, beside a text encoder and its tokenizer."""
PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle", ".msgpack")
"""Endings of files with weights that can run code when they are read, or that are for another library."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What is in the folder of a pipeline.

    Attributes:
        names: of the parts that will be loaded.
        variant: the word in the names of its weights, such as "fp16"; empty: none.
        files: paths in the folder of all that will be read, with forward slashes.
        channels: that the U-Net reads.
    """

    names: tuple[str, ...]
    variant: str
    files: tuple[str, ...]
    channels: int


def look(folder: Path, pipelines: tuple[str, ...], *, safety_checker: bool = True) -> Parts:
    """Make sure that a folder holds a pipeline of the expected class as tensors and settings, and no code.

    Args:
        folder: with a `model_index.json`, as a hub publishes them or `save_pretrained` writes them.
        pipelines: classes of diffusers that the index may name.
        safety_checker: whether that part will be loaded where the index names it.

    Raises:
        WeightsMissing: there is no such folder, or a file of it is missing.
        WeightsError: another pipeline; code; pickles in place of safetensors; a file that was not copied whole.
    """
    if not folder.is_dir():
        raise WeightsMissing(f"{folder} is {'a file' if folder.exists() else 'not there'}; expected the folder of a "
                             f"diffusers pipeline, with a {INDEX} in it. Check the path.")  # fmt: skip
    index = _json(folder / INDEX, "A folder of a pipeline has one: give that folder, not the one above or below it.")
    _check_class(folder, index, pipelines)
    names = _names(folder, index, safety_checker)
    code = sorted(path.name for name in ("", *names) for path in (folder / name).glob("*.py"))
    if code:
        raise WeightsError(
            f"{folder} holds code ({', '.join(code)}); expected settings and tensors alone. None of it was run. "
            "Pipelines and parts that bring their own code are refused: use one that diffusers itself has."
        )
    missing = [name for name in names if not (folder / name).is_dir()]
    if missing:
        hint = " Or leave it out: --knob safety_checker=false." if "safety_checker" in missing else ""
        raise WeightsMissing(
            f"{folder} has no folder {', '.join(missing)}, which its {INDEX} names. It was not copied whole.{hint}"
        )
    variant, weights = _weights(folder, [name for name in names if name in WEIGHTED])
    settings = [path for name in names for path in sorted((folder / name).iterdir())
                if path.suffix in (".json", ".txt") and not path.name.endswith(".index.json")]  # fmt: skip
    for path in settings:
        if path.name == "adapter_config.json":
            raise WeightsError(f"{path} asks for weights from elsewhere, which are not looked for. Merge them first.")
        if path.suffix == ".json" and path.name.endswith("config.json") and "auto_map" in _json(path):
            raise WeightsError(f"{path} asks for code of its own (auto_map), which is never run. Use another model.")
    for path in weights:
        if path.suffix == ".safetensors":
            _check_tensors(path)
    channels = _json(folder / "unet" / "config.json").get("in_channels")
    files = [folder / INDEX, *settings, *weights]
    return Parts(
        tuple(names),
        variant,
        tuple(sorted({path.relative_to(folder).as_posix() for path in files})),
        channels if isinstance(channels, int) else 4,
    )


def _check_class(folder: Path, index: dict[str, Any], pipelines: tuple[str, ...]) -> None:
    found = index.get("_class_name")
    if found in pipelines:
        return
    if not isinstance(found, str):
        raise WeightsError(
            f"{folder / INDEX} names a pipeline that brings its own code ({json.dumps(found)}), which is never run; "
            f"expected {' or '.join(pipelines)}."
        )
    raise WeightsError(
        f"{folder} holds a {found}; expected a {' or '.join(pipelines)}. Give a model that was made for this editor."
    )


def _names(folder: Path, index: dict[str, Any], safety_checker: bool) -> list[str]:
    """The parts that will be loaded; each is of a known class."""
    names = []
    for name, value in index.items():
        if name.startswith("_") or not isinstance(value, list) or value == [None, None]:
            continue
        known = COMPONENTS.get(name)
        pair = tuple(value)
        if name == "scheduler":
            fits = len(pair) == 2 and pair[0] == "diffusers" and bool(re.fullmatch(r"\w+Scheduler", str(pair[1])))
        else:
            fits = known is not None and pair in known
        if not fits:
            expected = " or ".join(cls for _, cls in known) if known else "a scheduler of diffusers"
            told = f"expected {expected}" if known or name == "scheduler" else "no such part is known"
            raise WeightsError(
                f"{folder / INDEX} has {name} = {json.dumps(value)}; {told}. Parts that bring their own code are "
                "refused. Nothing was loaded."
            )
        names.append(name)
    if not safety_checker:
        names = [name for name in names if name not in ("safety_checker", "feature_extractor")]
    absent = [name for name in NEEDED if name not in names]
    if not {"text_encoder", "text_encoder_2"} & set(names) or not {"tokenizer", "tokenizer_2"} & set(names):
        absent.append("text encoder and tokenizer")
    if absent:
        raise WeightsError(f"{folder / INDEX} names no {' and no '.join(absent)}; expected a whole pipeline.")
    return names


def _weights(folder: Path, names: list[str]) -> tuple[str, list[Path]]:
    """The variant in which all parts are there, and the files of it: those without such a word come first."""
    found = {name: _variants(folder / name) for name in names}
    for name, variants in found.items():
        if not variants:
            _refuse(folder / name)
    if all("" in variants for variants in found.values()):
        return "", [path for variants in found.values() for path in variants[""]]
    for variant in dict.fromkeys(word for variants in found.values() for word in variants if word):
        if all(variant in variants or "" in variants for variants in found.values()):
            return variant, [path for variants in found.values() for path in variants.get(variant) or variants[""]]
    told = "; ".join(f"{name}: {', '.join(word or 'plain' for word in words)}" for name, words in found.items())
    raise WeightsMissing(f"{folder} has its weights in kinds that do not fit together ({told}); expected one for all.")


def _variants(folder: Path) -> dict[str, list[Path]]:
    """Files with tensors of one part by variant ("" or "fp16"); several where they are split."""
    out: dict[str, list[Path]] = {}
    for base in ("diffusion_pytorch_model", "model"):
        for path in sorted(folder.glob(f"{base}*.safetensors")):
            if (whole := re.fullmatch(rf"{base}(?:\.(\w+))?\.safetensors", path.name)) and (whole[1] or "") not in out:
                out[whole[1] or ""] = [path]
        for path in sorted(folder.glob(f"{base}.safetensors.index*.json")):
            if split := re.fullmatch(rf"{base}\.safetensors\.index(?:\.(\w+))?\.json", path.name):
                names = set(_json(path).get("weight_map", {}).values())
                if not names or not all(re.fullmatch(r"[\w.-]+\.safetensors", str(name)) for name in names):
                    raise WeightsError(f"{path} does not name files of safetensors beside it. It is not used.")
                out.setdefault(split[1] or "", [path, *(folder / str(name) for name in sorted(names))])
    return out


def _refuse(folder: Path) -> None:
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in PICKLES)
    if not pickles:
        raise WeightsMissing(f"{folder} holds no weights (no .safetensors). It was not copied whole.")
    raise WeightsError(
        f"{folder} has its weights as {', '.join(pickles)} alone, a form that can run code when it is read; expected "
        ".safetensors. It was not opened. Fetch the model's safetensors edition; or, if you trust the file, load the "
        "pipeline once in diffusers in a place where that can do no harm, and write it with "
        "save_pretrained(FOLDER, safe_serialization=True)."
    )


def _check_tensors(path: Path) -> None:
    """That a file begins as safetensors do, and is as long as its table says."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(size - 8, 100_000_000):
                raise ValueError("it does not begin with a table of tensors")
            table = json.loads(file.read(length))
        ends = [int(entry["data_offsets"][1]) for entry in _entries(table)]
    except FileNotFoundError as error:
        raise WeightsMissing(f"{path} is not there. The model was not copied whole.") from error
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise WeightsError(
            f"{path} is no file of safetensors ({error}). It may be a pointer of Git LFS, or not copied whole: fetch "
            "or copy it again."
        ) from error
    if 8 + length + max(ends, default=0) != size:
        raise WeightsError(
            f"{path} has {size:,} bytes, and its table speaks of {8 + length + max(ends, default=0):,}. It was not "
            "copied whole: fetch or copy it again."
        )


def _entries(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (entry for name, entry in table.items() if name != "__metadata__")


def _json(path: Path, hint: str = "The model was not copied whole.") -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsMissing(f"{path} is not there. {hint}") from error
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); expected JSON. Fetch or copy it again.") from error
    if not isinstance(found, dict):
        raise WeightsError(f"{path} holds {type(found).__name__}; expected names and values. Fetch it again.")
    return found
