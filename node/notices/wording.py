"""What a notice says, at the station and outside it."""

from collections.abc import Mapping

from node.console.render import say_notice, translate
from node.console.words import find_word
from node.notices.kinds import KINDS


def say_outside(kind: str, given: Mapping[str, str], lang: str) -> str:
    """What a mail may say: the sentence where all of it is public, else the kind's short name."""
    known = KINDS.get(kind)
    if known is not None and known.is_public:
        return say_notice(kind, given, lang)
    return translate(find_word("notice-kind", kind) or kind, lang)
