"""RapidOCR: PaddleOCR's small models for detection and recognition, run by OpenVINO, out of its package and so offline."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragqa.parsing.ocr.engine import RAPIDOCR, Line

if TYPE_CHECKING:
    from ragqa.parsing.ocr.engine import Picture

_LONGEST_SIDE = 4000
_MODELS = {"Det": "*_det_*.onnx", "Rec": "*_rec_*.onnx", "Cls": "*_cls_*.onnx"}


class RapidRecognizer:
    """Loads the models of the installed package, never others. For one thread at a time."""

    name = RAPIDOCR

    def __init__(self, threads: int = 0) -> None:
        os.environ.setdefault("OPENVINO_TELEMETRY_OPT_OUT", "1")
        import rapidocr

        self.version = version("rapidocr")
        parameters: dict[str, Any] = {
            "Global.log_level": "critical",
            "Global.use_cls": False,  # whole pages are turned, not lines
            "Global.text_score": 0.0,  # how sure is sure enough is for the page to judge
            "Global.max_side_len": _LONGEST_SIDE,
            "EngineConfig.openvino.inference_num_threads": threads or -1,
            "EngineConfig.openvino.enable_cpu_pinning": False,  # or several processes share the first processor
        }
        for stage, model in _models(Path(rapidocr.__file__).parent / "models").items():
            parameters |= {f"{stage}.engine_type": rapidocr.EngineType.OPENVINO, f"{stage}.model_path": str(model)}
        self._engine: Any = rapidocr.RapidOCR(params=parameters)

    def recognise(self, picture: Picture) -> Sequence[Line]:
        """The lines as they are detected."""
        colours = np.repeat(picture[:, :, None], 3, axis=2)
        found = self._engine(colours, return_word_box=True, return_single_char_box=True)
        if found.boxes is None or found.txts is None:
            return []
        places = found.word_results or ()
        if len(places) != len(found.txts):
            places = ((),) * len(found.txts)
        return [
            Line(text, _around(corners), float(score), _centres(text, characters))
            for text, corners, score, characters in zip(found.txts, found.boxes, found.scores, places, strict=True)
        ]


def _models(folder: Path) -> dict[str, Path]:
    """The model of each stage. One that is missing would be fetched from the net, so it is an error here."""
    found = {stage: sorted(folder.glob(pattern)) for stage, pattern in _MODELS.items()}
    missing = [stage for stage, models in found.items() if not models]
    if missing:
        raise FileNotFoundError(f"the package rapidocr has no model for {', '.join(missing)}")
    return {stage: models[0] for stage, models in found.items()}


def _centres(text: str, characters: Sequence[tuple[str, float, Any]]) -> tuple[float, ...]:
    """The middle of each character, of none where what is told of the characters is not the text."""
    if "".join(character for character, *_ in characters) != "".join(text.split()):
        return ()
    return tuple(float(np.mean([x for x, _ in corners])) for _, _, corners in characters)


def _around(corners: Any) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    return float(left), float(top), float(right), float(bottom)
