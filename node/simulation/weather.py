"""What wires do to messages: delay, lose, repeat, spoil and cut, drawn from the seed."""

from dataclasses import dataclass, field
from random import Random

BACKBONE_MS = (2, 40)
"""How long a message takes one way between two machines that are both well."""


@dataclass(slots=True)
class Weather:
    """How the wires are now. Rates are per message, 0..1; delays are milliseconds.

    ``cut`` holds the groups of nodes that cannot reach one another: a message between two
    different groups is lost. Whoever is in no group is in the group of the rest.
    """

    random: Random
    loss: float = 0.0
    repeat: float = 0.0
    spoil: float = 0.0
    delay_ms: tuple[int, int] = BACKBONE_MS
    cut: list[frozenset[str]] = field(default_factory=list)

    def clear(self) -> None:
        """Fair weather from now on."""
        self.loss = self.repeat = self.spoil = 0.0
        self.delay_ms = BACKBONE_MS
        self.cut.clear()

    def transit_ms(self) -> int:
        """How long the next message takes."""
        return self.random.randint(*self.delay_ms)

    def is_lost(self, sender: str, receiver: str) -> bool:
        """Whether the next message between two nodes is lost."""
        if any((sender in group) != (receiver in group) for group in self.cut):
            return True
        return self.loss > 0 and self.random.random() < self.loss

    def is_repeated(self) -> bool:
        """Whether the next request arrives twice."""
        return self.repeat > 0 and self.random.random() < self.repeat

    def pass_through(self, content: bytes) -> bytes:
        """A message's content as it arrives: now and then a bit flipped, a piece cut off or in."""
        if not content or self.spoil <= 0 or self.random.random() >= self.spoil:
            return content
        where = self.random.randrange(len(content))
        match self.random.randrange(3):
            case 0:
                flipped = content[where] ^ (1 << self.random.randrange(8))
                return content[:where] + bytes((flipped,)) + content[where + 1 :]
            case 1:
                return content[:where]
            case _:
                return content[:where] + self.random.randbytes(4) + content[where:]
