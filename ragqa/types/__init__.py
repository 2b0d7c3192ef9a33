"""The nouns of ragqa: small frozen values that the stages hand to each other."""

from ragqa.types.answers import Abstention, Answer, Context, Feedback, Hit, Meant, Response, Verdict
from ragqa.types.documents import Block, BlockKind, Chunk, Document, DocumentInfo, Extract, IndexInfo, page_range, well_formed
from ragqa.types.learning import Match, PairProblem, QAPair, Triplet
from ragqa.types.work import FileReport, FileState, IngestReport, PagesRecognised, Progress, Reembedding, TrainStep

__all__ = [
    "Abstention",
    "Answer",
    "Block",
    "BlockKind",
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
    "PagesRecognised",
    "PairProblem",
    "Progress",
    "QAPair",
    "Reembedding",
    "Response",
    "TrainStep",
    "Triplet",
    "Verdict",
    "page_range",
    "well_formed",
]
