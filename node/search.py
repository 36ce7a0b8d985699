"""Finding needs and results by their words, and matching one with the other (D1, D2, D13).

An index beside the store, derived from the read models: it may be deleted at any time. It follows
the feed when it is asked, never in the way of an ingest, and off the event loop.
"""

import asyncio
import json
import shutil
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from node.errors import NodeError
from node.readmodels import entries, needs, results
from node.terms import distinct_words, index_terms, pairs
from protocol.header import entry_id, parse_header
from protocol.records import BodyErased, find_record

if TYPE_CHECKING:
    import tantivy

    from node.clock import Clock
    from node.store import Reading, Store, StoredRun

VERSION = 3
CHANNELS = ("needs", "results")
"""Channels indexed; a document's kind is its channel."""
FEED_BYTES = 4 * 1024 * 1024
QUERY_TERMS_MAX = 256
REASONS_MAX = 8
PAIR_WEIGHT = 0.6
"""A pair of characters that is no word says less than a word; tried on needs_zh_dev."""
WRITER_BYTES = 32 * 1024 * 1024
PAGE_ROWS = 500


class Hit(NamedTuple):
    """A need or result found: ``score`` grows with the match, ``terms`` are words in common."""

    id: str
    score: float
    terms: tuple[str, ...]


class _Text(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def keywords(self) -> list[str]: ...
    @property
    def state(self) -> str: ...


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
        self._index: tantivy.Index | None = None

    def close(self) -> None:
        """Let go of the index."""
        with self._turn:
            self._index = None

    def find_results(self, text: str, limit: int = 10) -> list[Hit]:
        """Results whose words fit the text best."""
        return self._find("results", text, limit)

    def find_needs(self, text: str, limit: int = 10) -> list[Hit]:
        """Needs whose words fit the text best."""
        return self._find("needs", text, limit)

    async def afind_results(self, text: str, limit: int = 10) -> list[Hit]:
        """:meth:`find_results` in a thread."""
        return await asyncio.to_thread(self.find_results, text, limit)

    async def afind_needs(self, text: str, limit: int = 10) -> list[Hit]:
        """:meth:`find_needs` in a thread."""
        return await asyncio.to_thread(self.find_needs, text, limit)

    def catch_up(self) -> int:
        """Bring the index up to the store; returns how many texts it holds."""
        with self._turn:
            return self._catch_up()

    # -- keeping the index

    def _catch_up(self) -> int:
        index = self._open()
        mark = self._mark()
        touched, mark_now, is_known = self._store.read(lambda r: _touched(r, mark))
        if is_known:
            self._put(index, touched)
        held = int(index.searcher().num_docs)
        due = self._store.read(_count_open)
        if not is_known or held != due:
            self._fill(index)
            held = int(index.searcher().num_docs)
        if mark_now != mark:
            self._write_mark(mark_now)
        return held

    def _open(self) -> "tantivy.Index":
        import tantivy

        if self._index is not None:
            return self._index
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
        builder.add_text_field("terms", tokenizer_name="terms", index_option="freq")
        schema = builder.build()
        if self._mark() is None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._index = tantivy.Index(schema, path=str(self._folder))
        except ValueError as error:
            raise NodeError(f"the search index cannot be opened: {error}") from None
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("terms", analyzer)
        return self._index

    def _mark(self) -> tuple[int, int] | None:
        """Feed epoch and position the index has reached; None when it cannot be relied on."""
        try:
            mark = json.loads((self._folder / "mark.json").read_text("utf-8"))
            version, epoch, position = (int(each) for each in mark)
        except (OSError, ValueError, TypeError):
            return None
        return (epoch, position) if version == VERSION else None

    def _write_mark(self, mark: tuple[int, int]) -> None:
        (self._folder / "mark.json").write_text(json.dumps([VERSION, *mark]), "utf-8")

    def _put(self, index: "tantivy.Index", touched: Mapping[str, set[str]]) -> None:
        if not any(touched.values()):
            return
        writer = index.writer(WRITER_BYTES, 1)
        for kind, ids in touched.items():
            texts = self._store.read(partial(_find_many, kind, ids))
            for id_ in sorted(ids):
                writer.delete_documents_by_term("id", id_)
                if id_ in texts and texts[id_].state == "open":
                    writer.add_document(_document(kind, texts[id_]))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()

    def _fill(self, index: "tantivy.Index") -> None:
        """Index everything anew: another feed, or read models that were folded again."""
        writer = index.writer(WRITER_BYTES, 1)
        writer.delete_all_documents()
        for kind in CHANNELS:
            after = ""
            while page := self._store.read(partial(_find_page, kind, after)):
                for text in page:
                    writer.add_document(_document(kind, text))
                after = page[-1].id
        writer.commit()
        writer.wait_merging_threads()
        index.reload()

    # -- asking it

    def _find(self, kind: str, text: str, limit: int) -> list[Hit]:
        import tantivy

        with self._turn:
            self._catch_up()
            index = self._open()
        searcher, schema = index.searcher(), index.schema
        weak = set(pairs(text))
        terms = _rarest(searcher, [*distinct_words(text), *weak])
        if not terms:
            return []
        of_kind = tantivy.Query.const_score_query(
            tantivy.Query.term_query(schema, "kind", kind, "basic"), 0.0
        )
        any_term = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, _ask(schema, term, PAIR_WEIGHT if term in weak else 1.0))
                for term in terms
            ]
        )
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, of_kind), (tantivy.Occur.Must, any_term)]
        )
        found = {
            str(searcher.doc(address)["id"][0]): float(score)
            for score, address in searcher.search(query, limit=limit, count=False).hits
        }
        return self._explain(kind, text, found, searcher)

    def _explain(
        self, kind: str, text: str, found: Mapping[str, float], searcher: "tantivy.Searcher"
    ) -> list[Hit]:
        """Say which words a hit has in common with the text, the rarest first."""
        held = self._store.read(partial(_find_many, kind, found))
        asked = set(distinct_words(text))
        hits = []
        for id_, score in found.items():
            if id_ in held:
                common = asked & set(distinct_words(_whole(held[id_])))
                order = sorted(common, key=lambda word: (searcher.doc_freq("terms", word), word))
                hits.append(Hit(id_, round(score, 3), tuple(order[:REASONS_MAX])))
        return hits


