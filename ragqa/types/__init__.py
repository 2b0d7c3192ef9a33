"""The nouns of ragqa: small frozen values that the stages hand to each other."""

from ragqa.types.answers import Abstention, Answer, Context, Feedback, Hit, Meant, Response, TableRow, Verdict
from ragqa.types.documents import (
    Block,
    BlockKind,
    Box,
    Chunk,
    Document,
    DocumentInfo,
    Extract,
    IndexInfo,
    box_around,
    page_range,
    well_formed,
)
from ragqa.types.learning import Match, PairProblem, QAPair, Triplet
from ragqa.types.pictures import PagePicture, Spot
from ragqa.types.work import FileReport, FileState, IngestReport, PagesRecognised, Progress, Reembedding, TrainStep

__all__ = [
    "Abstention",
    "Answer",
    "Block",
    "BlockKind",
    "Box",
    "Chunk",
    "Context",
    "Document",
    "DocumentInfo",
    "Extract",
    "Feedback",
    "FileReport",
    "FileState",
    "Hit",
    "IndexInfo",
    "IngestReport",
    "Match",
    "Meant",
    "PagePicture",
    "PagesRecognised",
    "PairProblem",
    "Progress",
    "QAPair",
    "Reembedding",
    "Response",
    "Spot",
    "TableRow",
    "TrainStep",
    "Triplet",
    "Verdict",
    "box_around",
    "page_range",
    "well_formed",
]
