"""What a reader is taught with: sources of questions with the texts they are asked of, as samples of one to three passages.

Every source gives samples, `Asked`; `Stream` mixes them by weight in a seeded order that can be taken up at any point.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manual_library import MANUAL_QA, held_out, is_dense, lines, manual_of

from ragqa.answering.windows import Passage

_WORD = re.compile(r"\w+")

BESIDE_ANSWERS, BESIDE_NONE = (0.25, 0.5, 0.25), (0.6, 0.3, 0.1)
"""How often a manual's question is read in none, one or two passages more, where its own answers it and where none does."""

RETRIEVED_BESIDE = (0.05, 0.15, 0.3, 0.5)
"""How often a question is read in none, one, two or three of the chunks that were retrieved and do not answer it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A passage with the span that answers, where one does."""

    passage: Passage
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the passages it is read in: at most one of them answers it."""

    question: str
    texts: tuple[Text, ...]
    kind: str = ""
    answers: tuple[str, ...] = ()


class Similar:
    """Passages of one pool by the idf-weighted words they share with a question."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = [Counter(stems(text)) for text in texts]
        self._seen = Counter(word for words in self._words for word in words)

    def ranked(self, question: str) -> list[int]:
        weights = {word: 1.0 / self._seen[word] ** 0.5 for word in stems(question) if word in self._seen}
        scores = [
            sum(weight * words[word] / (words[word] + 1.2) for word, weight in weights.items() if word in words)
            for words in self._words
        ]
        return sorted(range(len(scores)), key=lambda one: -scores[one])


def stems(text: str) -> list[str]:
    return [word[:6] for word in _WORD.findall(text.lower()) if len(word) > 2]


class Manuals:
    """manual_qa: each question on its passage, with other passages of the same manual that are like it."""

    def __init__(self, folder: Path) -> None:
        self.passages: dict[str, Passage] = {}
        self.questions: list[dict[str, Any]] = []
        for path in sorted(folder.glob("*.passages.jsonl.gz")):
            for one in lines(path):
                headings = " > ".join(dict.fromkeys(part for part in (one["title"], *one["section"]) if part))
                self.passages[one["pid"]] = Passage(one["text"], headings)
        for path in sorted(folder.glob("*.questions.jsonl.gz")):
            self.questions += lines(path)
        self.held_out = {manual for pair in held_out(folder) for manual in pair}
        self._pids: dict[str, list[str]] = defaultdict(list)
        for pid in self.passages:
            self._pids[manual_of(pid)].append(pid)
        self._similar = {manual: Similar([self.passages[pid].context for pid in pids]) for manual, pids in self._pids.items()}

    def asked(self, held_out: bool, dense: bool | None = None) -> list[dict[str, Any]]:
        """The questions of manuals that are held out, or of the others; of sets of dense pages, of the others, or of all."""
        return [
            one
            for one in self.questions
            if (manual_of(one["pid"]) in self.held_out) == held_out and dense in (None, is_dense(one["pid"]))
        ]

    def sample(self, raw: dict[str, Any], chance: random.Random) -> Asked:
        """The question on its own passage, and most times on one or two others too."""
        passage = self.passages[raw["pid"]]
        if raw["answers"]:
            answer = raw["answers"][0]
            own = Text(passage, answer["start"], answer["start"] + len(answer["text"]))
        else:
            own = Text(passage)
        beside = chance.choices((0, 1, 2), BESIDE_ANSWERS if raw["answers"] else BESIDE_NONE)[0]
        texts = [own, *(Text(one) for one in self._near(raw, chance, beside))]
        return Asked(raw["question"], tuple(texts), raw["kind"], tuple(one["text"] for one in raw["answers"]))

    def _near(self, raw: dict[str, Any], chance: random.Random, count: int) -> list[Passage]:
        """Passages of the same manual that share words with the question and do not answer it, the nearer the likelier."""
        if not count:
            return []
        wrong = {raw["pid"], raw.get("answered_in")}
        words = [one["text"].lower() for one in raw["answers"][:1]]
        manual = manual_of(raw["pid"])
        ranked = [self._pids[manual][one] for one in self._similar[manual].ranked(raw["question"])]
        near = [pid for pid in ranked if pid not in wrong and not any(one in self.passages[pid].text.lower() for one in words)]
        taken = [near.pop(min(int(chance.expovariate(0.7)), len(near) - 1)) for _ in range(min(count, len(near)))]
        return [self.passages[pid] for pid in taken]


