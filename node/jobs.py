"""What every node does now and then, whatever its mode: one table, also run by the simulator."""

from functools import partial

from node.audit import audit_next, find_prunable, note_audited
from node.capability import Job, Workplace
from node.forks import find_showing, settle_showing
from node.holdings import sample_own, write_holdings
from node.store import Writing, merge_chunks


async def _merge_chunks(node: Workplace) -> None:
    """Join the small chunks live entries leave, so that pages stay cheap to serve."""
    await node.store.awrite(merge_chunks)


async def _show_forks(node: Workplace) -> None:
    """Tell the network of forks seen here, and keep in force what this station built upon."""
    key, network, roster = node.keyring.public, node.network.id, node.roster
    if not node.recovery.is_ready or not roster.is_admitted(key, node.clock.now_ms()):
        return
    showing = await node.store.aread(lambda each: find_showing(each, roster, network, key))
    if showing.records:
        await node.publisher.apublish_many([(record, "-") for record in showing.records])
    if showing.seen or showing.kept:
        await node.store.awrite(lambda tx: settle_showing(tx, showing))


async def _note_holdings(node: Workplace) -> None:
    """Write down which peers have said to hold this station's entries (P1)."""
    own = [key.public for key in node.keyring.signing_keys]
    node.holdings.sample(await node.store.aread(lambda each: sample_own(each, own)))
    rows = node.holdings.write_down()
    if rows:
        await node.store.awrite(lambda tx: write_holdings(tx, rows))


async def _audit_signatures(node: Workplace) -> None:
    """Check what runs were accepted on trust of their last signature (SPEC 5.3)."""
    roster, network = node.roster, node.network.id
    audited = await node.store.aread(lambda each: audit_next(each, roster, network))
    if audited.position != audited.before:
        await node.store.awrite(lambda tx: note_audited(tx, audited))


async def _prune_feed(node: Workplace) -> None:
    """Forget the oldest rows of the feed; who was away for longer compares heads (SPEC 7.7)."""
    while up_to := await node.store.aread(lambda each: find_prunable(each, node.feed_rows)):
        await node.store.awrite(partial(Writing.drop_feed, up_to=up_to))


async def _sweep_files(node: Workplace) -> None:
    """Drop files that no entry names any more, and uploads that came to nothing."""
    if node.files is not None:
        await node.files.sweep()


JOBS = (
    Job("merge-chunks", 300, _merge_chunks),
    Job("prune-feed", 60, _prune_feed),
    Job("show-forks", 20, _show_forks),
    Job("audit-signatures", 10, _audit_signatures),
    Job("note-holdings", 15, _note_holdings),
    Job("sweep-files", 60, _sweep_files),
)
"""Work every node does."""
