"""What a station is to know of: one door to tell it, one inbox to find it in (must-have 6).

``tell(tx, at_ms, kind, subject, ...)`` writes a notice in the transaction of what it tells of, or
of the mark up to which something was looked at. The same fact is told once, however often it is
told: its id is the digest of kind, subject, ``key`` and whom it is for. ``settle`` notes notices as
done once what they ask for has happened. A kind is one row of :data:`KINDS` and one text in
:mod:`node.console.notices`.
"""

from node.notices.kinds import KINDS, NoticeKind
from node.notices.telling import settle, tell

__all__ = ["KINDS", "NoticeKind", "settle", "tell"]
