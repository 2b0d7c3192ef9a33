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
        }
        for stage, model in _models(Path(rapidocr.__file__).parent / "models").items():
            parameters |= {f"{stage}.engine_type": rapidocr.EngineType.OPENVINO, f"{stage}.model_path": str(model)}
        self._engine = rapidocr.RapidOCR(params=parameters)

    def recognise(self, picture: Picture) -> Sequence[Line]:
        """The lines as they are detected."""
        found = self._engine(np.repeat(picture[:, :, None], 3, axis=2))
        if found.boxes is None or found.txts is None:
            return []
        return [
            Line(text, _around(corners), float(score))
            for text, corners, score in zip(found.txts, found.boxes, found.scores, strict=True)
        ]


def _models(folder: Path) -> dict[str, Path]:
    """The model of each stage. One that is missing would be fetched from the net, so it is an error here."""
    found = {stage: sorted(folder.glob(pattern)) for stage, pattern in _MODELS.items()}
    missing = [stage for stage, models in found.items() if not models]
    if missing:
        raise FileNotFoundError(f"the package rapidocr has no model for {', '.join(missing)}")
    return {stage: models[0] for stage, models in found.items()}


def _around(corners: Any) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    return float(left), float(top), float(right), float(bottom)
