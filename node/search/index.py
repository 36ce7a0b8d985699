"""Texts under their terms in a tantivy index, on disk or in memory, ranked by BM25.

Needs, results and resources stand in columns of their own, so that the words of one kind do not
make those of another common.
"""

import functools
import hashlib
import math
import shutil
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Literal, NamedTuple

from node.errors import NodeError
from node.search.question import Weighed
from node.search.terms import index_terms

Kind = Literal["needs", "results", "resources"]
KINDS: tuple[Kind, ...] = ("needs", "results", "resources")
WRITER_BYTES = 32 * 1024 * 1024
LAYOUT = 5


class Document(NamedTuple):
    """What is indexed of a publication; ``fields`` are the fields it belongs to, by any list."""

    id: str
    title: str
    text: str
    keywords: Sequence[str]
    fields: frozenset[str]

    @property
    def whole(self) -> str:
        """Every word of it."""
        return "\n".join((self.title, self.text, " ".join(self.keywords)))


@functools.cache
def index_version() -> str:
    """What an index depends on besides its texts: its layout and the lists the terms come from."""
    data = resources.files("node") / "data"
    lists = b"".join((data / name).read_bytes() for name in ("fields.csv", "thesaurus.txt"))
    return f"{LAYOUT}-{hashlib.sha256(lists).hexdigest()[:16]}"


class TextIndex:
    """Documents of all kinds by their terms; one writer at a time, any number of readers."""

    def __init__(self, folder: Path | None) -> None:
        """Open the index of a folder, or an empty one in memory.

        Raises:
            NodeError: the folder holds something else, or cannot be written.
        """
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        for kind in KINDS:
            builder.add_text_field(kind, tokenizer_name="terms", index_option="freq")
            builder.add_text_field(f"{kind}_field", tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
        except (ValueError, OSError) as error:
            raise NodeError(
                f"the search index cannot be opened: {error}",
                "Stop the node and delete its folder index; it is made again.",
            ) from None
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("terms", analyzer)

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def put(self, kind: str, documents: Iterable[Document], gone: Iterable[str] = ()) -> None:
        """Index documents, and forget those with the ids in ``gone``; visible when it returns."""
        import tantivy

        writer = self._index.writer(WRITER_BYTES, 1)
        for id_ in gone:
            writer.delete_documents_by_term("id", _key(kind, id_))
        for each in documents:
            # The keywords say most: they count twice.
            terms = index_terms(each.whole) + index_terms(" ".join(each.keywords))
            document = tantivy.Document(**{"id": _key(kind, each.id), kind: " ".join(terms)})
            for field in sorted(each.fields):
                document.add_text(f"{kind}_field", field)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def clear(self) -> None:
        """Forget every document."""
        writer = self._index.writer(WRITER_BYTES, 1)
        writer.delete_all_documents()
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def rarity(self, kind: str, term: str) -> float:
        """The inverse document frequency of a term among all documents; 0 when none has it."""
        searcher = self._index.searcher()
        number = int(searcher.doc_freq(kind, term))
        documents = max(int(searcher.num_docs), number)
        return math.log(1 + (documents - number + 0.5) / (number + 0.5)) if number else 0.0

    def rank(self, kind: str, asked: Weighed, limit: int) -> list[tuple[str, float]]:
        """The documents that fit best, with their BM25 scores, the best first."""
        import tantivy

        if not asked.terms:
            return []
        parts = []
        for term, weight in asked.terms.items():
            query = tantivy.Query.term_query(self._schema, kind, term, "freq")
            parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, weight)))
        for field, score in asked.fields.items():
            query = tantivy.Query.term_query(self._schema, f"{kind}_field", field, "basic")
            # Of the texts of a field, those that belong to few others gain most.
            if rare := self.rarity(f"{kind}_field", field):
                boosted = tantivy.Query.boost_query(query, score / rare)
                parts.append((tantivy.Occur.Should, boosted))
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.boolean_query(parts), limit=limit, count=False)
        keys = [(str(searcher.doc(at)["id"][0]), float(score)) for score, at in found.hits]
        return [(key.removeprefix(_key(kind, "")), score) for key, score in keys]


def _key(kind: str, id_: str) -> str:
    """What a document goes by: an entry of one kind that names one of another cannot remove it."""
    return f"{kind}:{id_}"


def remove_index(folder: Path) -> None:
    """Delete an index that cannot be relied on; it is made again from the store."""
    shutil.rmtree(folder, ignore_errors=True)
