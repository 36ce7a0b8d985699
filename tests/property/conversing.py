"""Two nodes with real stores and no network between them: one carries out a conversation."""

from node.peering.rota import Rota
from node.store import Reading, StoreView
from protocol.actions import Absent, Action, Conversation, Due, Lead, Look, Lost, Peer, Take, Wait
from protocol.cursor import Cursor
from protocol.errors import Refused
from protocol.exchange import decode_request, encode_request
from protocol.messages import Message, Outcomes, PushRequest, Request, write_outcomes
from protocol.page import LogText, Page, decode_page
from protocol.roster import Roster
from protocol.sync import respond
from tests.builders import NodeInTest

STEPS_MAX = 10_000


class Holding(StoreView):
    """A store as the asking side sees it: :class:`protocol.actions.Holding`."""

    def __init__(self, reading: Reading, network: str, key: str, roster: Roster) -> None:
        super().__init__(reading, network, key, roster)
        self._read = reading
        self.followed: frozenset[str] = frozenset()

    def cursor(self, peer: str, filter: str) -> Cursor | None:
        return self._read.cursor(peer, filter)


def key_of(node: NodeInTest) -> str:
    return node.station.key.public


def peer_of(me: NodeInTest, other: NodeInTest) -> Peer:
    return Peer(key_of(me), key_of(other), me.station.network.id)


def converse(me: NodeInTest, other: NodeInTest, conversation: Conversation[object]) -> None:
    """Carry out a conversation of ``me`` with ``other`` to its end."""
    reply: object = None
    refused: Refused | None = None
    for _ in range(STEPS_MAX):
        try:
            action = conversation.throw(refused) if refused else conversation.send(reply)
        except StopIteration:
            return
        refused = None
        try:
            reply = _do(me, other, action)
        except Refused as fault:
            refused = fault
    raise AssertionError(f"more than {STEPS_MAX} steps")


def _do(me: NodeInTest, other: NodeInTest, action: Action) -> object:
    now_ms = me.station.clock.now_ms()
    match action:
        case Look():
            return me.store.read(lambda reading: action.read(_look(me, reading)))
        case Take():
            cursor = (key_of(other), action.cursor) if action.cursor is not None else None
            return me.ingest.receive(action.text, key_of(other), cursor)
        case Due():
            held = me.store.read(lambda reading: reading.held(key_of(other), now_ms))
            return [(run.log, run.wanted) for run in held]
        case Absent():
            return me.store.read(lambda reading: Rota().next_turn(reading, now_ms))
        case Lost():
            for head in action.heads:
                me.publisher.note_lost(head)
            return None
        case Message():
            return _ask(me, other, action)
        case Lead():
            return True
        case Wait():
            return None
        case _:
            return None


def _ask(me: NodeInTest, other: NodeInTest, request: Request) -> object:
    """What ``other`` answers, after the request went over the wire and the answer back."""
    heard = decode_request(*encode_request(request))
    if isinstance(heard, PushRequest):
        outcomes = write_outcomes(other.ingest.receive(heard.text, key_of(me)))
        return Outcomes.decode(outcomes.encode())
    now_ms = other.station.clock.now_ms()
    answer = other.store.read(
        lambda reading: respond(_look(other, reading), key_of(me), heard, now_ms, key_of(other))
    )
    if isinstance(answer, LogText):
        return LogText(answer.encode())
    if isinstance(answer, Page):
        return decode_page(answer.encode())
    assert isinstance(answer, Message)
    return type(answer).decode(answer.encode())


def _look(node: NodeInTest, reading: Reading) -> Holding:
    return Holding(reading, node.station.network.id, key_of(node), node.ingest.roster)
