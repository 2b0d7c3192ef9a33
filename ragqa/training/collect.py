"""Questions to cases: what the Asker reads for each, kept whole, so that any calibration can be told what it would serve.

How many passages are read depends on the confidence, and that on the calibration which is being fitted; so does which spans are
chosen. So a case keeps every span of every stage of the reading, and goes through the very functions that `ask` goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ragqa.answering.asker import Asker
from ragqa.answering.choose import Manner
from ragqa.answering.rank import Candidate
from ragqa.answering.reader_settings import Calibration
from ragqa.answering.weigh import Stage, Weighed, serve
from ragqa.evaluation.gold import Gold
from ragqa.text.agreement import is_right
from ragqa.training.calibrate import Case, case_of
from ragqa.types import Hit, QAPair

Place = tuple[int, int, int]
"""A document's id and two character offsets."""


@dataclass(frozen=True, slots=True)
class Collected:
    """All that was read for one question: its stages, and at which confidence the first decides.

    `whole` tells where a span stands once it is widened, empty where this question's are not; `right` whether the text at a place
    answers, in the document that the pair names. `weight` counts the question. Nothing is read from the index any more, so an
    ingest meanwhile changes nothing.
    """

    stages: tuple[Stage, ...]
    decisive: float
    long_answers: bool
    whole: Mapping[Place, Place]
    right: Mapping[Place, bool]
    weight: float = 1.0

    def weighed(self, calibration: Calibration) -> Weighed:
        """What `ask` would answer with if the reader had this calibration."""
        return serve(self.stages, Manner(self.long_answers, self._widen if self.whole else None), calibration, self.decisive)

    def served(self, calibration: Calibration) -> Case:
        """The candidates that `ask` would weigh if the reader had this calibration."""
        candidates = self.weighed(calibration).candidates
        return case_of(candidates, [self.right[candidate.place] for candidate in candidates], self.weight)

    def _widen(self, candidate: Candidate) -> Candidate:
        _, start, end = self.whole[candidate.place]
        return replace(candidate, start=start, end=end)


def collect(
    asker: Asker,
    pairs: Sequence[QAPair],
    told: Callable[[int], None] = lambda done: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Collected]:
    """Ask every pair's question, and keep all that is read; `told` hears how many are done.

    `stop` is asked before each, and ends it with those asked so far.
    """
    cases = []
    for number, pair in enumerate(pairs, start=1):
        if stop():
            break
        with asker.index.snapshot():
            cases.append(collected(asker, pair, asker.retrieve(pair.question)))
        told(number)
    return cases


def collected(asker: Asker, pair: QAPair, hits: Sequence[Hit], weight: float = 1.0) -> Collected:
    """All that is read for a pair's question in some passages, as if they had been retrieved for it."""
    index, manner = asker.index, asker.manner(pair.question)
    stages = tuple(asker.stages(pair.question, hits))
    found = {candidate.place: candidate for stage in stages for candidate in stage.candidates}
    widen = manner.widen
    whole = {} if widen is None else {place: widen(candidate).place for place, candidate in found.items()}
    places = {*found, *whole.values()}
    document = Gold(index).document_of(pair)
    there = {place for place in places if document is None or place[0] == document.id}
    right = {place: place in there and is_right(index.text(*place), pair.answers) for place in places}
    return Collected(stages, asker.settings.decisive, manner.long_answers, whole, right, weight)
