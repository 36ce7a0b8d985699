"""What two nodes say to each other, as values and as bytes (SPEC 7).

Requests are decoded strictly: a field that is not known is refused. In replies unknown fields are
passed over, so that a newer node may say more to an older one. A list is left at its first bad
item (``FailFast``): what a liar sends costs less to refuse than it cost to send.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError

from protocol.cursor import Cursor, parse_cursor
from protocol.errors import Code, Refused
from protocol.header import CHANNEL_TEXT, HASH_TEXT, LogId
from protocol.heads import Head
from protocol.limits import (
    BUCKETS,
    CHANNELS,
    HEADS_PER_REPLY_MAX,
    INTEGER_MAX,
    PAGE_BYTES_MAX,
    RANGES_PER_REQUEST_MAX,
    REQUEST_BYTES_MAX,
    SUB_BUCKETS,
    WAIT_S_MAX,
)

ACCEPTED = "accepted"
DUPLICATE = "duplicate"

Key = Annotated[str, Field(pattern=f"^{HASH_TEXT}$")]
Natural = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Channel = Annotated[str, Field(pattern=f"^(?:{CHANNEL_TEXT})$")]
Channels = Annotated[tuple[Channel, ...], FailFast(), Field(min_length=1, max_length=len(CHANNELS))]
HeldChannels = Annotated[
    tuple[Annotated[str, Field(max_length=40)], ...], FailFast(), Field(max_length=64)
]
"""Channels a peer holds; a newer one may name such as are not known here."""
Value = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Bucket = Annotated[int, Field(ge=0, lt=BUCKETS)]
Sub = Annotated[int, Field(ge=0, lt=SUB_BUCKETS)]


class Message(BaseModel):
    """A value that crosses the wire as one JSON object."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    def encode(self) -> bytes:
        """Write the JSON text."""
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Read the JSON text.

        Raises:
            Refused: ``too-large``, or ``bad-request`` naming the field that is wrong.
        """
        if len(raw) > REQUEST_BYTES_MAX:
            raise Refused(Code.TOO_LARGE, f"a message of more than {REQUEST_BYTES_MAX} bytes")
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(str(each) for each in first["loc"])
            raise Refused(Code.BAD_REQUEST, f"{where}: {first['msg']}") from None


class Reply(Message):
    """An answer: what is not known in it is passed over."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", defer_build=True)


# -- requests ---------------------------------------------------------------------------------


class HelloRequest(Message):
    """Who are you, and what do you hold of mine? (SPEC 7.2)"""


class ChangesRequest(Message):
    """The next page of the feed (SPEC 7.3).

    ``after`` is a cursor's text, None for the feed's beginning; ``wait_s`` how long to wait for
    news, 0..55 seconds; ``echo`` asks for runs that came from the caller, too; ``heads`` asks
    where the logs stand that moved, instead of for runs.
    """

    after: Annotated[str, Field(max_length=64)] | None = None
    wait_s: Annotated[int, Field(ge=0, le=WAIT_S_MAX)] = 0
    channels: Channels = CHANNELS
    echo: bool = False
    heads: bool = False

    @property
    def cursor(self) -> Cursor | None:
        """Where to go on. Raises Refused ``bad-request`` for text that is no cursor."""
        return parse_cursor(self.after) if self.after is not None else None


class PushRequest(Message):
    """Runs the receiver may lack, as log text (SPEC 7.4)."""

    text: bytes

    def encode(self) -> bytes:
        """Write the text: a push goes as it is, not as JSON."""
        return self.text


class BucketsRequest(Message):
    """Round 1 of a comparison: the caller's 256 bucket values (SPEC 7.5)."""

    channels: Channels
    buckets: Annotated[tuple[Value, ...], FailFast(), Field(min_length=BUCKETS, max_length=BUCKETS)]


class HeadsRequest(Message):
    """Round 2: the heads in the sub-buckets that differ, after a log's name (SPEC 7.5)."""

    channels: Channels
    places: Annotated[
        tuple[tuple[Bucket, Sub], ...],
        FailFast(),
        Field(min_length=1, max_length=BUCKETS * SUB_BUCKETS),
    ]
    after: Annotated[str, Field(max_length=80)] = ""


class RangeRequest(Message):
    """Entries ``first`` to ``last`` of one log, both included, as signed (SPEC 7.6)."""

    author: Key
    channel: Channel
    epoch: Natural
    first: Natural
    last: Natural = INTEGER_MAX
    bodies: bool = True

    @property
    def log(self) -> LogId:
        return LogId(self.author, self.channel, self.epoch)