class Retrieved:
    """Lessons as `retrieved_lessons.py` writes them: each question on a chunk that answers, and on others that were retrieved."""

    def __init__(self, path: Path) -> None:
        with open(path, encoding="utf-8") as file:
            self.items = [json.loads(line) for line in file]

    def sample(self, raw: dict[str, Any], chance: random.Random) -> Asked:
        """The question on a right chunk, where there is one, and on some of the wrong ones, the first the likeliest."""
        texts = [_chunk(one) for one in chance.sample(raw["right"], min(1, len(raw["right"])))]
        wrong = list(raw["wrong"])
        count = chance.choices((0, 1, 2, 3), RETRIEVED_BESIDE)[0] + (not texts)
        taken = [wrong.pop(min(int(chance.expovariate(0.7)), len(wrong) - 1)) for _ in range(min(count, len(wrong)))]
        texts += map(_chunk, taken)
        answers = tuple(one["text"][one["start"] : one["end"]] for one in raw["right"][:1])
        return Asked(raw["question"], tuple(texts), raw["kind"], answers)


def _chunk(stored: dict[str, Any]) -> Text:
    return Text(Passage(stored["text"], stored["headings"]), stored.get("start"), stored.get("end"))


class Squad:
    """SQuAD v1.1 train, with v2.0's unanswerable questions beside their answerable twins."""

    def __init__(self, squad: Path, unanswerable: Path) -> None:
        with gzip.open(squad, "rt", encoding="utf-8") as file:
            articles = json.load(file)["data"]
        self.items: list[tuple[Asked, ...]] = []
        twins = defaultdict(list)
        loose = []
        for one in lines(unanswerable):
            pair = one.get("pair_question")
            twins[(one["context"], pair.strip())].append(one) if pair else loose.append(one)
        for article in articles:
            title = article["title"].replace("_", " ")
            for paragraph in article["paragraphs"]:
                passage = Passage(paragraph["context"], title)
                for raw in paragraph["qas"]:
                    question, answer = raw["question"].strip(), raw["answers"][0]
                    start = answer["answer_start"]
                    asked = Asked(question, (Text(passage, start, start + len(answer["text"])),), "squad", (answer["text"],))
                    near = twins.pop((paragraph["context"], question), [])[:1]
                    self.items.append((asked, *(Asked(one["question"].strip(), (Text(passage),), "none") for one in near)))
        loose += [one for several in twins.values() for one in several]
        self.items += [(Asked(one["question"].strip(), (Text(Passage(one["context"])),), "none"),) for one in loose]

    def sample(self, raw: tuple[Asked, ...], chance: random.Random) -> tuple[Asked, ...]:
        return raw


class Others:
    """A file of qa/: each question on its context, a part of it on a similar one of the same file that does not answer."""

    def __init__(self, path: Path) -> None:
        self.items = [one for one in lines(path) if not one["answers"] or one["answers"][0]["text"].strip()]
        self._tables = path.name.startswith("wikitable")
        self._contexts = sorted({one["context"] for one in self.items})

    def sample(self, raw: dict[str, Any], chance: random.Random) -> Asked:
        context, answer = raw["context"], raw["answers"][0] if raw["answers"] else None
        if answer is None:
            return Asked(raw["question"], (Text(Passage(context)),), "none")
        start, end = answer["start"], answer["start"] + len(answer["text"])
        if self._tables:
            context, start, end = labelled_rows(context, start, end, chance)
        texts = [Text(Passage(context), start, end)]
        if chance.random() < 0.35:
            others = [chance.choice(self._contexts) for _ in range(24)]
            words = set(stems(raw["question"]))
            fit = [one for one in others if one != raw["context"] and answer["text"].lower() not in one.lower()]
            if fit:
                other = max(fit, key=lambda one: len(words & set(stems(one))))
                if self._tables:
                    other = labelled_rows(other, 0, 0, chance)[0]
                texts.append(Text(Passage(other)))
        return Asked(raw["question"], tuple(texts), self._kind(raw), (answer["text"],))

    def _kind(self, raw: dict[str, Any]) -> str:
        return raw.get("source", "")


