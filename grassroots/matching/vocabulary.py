"""The station's own words, which matching takes into account from the next question on (D13)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field, model_validator

from node.capability import Route
from node.model import Model
from node.people.permissions import Act
from node.search import WORD_MAX, add_pair, read_vocabulary, remove_pair

if TYPE_CHECKING:
    from node.app import Node

Word = Annotated[str, Field(min_length=2, max_length=WORD_MAX, pattern=r"^\S+$")]


class Pair(Model):
    """What people here say, and the term it goes by elsewhere; without spaces."""

    model_config = ConfigDict(extra="forbid")

    said: Word
    meant: Word

    @model_validator(mode="after")
    def _check(self) -> "Pair":
        if self.said.lower() == self.meant.lower():
            raise ValueError("said and meant are the same word")
        return self


class Vocabulary(Model):
    """All pairs, by what is said."""

    items: list[Pair]


async def list_vocabulary(node: "Node") -> Vocabulary:
    """The station's own words."""
    pairs = await node.store.aread(read_vocabulary)
    return Vocabulary(items=[Pair(said=said, meant=meant) for said, meant in pairs])


async def add_word(node: "Node", body: Pair) -> Pair:
    """Keep a pair."""
    now = node.clock.now_ms()
    await node.store.awrite(lambda tx: add_pair(tx, body.said, body.meant, now))
    return body


async def remove_word(node: "Node", body: Pair) -> Pair:
    """Forget a pair."""
    await node.store.awrite(lambda tx: remove_pair(tx, body.said, body.meant))
    return body


ROUTES = (
    Route(
        "GET", "/vocabulary", list_vocabulary, "The station's own words", ("D13",), act=Act.WATCH
    ),
    Route(
        "POST",
        "/vocabulary",
        add_word,
        "Add a word and what it means",
        ("D13",),
        201,
        act=Act.WATCH,
    ),
    Route("POST", "/vocabulary/remove", remove_word, "Forget a word", ("D13",), act=Act.WATCH),
)