class RangesRequest(Message):
    """Ranges of many logs in one answer: author, channel, epoch, first and last (SPEC 7.6)."""

    ranges: Annotated[
        tuple[tuple[Key, Channel, Natural, Natural, Natural], ...],
        FailFast(),
        Field(min_length=1, max_length=RANGES_PER_REQUEST_MAX),
    ]


Request = (
    HelloRequest
    | ChangesRequest
    | PushRequest
    | BucketsRequest
    | HeadsRequest
    | RangeRequest
    | RangesRequest
)


# -- replies ----------------------------------------------------------------------------------


class HeadText(Reply):
    """A head in the JSON of a reply."""

    author: Key
    channel: Channel
    epoch: Natural
    seq: Natural
    id: Key
    time: Natural

    @property
    def head(self) -> Head:
        return Head(LogId(self.author, self.channel, self.epoch), self.seq, self.id, self.time)


HeadTexts = Annotated[tuple[HeadText, ...], FailFast(), Field(max_length=HEADS_PER_REPLY_MAX)]


def write_heads(heads: Iterable[Head]) -> tuple[HeadText, ...]:
    """Heads as they stand in replies."""
    return tuple(
        HeadText.model_construct(
            author=log.author, channel=log.channel, epoch=log.epoch, seq=seq, id=id_, time=time
        )
        for log, seq, id_, time in heads
    )


AbsentPlaces = Annotated[
    tuple[tuple[Key, Channel, Natural, Natural], ...],
    FailFast(),
    Field(max_length=HEADS_PER_REPLY_MAX),
]


class Hello(Reply):
    """Who answers: its network and key, the time there (Unix ms), its feed, what it takes.

    ``feed_floor`` is the last position of its feed that is not kept any more. ``admitted`` says
    whether it knows the caller as a member; ``heads`` are those it holds of the caller's own logs,
    by which a node that lost its disk finds out; ``absent`` names of each of those logs the first
    entry whose body it lacks, erased ones aside; ``channels`` are those it holds (SPEC 7.2).
    """

    network: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    key: Key
    now_ms: Natural
    formats: tuple[str, ...]
    feed_epoch: Natural
    feed_head: Natural
    feed_floor: Natural = 0
    admitted: bool
    heads: HeadTexts = ()
    channels: HeldChannels = CHANNELS
    absent: AbsentPlaces = ()
    page_bytes_max: Natural = PAGE_BYTES_MAX
    request_bytes_max: Natural = REQUEST_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run: ``accepted``, ``duplicate`` or a refusal code (SPEC 7.4).

    ``log`` is None when the lines could not be read; ``first`` and ``count`` are the run's;
    ``next`` is the seq wanted now; ``detail`` is for a person; ``retry_ms`` says after how many
    milliseconds it may be offered again, None where time does not help.
    """

    log: LogId | None
    first: int
    count: int
    code: str
    next: int | None = None
    detail: str = ""
    retry_ms: int | None = None


class OutcomeText(Reply):
    """An outcome in the JSON of a reply."""

    log: tuple[Key, Channel, Natural] | None
    first: Natural
    count: Natural
    code: Annotated[str, Field(max_length=40)]
    next: Natural | None = None
    detail: str = ""
    retry_ms: Natural | None = None


class Outcomes(Reply):
    """The answer to a push: one outcome a run, in the order of the text (SPEC 7.4)."""

    outcomes: Annotated[tuple[OutcomeText, ...], FailFast()]

    def read(self) -> list[Outcome]:
        """The outcomes as values."""
        return [
            Outcome(
                LogId(*each.log) if each.log is not None else None,
                each.first,
                each.count,
                each.code,
                each.next,
                each.detail,
                each.retry_ms,
            )
            for each in self.outcomes
        ]


def write_outcomes(outcomes: Iterable[Outcome]) -> Outcomes:
    """Outcomes as the reply to a push."""
    return Outcomes(
        outcomes=tuple(
            OutcomeText(
                log=each.log and (each.log.author, each.log.channel, each.log.epoch),
                first=each.first,
                count=each.count,
                code=str(each.code),
                next=each.next,
                detail=each.detail,
                retry_ms=each.retry_ms,
            )
            for each in outcomes
        )
    )


class BucketsReply(Reply):
    """The buckets that differ, each with its 16 sub-bucket values; ``resume`` is a cursor.

    Who fetches everything that differs may go on from ``resume`` (SPEC 7.5).
    """

    buckets: Annotated[
        tuple[
            tuple[
                Bucket,
                Annotated[
                    tuple[Value, ...], FailFast(), Field(min_length=SUB_BUCKETS, max_length=16)
                ],
            ],
            ...,
        ],
        FailFast(),
        Field(max_length=BUCKETS),
    ]
    resume: str


class HeadsReply(Reply):
    """Heads, at most 8,192, in the order of log names; ``more`` when there are others after."""

    heads: HeadTexts
    more: bool
