"""Does the store hold what its heads say? Asked at start after a process died (DESIGN P1)."""

from sqlalchemy import select

from node.errors import StoreError
from node.store.reading import Reading
from node.store.tables import LOG
from protocol.header import LogId, entry_id, parse_header
from protocol.heads import fold_heads


def check_store(reading: Reading) -> None:
    """Compare every head with the last entry of its last chunk, and the buckets with the heads.

    Raises:
        StoreError: naming the first log that does not agree.
    """
    query = select(LOG.c.author, LOG.c.channel, LOG.c.epoch, LOG.c.seq, LOG.c.tail_id)
    for author, channel, epoch, seq, tail_id in reading.connection.execute(query).all():
        log = LogId(author, channel, epoch)
        headers, _ = reading.range(log, seq, seq)
        if (
            len(headers) != 1
            or parse_header(headers[0]).seq != seq
            or entry_id(headers[0]) != tail_id
        ):
            raise StoreError(
                f"log {author} {channel} {epoch} does not end at entry {seq}, as its head says",
                "restore the store from its backup, or begin with an empty one: peers refill it",
            )
    if fold_heads(reading.heads()) != reading.buckets():
        raise StoreError("the store's digest does not agree with its heads", "run yizhan rebuild")
