"""Finding needs, results and resources by their words, and matching them (D1, D2, D13).

An index beside the store, derived from the read models: it may be deleted at any time. It follows
the feed when it is asked, never in the way of an ingest, and off the event loop.
"""

import asyncio
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from node.readmodels import needs, resources, results
from node.readmodels.needs import NeedView
from node.readmodels.resources import ResourceView
from node.readmodels.results import ResultView
from node.search.explaining import Explainer
from node.search.fields import field_marks
from node.search.following import read_touched
from node.search.index import KINDS, Document, Kind, TextIndex, index_version, remove_index
from node.search.question import FULL, Question, weigh
from node.search.thesaurus import Thesaurus, to_terms, to_words
from node.search.vocabulary import VOCABULARY, read_vocabulary

if TYPE_CHECKING:
    from node.clock import Clock
    from node.store import Reading, Store

PAGE_ROWS = 500

View = NeedView | ResultView | ResourceView


class Hit(NamedTuple):
    """What was found, and what of the question it answers.

    ``score`` grows with the match; ``terms`` are words in common, the rarest first; ``meanings``
    are a word of the question and the term it is called by in the hit.
    """

    id: str
    score: float
    terms: tuple[str, ...]
    meanings: tuple[tuple[str, str], ...] = ()


class Search:
    """The index of one node; safe to use from several threads."""

    def __init__(self, folder: Path, store: "Store", clock: "Clock") -> None:
        """Remember where the index lies; nothing is loaded before the first question.

        Args:
            folder: the index's own folder, made when needed.
        """
        self._folder = folder
        self._store = store
        self._clock = clock
        self._turn = threading.Lock()
        self._index: TextIndex | None = None
        self._at: tuple[int, int] | None = None
        self._thesauri: dict[Kind, tuple[str | None, Thesaurus]] = {}

    def close(self) -> None:
        """Let go of the index."""
        with self._turn:
            self._index = None
            self._at = None

    def find_results(self, text: str, limit: int = 10) -> list[Hit]:
        """Results whose words fit the text best."""
        return self.find("results", Question("", text), limit)

    def find_needs(self, text: str, limit: int = 10) -> list[Hit]:
        """Needs whose words fit the text best."""
        return self.find("needs", Question("", text), limit)

    async def afind(self, kind: Kind, question: Question, limit: int = 10) -> list[Hit]:
        """:meth:`find` in a thread."""
        return await asyncio.to_thread(self.find, kind, question, limit)

    def catch_up(self) -> int:
        """Bring the index up to the store; returns how many texts it holds."""
        with self._turn:
            return len(self._catch_up())

    def find(self, kind: Kind, question: Question, limit: int = 10) -> list[Hit]:
        """What of a kind fits the question best, and why."""
        with self._turn:
            index = self._catch_up()
        thesaurus = self._thesaurus(kind)
        rarity = partial(index.rarity, kind)
        found = dict(index.rank(kind, weigh(question, thesaurus, rarity, FULL), limit))
        held = self._store.read(partial(find_views, kind, found))
        explainer = Explainer(question, thesaurus, rarity)
        return [
            Hit(id_, round(score, 3), *explainer.explain(document_of(held[id_]).whole))
            for id_, score in found.items()
            if id_ in held
        ]

    def rank(self, kind: Kind, question: Question, limit: int) -> list[tuple[str, float]]:
        """Ids and scores of what fits the question best, without the reasons."""
        with self._turn:
            index = self._catch_up()
        rarity = partial(index.rarity, kind)
        return index.rank(kind, weigh(question, self._thesaurus(kind), rarity, FULL), limit)

    async def arank(self, kind: Kind, question: Question, limit: int) -> list[tuple[str, float]]:
        """:meth:`rank` in a thread."""
        return await asyncio.to_thread(self.rank, kind, question, limit)

    def _thesaurus(self, kind: Kind) -> Thesaurus:
        """The thesaurus towards what is sought, the station's own words among it."""
        version = self._store.read(lambda reading: reading.meta(VOCABULARY))
        with self._turn:
            known = self._thesauri.get(kind)
            if known is None or known[0] != version:
                own = self._store.read(read_vocabulary) if version else ()
                made = to_words(own) if kind == "needs" else to_terms(own)
                known = self._thesauri[kind] = (version, made)
        return known[1]

    # -- keeping the index

    def _catch_up(self) -> TextIndex:
        index = self._open()
        mark = self._at
        touched, now, is_known = self._store.read(lambda r: read_touched(r, mark))
        if now == mark:
            return index
        if is_known:
            self._put(index, touched)
        if not is_known or len(index) != self._store.read(_count_open):
            self._fill(index)
        self._at = now
        self._write_mark(now)
        return index

    def _open(self) -> TextIndex:
        if self._index is None:
            self._at = self._read_mark()
            if self._at is None:
                remove_index(self._folder)
            self._index = TextIndex(self._folder)
        return self._index

    def _read_mark(self) -> tuple[int, int] | None:
        """Feed epoch and position the index has reached; None when it cannot be relied on."""
        try:
            version, epoch, position = json.loads((self._folder / "mark.json").read_text("utf-8"))
            mark = int(epoch), int(position)
        except (OSError, ValueError, TypeError):
            return None
        return mark if version == index_version() else None

    def _write_mark(self, mark: tuple[int, int]) -> None:
        text = json.dumps([index_version(), *mark])
        (self._folder / "mark.json").write_text(text, "utf-8")

    def _put(self, index: TextIndex, touched: Mapping[Kind, set[str]]) -> None:
        for kind, ids in touched.items():
            if ids:
                held = self._store.read(partial(find_views, kind, ids))
                open_ = (held[id_] for id_ in sorted(held) if held[id_].state == "open")
                index.put(kind, (document_of(each) for each in open_), sorted(ids))

    def _fill(self, index: TextIndex) -> None:
        """Index everything anew: another feed, or read models that were folded again."""
        index.clear()
        for kind in KINDS:
            index.put(kind, self._all_open(kind))

    def _all_open(self, kind: Kind) -> Iterable[Document]:
        after = ""
        while page := self._store.read(partial(_find_page, kind, after)):
            yield from (document_of(each) for each in page)
            after = page[-1].id