def _ask(schema: "tantivy.Schema", term: str, weight: float) -> "tantivy.Query":
    import tantivy

    query = tantivy.Query.term_query(schema, "terms", term, "freq")
    return tantivy.Query.boost_query(query, weight)


def _rarest(searcher: "tantivy.Searcher", terms: Sequence[str]) -> list[str]:
    """The terms of a question that the index knows, the rarest of a long one."""
    known = {term: searcher.doc_freq("terms", term) for term in dict.fromkeys(terms)}
    kept = [term for term, number in known.items() if number]
    return sorted(kept, key=lambda term: (known[term], term))[:QUERY_TERMS_MAX]


def _whole(text: _Text) -> str:
    return "\n".join((text.title, text.text, " ".join(text.keywords)))


def _document(kind: str, text: _Text) -> "tantivy.Document":
    import tantivy

    # The keywords say most: they count twice.
    terms = index_terms(_whole(text)) + index_terms(" ".join(text.keywords))
    return tantivy.Document(id=text.id, kind=kind, terms=" ".join(terms))


def _touched(
    reading: "Reading", mark: tuple[int, int] | None
) -> tuple[dict[str, set[str]], tuple[int, int], bool]:
    """Which needs and results entries after the mark speak of, and the mark after them."""
    epoch = reading.feed_epoch
    touched: dict[str, set[str]] = {channel: set() for channel in CHANNELS}
    if mark is None or mark[0] != epoch or not reading.feed_floor <= mark[1] <= reading.feed_head:
        return touched, (epoch, reading.feed_head), False
    position, more = mark[1], True
    while more:
        page = reading.feed(position, CHANNELS, FEED_BYTES)
        for run in page.runs:
            touched[run.log.channel].update(_subjects(run.lines()[0]))
            touched[run.log.channel].update(_taken_back(reading, run))
        more = page.more and page.position > position
        position = page.position
    return touched, (epoch, position), True


def _subjects(lines: Iterable[bytes]) -> Iterable[str]:
    for line in lines:
        subject = parse_header(line).subject
        yield entry_id(line) if subject == "-" else subject


def _taken_back(reading: "Reading", run: "StoredRun") -> Iterable[str]:
    """The needs and results of which erasures in a run took something back."""
    for line, body in zip(*run.lines(), strict=True):
        if parse_header(line).kind == BodyErased.KIND:
            record = find_record(BodyErased.KIND, run.log.channel, body)
            named = record.references() if record is not None else ()
            for view in entries.find_many(reading, named).values():
                yield view.id if view.subject == "-" else view.subject


def _count_open(reading: "Reading") -> int:
    return needs.count(reading, state="open") + results.count(reading, state="open")


def _find_page(kind: str, after: str, reading: "Reading") -> Sequence[_Text]:
    find = needs.find if kind == "needs" else results.find
    return find(reading, state="open", limit=PAGE_ROWS, after=after)


def _find_many(kind: str, ids: Iterable[str], reading: "Reading") -> Mapping[str, _Text]:
    find_many = needs.find_many if kind == "needs" else results.find_many
    return find_many(reading, ids)