def labelled_rows(table: str, start: int, end: int, chance: random.Random, longest: int = 1100) -> tuple[str, int, int]:
    """A table as parsing writes it, "Head: value | Head: value", cut to the rows around the cell start..end."""
    rows = table.split("\n")
    head = [cell.strip() for cell in rows[0].split(" | ")]
    at = len(rows[0]) + 1
    if start < at and end > 0:  # the answer is in the head
        return table[: max(longest, end)], start, end
    made: list[tuple[str, int, int]] = []
    for row in rows[1:]:
        text, found, inside = "", (-1, -1), at
        for number, cell in enumerate(row.split(" | ")):
            label = f"{head[number]}: " if number < len(head) and head[number] else ""
            if text:
                text += " | "
            if inside <= start and end <= inside + len(cell) and end > 0:
                found = (len(text) + len(label) + start - inside, len(text) + len(label) + end - inside)
            text += label + cell
            inside += len(cell) + 3
        made.append((text, *found))
        at += len(row) + 1
    right = next((number for number, one in enumerate(made) if one[1] >= 0), None)
    if right is None:
        if end > 0:
            return table[: max(longest, end)], start, end
        right = 0
    first = last = right
    size = len(made[right][0])
    while size < longest and (first > 0 or last < len(made) - 1):
        down = last < len(made) - 1 and (first == 0 or chance.random() < 0.5)
        grown = last + 1 if down else first - 1
        size += len(made[grown][0]) + 1
        first, last = min(first, grown), max(last, grown)
    before = sum(len(one[0]) + 1 for one in made[first:right])
    text = "\n".join(one[0] for one in made[first : last + 1])
    return text, before + max(made[right][1], 0), before + max(made[right][2], 0)


class Stream:
    """A seeded mixture of sources, each gone through in shuffled rounds; `state` says how far each has been read."""

    def __init__(self, sources: dict[str, tuple[float, list[Any], Any]], seed: int, drawn: dict[str, int] | None = None) -> None:
        self._sources, self._seed = sources, seed
        self.drawn = dict.fromkeys(sources, 0) | (drawn or {})
        self._orders: dict[tuple[str, int], list[int]] = {}

    def batch(self, step: int, questions: int) -> list[Asked]:
        chance = random.Random(f"{self._seed} {step}")
        names = list(self._sources)
        weights = [self._sources[name][0] for name in names]
        asked: list[Asked] = []
        while len(asked) < questions:
            name = chance.choices(names, weights)[0]
            _, items, source = self._sources[name]
            around, at = divmod(self.drawn[name], len(items))
            made = source.sample(items[self._order(name, around, len(items))[at]], chance)
            self.drawn[name] += 1
            asked += made if isinstance(made, tuple) else [made]
        return asked

    def _order(self, name: str, around: int, count: int) -> list[int]:
        if (name, around) not in self._orders:
            self._orders = {key: one for key, one in self._orders.items() if key[0] != name}
            order = list(range(count))
            random.Random(f"{self._seed} {name} {around}").shuffle(order)
            self._orders[(name, around)] = order
        return self._orders[(name, around)]


WEIGHTS = {
    "manuals": 0.28,
    "dense": 0.45,
    "squad": 0.1,
    "doc2dial_val": 0.04,
    "squadshifts_amazon_reviews": 0.015,
    "squadshifts_new_wiki": 0.015,
    "squadshifts_reddit": 0.015,
    "wikitablequestions_cells": 0.045,
    "tatqa_devtest_spans": 0.015,
    "covidqa": 0.005,
    "fairytaleqa_spans": 0.01,
    "qed_dev_nq": 0.015,
    "clapnq_dev": 0.005,
}
"""The share of each source among what is drawn."""


RETRIEVED = 0.75
"""The share of lessons of retrieved chunks where there are some, the same of each file; the other sources' shrinks by it."""


def all_sources(
    data: Path, lessons: Sequence[Path] = (), share: float = RETRIEVED, weights: Mapping[str, float] = WEIGHTS
) -> tuple[Manuals, dict[str, tuple[float, list[Any], Any]]]:
    """The manuals, and every source with its weight, its items and what makes samples of them; `share` is that of the lessons."""
    manuals = Manuals(MANUAL_QA)
    squad = Squad(data / "squad" / "train-v1.1.json.gz", data / "qa" / "squad2_train_unanswerable.jsonl.gz")
    sources: dict[str, tuple[float, list[Any], Any]] = {
        "manuals": (weights["manuals"], manuals.asked(held_out=False, dense=False), manuals),
        "dense": (weights["dense"], manuals.asked(held_out=False, dense=True), manuals),
        "squad": (weights["squad"], squad.items, squad),
    }
    for name, weight in weights.items():
        if name not in sources:
            source = Others(data / "qa" / f"{name}.jsonl.gz")
            sources[name] = (weight, source.items, source)
    others = sum(weight for weight, _, _ in sources.values())
    for path in lessons:
        retrieved = Retrieved(path)
        sources[path.stem] = (others * share / (1 - share) / len(lessons), retrieved.items, retrieved)
    return manuals, sources
