"""Notices to all stations (SPEC 11, L1, L6)."""

from typing import ClassVar

from protocol.records.fields import LongText, Title
from protocol.records.record import Erasable


class NoticePosted(Erasable):
    """A station posts a notice."""

    KIND: ClassVar[str] = "notice.posted/1"
    CHANNEL: ClassVar[str] = "bulletin"

    title: Title
    text: LongText
