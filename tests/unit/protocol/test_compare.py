"""Comparing heads with a peer that does not keep the rules (SPEC 7.5)."""

from protocol.actions import Look
from protocol.compare import compare
from protocol.header import LogId
from protocol.heads import Head
from protocol.keys import digest
from protocol.limits import BUCKETS, CHANNELS, HEAD_PAGES_MAX, SUB_BUCKETS
from protocol.messages import BucketsReply, BucketsRequest, HeadsReply, HeadsRequest, write_heads


def endless_page(number: int) -> HeadsReply:
    """One more head of a log nobody has, and the word that there are others."""
    log = LogId(f"{number:043d}", "needs", 1)
    return HeadsReply(heads=write_heads([Head(log, 0, digest(b""), 1)]), more=True)


def test_a_peer_that_never_comes_to_an_end_with_its_heads_is_heard_so_many_times() -> None:
    conversation = compare(CHANNELS)
    asked = 0
    reply: object = None
    try:
        while True:
            action = conversation.send(reply)
            if isinstance(action, BucketsRequest):
                subs = tuple("0" * 15 + "1" for _ in range(SUB_BUCKETS))
                reply = BucketsReply(buckets=((0, subs),), resume="1.1.0123456789abcdef")
            elif isinstance(action, HeadsRequest):
                asked += 1
                reply = endless_page(asked)
            else:
                assert isinstance(action, Look)
                reply = [0] * BUCKETS if asked == 0 and reply is None else []
    except StopIteration as end:
        difference = end.value

    assert asked == HEAD_PAGES_MAX
    assert len(difference.theirs) == HEAD_PAGES_MAX