def document_of(view: View) -> Document:
    """What is indexed of a need, result or resource."""
    discipline = view.discipline if isinstance(view, ResultView) else ""
    marks = field_marks(view.field, discipline)
    return Document(view.id, view.title, _body(view), view.keywords, marks)


def question_of(view: NeedView | ResultView) -> Question:
    """The question a need or result is: its title, the rest of its words, its fields."""
    document = document_of(view)
    rest = "\n".join((document.text, " ".join(document.keywords)))
    return Question(document.title, rest, document.fields, isinstance(view, NeedView))


def _body(view: View) -> str:
    indicators = view.indicators if isinstance(view, NeedView) else ()
    return "\n".join((view.text, *indicators))


def _count_open(reading: "Reading") -> int:
    return sum(model.count(reading, state="open") for model in (needs, results, resources))


def _find_page(kind: Kind, after: str, reading: "Reading") -> Sequence[View]:
    if kind == "needs":
        return needs.find(reading, state="open", limit=PAGE_ROWS, after=after)
    if kind == "results":
        return results.find(reading, state="open", limit=PAGE_ROWS, after=after)
    return resources.find(reading, state="open", limit=PAGE_ROWS, after=after)


def find_views(kind: Kind, ids: Iterable[str], reading: "Reading") -> Mapping[str, View]:
    """Those of a kind that are held, by id."""
    if kind == "needs":
        return needs.find_many(reading, ids)
    if kind == "results":
        return results.find_many(reading, ids)
    return resources.find_many(reading, ids)
