"""The JSON of `ragqa.schema` back into the nouns it was made of, for who gets it from another machine.

What is read is data: a field that is missing, or of another type, raises Misread; a field that nobody here knows is passed over,
for fields are added. What the JSON does not hold (scores without `explain`, a chunk's number) takes the noun's empty value.
"""

from ragqa.schema_reading.answers import read_answer, read_feedback, read_hit, read_passages, read_response
from ragqa.schema_reading.fields import Fields, Misread, parsed
from ragqa.schema_reading.indexes import (
    read_document,
    read_embedded,
    read_extract,
    read_headings,
    read_index,
    read_ingest,
    read_progress,
    read_span,
)
from ragqa.schema_reading.reports import read_report

__all__ = [
    "Fields",
    "Misread",
    "parsed",
    "read_answer",
    "read_document",
    "read_embedded",
    "read_extract",
    "read_feedback",
    "read_headings",
    "read_hit",
    "read_index",
    "read_ingest",
    "read_passages",
    "read_progress",
    "read_report",
    "read_response",
    "read_span",
]
