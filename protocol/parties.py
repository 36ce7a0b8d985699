"""Who takes part in a case, and how they share what comes of it (SPEC 12.1, 12.6, 12.7, R6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from protocol.records import (
    SHARES_MAX,
    CaseOpening,
    ContactDisclosed,
    HelperInvited,
    HelperJoined,
    HelperLeft,
    HelperReleased,
    IntroductionProposed,
    Record,
    ReferralAccepted,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralDisputed,
    ReferralReopened,
    ReferralRequested,
    SplitAgreed,
    SplitProposed,
    SplitRejected,
)
from protocol.transitions import ROLES, Condition, Role, Transition

HALF: Final = 50
UNMET: Final[dict[Condition, str]] = {
    "to a member": "the station it names does not work on the case",
    "a newcomer": "the station has a part in the case already, or there is no room for more",
    "a guest": "the station does not help in the case",
    "among members": "a share is for a station that has no part in the case",
    "the split named": "no such proposal stands, or the station has agreed to it already",
    "the shares stand": "the parties have not agreed on the split",
    "no result": "the case has a result",
}
"""Why an act is not taken though the state is right."""

Shared = tuple[tuple[str, int], ...]
"""Stations and their percents, in the order of station ids."""


class Split(NamedTuple):
    """A proposal of who shares how, by station and percent, and who has agreed so far."""

    id: str
    shares: Shared
    agreed: tuple[str, ...]


@dataclass
class Parties:
    """The stations of a case and what they have settled between them so far.

    ``partner`` is whom an introduction names, ``introducer`` who brought a referral's two
    together, ``disputant`` who raised the last dispute.
    """

    sender: str
    receiver: str
    partner: str = ""
    introducer: str = ""
    invited: list[str] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)
    disputant: str = ""
    split: Split | None = None
    conclusion: ReferralConcluded | None = None
    satisfied: int | None = None
    was_accepted: bool = False

    @classmethod
    def at_opening(cls, station: str, said: CaseOpening) -> "Parties":
        """Those of a case just opened by a station."""
        found = cls(station, said.to)
        if isinstance(said, IntroductionProposed):
            found.partner = said.partner
        if isinstance(said, ReferralRequested) and said.introduced_by not in (station, said.to):
            found.introducer = said.introduced_by or ""
        return found

    @property
    def outcome(self) -> str | None:
        """What the last conclusion says came of it."""
        return None if self.conclusion is None else self.conclusion.outcome

    @property
    def members(self) -> tuple[str, ...]:
        """Those who share in the outcome: sender, receiver, introducer, helpers."""
        introducer = (self.introducer,) if self.introducer else ()
        return (self.sender, self.receiver, *introducer, *self.helpers)

    @property
    def everyone(self) -> tuple[str, ...]:
        """Every station that has something to do or to know in the case."""
        partner = (self.partner,) if self.partner else ()
        return (*self.members, *self.invited, *partner)

    def roles(self, station: str) -> set[Role]:
        """What a station is here; nothing where the case has fewer than two parties."""
        if self.sender in (self.receiver, self.partner):
            return set()
        held: tuple[tuple[Role, Sequence[str]], ...] = (
            ("sender", (self.sender,)),
            ("receiver", (self.receiver,)),
            ("partner", (self.partner,)),
            ("introducer", (self.introducer,)),
            ("invited", self.invited),
            ("helper", self.helpers),
            ("disputant", (self.disputant,)),
        )
        return {role for role, stations in held if station in stations}

    def may(self, station: str, row: Transition) -> bool:
        """Whether a row of the table is for a station, as it stands now."""
        return not self.roles(station).isdisjoint(ROLES[row.party])

    def shares(self) -> Shared:
        """The shares an outcome has to carry; none while a split is awaited (SPEC 12.7).

        The introducer has its share and is not waited for: it did its part before the case began
        and may be gone (promise P3).
        """
        if self.split is None:
            is_plain = not self.introducer and not self.helpers
            both = ((self.sender, HALF), (self.receiver, HALF))
            return tuple(sorted(both)) if is_plain else ()
        is_agreed = {self.sender, self.receiver, *self.helpers} <= set(self.split.agreed)
        is_paid = not self.introducer or self.introducer in dict(self.split.shares)
        return self.split.shares if is_agreed and is_paid else ()

    def could(self, when: Condition, station: str, kind: str) -> bool:
        """Whether a condition can be met at all, by whatever an act of that kind would say."""
        if when == "the split named":
            has_agreed = self._has_agreed(station) and kind == SplitAgreed.KIND
            return self.split is not None and not has_agreed
        if when == "a newcomer":
            return len(self.everyone) < SHARES_MAX
        if when == "a guest":
            return bool(self.invited or self.helpers)
        return self._stands(when)

    def meets(self, when: Condition, station: str, said: Record) -> bool:
        """Whether what an act says meets a condition (SPEC 12.6)."""
        met = self.could(when, station, said.KIND)
        if isinstance(said, ContactDisclosed):
            met = said.to in (self.receiver, *self.helpers)
        elif isinstance(said, HelperInvited):
            met = met and said.station not in self.everyone
        elif isinstance(said, HelperReleased):
            met = said.station in (*self.invited, *self.helpers)
        elif isinstance(said, SplitProposed):
            met = {each.station for each in said.shares} <= set(self.members)
        elif isinstance(said, SplitAgreed | SplitRejected):
            met = met and self.split is not None and self.split.id == said.proposal
        return met

    def _stands(self, when: Condition) -> bool:
        if when == "no result":
            return self.outcome == "no-result"
        if when == "the shares stand":
            return self.outcome != "no-result" and bool(self.shares())
        return True

    def _has_agreed(self, station: str) -> bool:
        return self.split is not None and station in self.split.agreed

    def take(self, id_: str, station: str, said: Record) -> None:
        """What an applied act changes besides the state."""
        match said:
            case ReferralAccepted():
                self.was_accepted = True
            case ReferralConcluded():
                self.conclusion = said
            case ReferralConfirmed():
                self.satisfied = said.satisfied
            case ReferralDisputed():
                self.disputant = station
            case ReferralReopened():
                self.conclusion, self.satisfied = None, None
            case HelperInvited():
                self.invited.append(said.station)
            case HelperJoined():
                self.invited.remove(station)
                self.helpers.append(station)
            case HelperLeft():
                self._part(station)
            case HelperReleased():
                self._part(said.station)
            case SplitProposed():
                parts = tuple(sorted((each.station, each.percent) for each in said.shares))
                self.split = Split(id_, parts, (station,))
            case SplitAgreed() if self.split is not None:
                agreed = tuple(sorted((*self.split.agreed, station)))
                self.split = self.split._replace(agreed=agreed)
            case SplitRejected():
                self.split = None

    def _part(self, station: str) -> None:
        """A station helps no more; a split it had a share in is off."""
        self.invited = [each for each in self.invited if each != station]
        self.helpers = [each for each in self.helpers if each != station]
        if self.split is not None and station in dict(self.split.shares):
            self.split = None
