"""The station's own words: what people here say, and the term it goes by elsewhere (D13).

Private: never synced, kept in the backup. Matching uses them with the thesaurus, both ways.
"""

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from node.errors import ConflictError, NotFoundError
from node.store import Synonym, table_of

if TYPE_CHECKING:
    from node.store import Reading, Writing

VOCABULARY = "vocabulary"
"""Where META keeps the number of changes made to it."""
PAIRS_MAX = 5_000

_SYNONYM = table_of(Synonym)


def read_vocabulary(reading: "Reading") -> list[tuple[str, str]]:
    """The pairs of what is said and what is meant, in order."""
    statement = select(_SYNONYM.c.said, _SYNONYM.c.meant).order_by(
        _SYNONYM.c.said, _SYNONYM.c.meant
    )
    return [(str(said), str(meant)) for said, meant in reading.connection.execute(statement)]


def add_pair(tx: "Writing", said: str, meant: str, now_ms: int) -> None:
    """Keep a pair; one that is there already stays as it is.

    Raises:
        ConflictError: the vocabulary is full.
    """
    held = tx.connection.execute(select(func.count()).select_from(_SYNONYM)).scalar() or 0
    if held >= PAIRS_MAX:
        raise ConflictError(
            f"The vocabulary holds {PAIRS_MAX} pairs already.", "Remove one that is not needed."
        )
    tx.upsert(Synonym, [{"said": said, "meant": meant, "created_ms": now_ms}])
    _note_change(tx)


def remove_pair(tx: "Writing", said: str, meant: str) -> None:
    """Forget a pair.

    Raises:
        NotFoundError: there is no such pair.
    """
    of = (_SYNONYM.c.said == said) & (_SYNONYM.c.meant == meant)
    if not tx.connection.execute(delete(_SYNONYM).where(of)).rowcount:
        raise NotFoundError(f"The vocabulary has no pair {said} = {meant}.", "List it first.")
    _note_change(tx)


def _note_change(tx: "Writing") -> None:
    tx.set_meta(VOCABULARY, str(int(tx.meta(VOCABULARY) or "0") + 1))
