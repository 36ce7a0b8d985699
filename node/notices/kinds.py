"""The kinds of notice: whom each is for, and the page where it is dealt with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from node.people.permissions import Act


class NoticeKind(NamedTuple):
    """One kind of notice.

    Attributes:
        act: what a role must allow for the notice to be for it.
        link: the page to go to; ``{}`` stands for the subject.
        is_public: whether its text may leave the station in a mail; if not, only its short name.
    """

    act: Act
    link: str
    is_public: bool = True


_CASE = NoticeKind(Act.REFER, "/referrals/{}")
_INTEREST = NoticeKind(Act.REFER, "/interests/{}")
_INTRODUCTION = NoticeKind(Act.REFER, "/introductions/{}")
_STATION = NoticeKind(Act.ADMIT, "/stations/{}")

KINDS: Mapping[str, NoticeKind] = MappingProxyType(
    {
        "referral.requested": _CASE,
        "referral.accepted": _CASE,
        "referral.declined": _CASE,
        "referral.revoked": _CASE,
        "referral.started": _CASE,
        "referral.concluded": _CASE,
        "referral.confirmed": _CASE,
        "referral.disputed": _CASE,
        "contact.disclosed": NoticeKind(Act.DISCLOSE, "/referrals/{}"),
        "helper.invited": _CASE,
        "helper.released": _CASE,
        "split.proposed": _CASE,
        "case.moved": _CASE,
        "interest.expressed": _INTEREST,
        "interest.matched": _INTEREST,
        "interest.declined": _INTEREST,
        "interest.queried": _INTEREST,
        "interest.moved": _INTEREST,
        "introduction.proposed": _INTRODUCTION,
        "introduction.moved": _INTRODUCTION,
        "body.erased": _CASE,
        "deadline.soon": _CASE,
        "deadline.late": _CASE,
        "deadline.below": _CASE,
        "report.waiting": NoticeKind(Act.JUDGE, "/stations/{}"),
        "report.approved": NoticeKind(Act.REPORT, "/stations/{}"),
        "report.returned": NoticeKind(Act.REPORT, "/stations/{}"),
        "match.found": NoticeKind(Act.WATCH, "/watching", is_public=False),
        "membership.expiring": _STATION,
        "membership.below": _STATION,
        "need.expiring": NoticeKind(Act.PUBLISH, "/needs/{}"),
        "draft.waiting": NoticeKind(Act.REVIEW, "/drafts/{}", is_public=False),
        "draft.returned": NoticeKind(Act.PUBLISH, "/drafts/{}", is_public=False),
        "file.refused": NoticeKind(Act.PUBLISH, "/entries/{}", is_public=False),
        "answer.given": NoticeKind(Act.ASK, "/askings?subject={}"),
        "answer.disagrees": NoticeKind(Act.ASK, "/askings?subject={}"),
        "survey.due": NoticeKind(Act.ASK, "/askings?subject={}"),
        "log.disputed": NoticeKind(Act.MANAGE, "/entries/{}"),
        "mail.failed": NoticeKind(Act.ACCOUNTS, "/mail", is_public=False),
    }
)
"""Every kind; whoever tells of something adds a row here and its text to the console's words."""
