"""Passwords: which are accepted, and how they are kept (NIST SP 800-63B-4, 3.1.1; RFC 9106).

Length counts, composition does not; nobody has to change one without a reason.
"""

import asyncio
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from node.errors import PasswordError
from protocol.errors import Code, Refused

T = TypeVar("T")

CHARS_MIN = 15
"""Least characters of a password that is the only proof (SP 800-63B-4, 3.1.1.1)."""
CHARS_MAX = 128
WAITING_MAX = 32
"""Passwords that may wait to be checked: some three seconds of one core."""
_REST_CHARS_MIN = 8
"""What must be left of a password beside words anybody would try first."""
_DISTINCT_CHARS_MIN = 5
_NAME_CHARS_MIN = 3

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "一二三四五六七八九十",
)  # fmt: skip
_RUN_CHARS = 4
_WORDS = (
    "password", "passw0rd", "p@ssword", "p@ssw0rd", "iloveyou", "welcome", "letmein", "admin",
    "administrator", "root", "changeme", "default", "login", "master", "monkey", "dragon",
    "sunshine", "princess", "football", "secret", "woaini", "5201314", "1314520", "aini1314",
    "1qaz2wsx", "1q2w3e4r", "qazwsx", "zaq12wsx", "yizhan", "station", "innovation", "mima",
    "密码", "管理员", "驿站", "创新驿站", "我爱你", "科协", "站长", "你好", "中国",
)  # fmt: skip

_HASHER = PasswordHasher(time_cost=2, memory_cost=46 * 1024, parallelism=1)
NOBODY = (
    "$argon2id$v=19$m=47104,t=2,p=1$hzS2lde/DYaAIH2fQrF/zQ"
    "$U56o7EmL4cdT1FERY1A33IAX9/mxQ53mv40lqcBf2y8"
)
"""Of "nobody logs in with this"; checked where there is no account, so that it takes as long.

Written down, since to hash it anew is a twentieth of what the start of a process takes."""


def normalise(password: str) -> str:
    """The one form of what was typed: the same text on every keyboard (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, names: Iterable[str] = (), *, chars_min: int = CHARS_MIN) -> None:
    """Check that a new password is not among those that are guessed first.

    Args:
        password: as typed.
        names: of the account, the person and the station; they count for nothing in it.
        chars_min: least length, characters.

    Raises:
        PasswordError: which rule it breaks, and what to do.
    """
    text = normalise(password)
    if len(text) < chars_min:
        raise PasswordError(
            f"The password has {len(text)} characters, {chars_min} are needed.",
            "A sentence of several words is long enough and easy to remember.",
            "short",
        )
    if len(text) > CHARS_MAX:
        raise PasswordError(
            f"The password has more than {CHARS_MAX} characters.", "Take a shorter one.", "long"
        )
    rest = text.casefold()
    told = [name.casefold() for name in names if len(name) >= _NAME_CHARS_MIN]
    for name in told:
        rest = rest.replace(name, "")
    if len(rest) < _REST_CHARS_MIN:
        raise PasswordError(
            "The password is little more than the name of the account, the person or the station.",
            "Leave names out of it.",
            "named",
        )
    for word in _WORDS:
        rest = rest.replace(word, "")
    rest = _without_runs(rest)
    if len(rest) < _REST_CHARS_MIN or len(set(rest)) < _DISTINCT_CHARS_MIN:
        raise PasswordError(
            "The password is made of common words, rows of keys or repetition.",
            "Take words that do not belong together; length counts, not special characters.",
            "guessable",
        )


def _without_runs(text: str) -> str:
    """The text without rows of the alphabet or keyboard, and with each repetition once."""
    kept: list[str] = []
    place = 0
    while place < len(text):
        length = max(_run_length(text, place), _repeated_length(text, place))
        if length < _RUN_CHARS:
            kept.append(text[place])
            length = 1
        place += length
    return "".join(kept)


def _run_length(text: str, place: int) -> int:
    """How many characters from here on stand side by side in a row, either way."""
    longest = 0
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        length = 1
        while place + length < len(text) and text[place : place + length + 1] in row:
            length += 1
        longest = max(longest, length)
    return longest


def _repeated_length(text: str, place: int) -> int:
    """How many characters from here on say again what came right before."""
    longest = 0
    for size in range(1, place + 1):
        before = text[place - size : place]
        length = 0
        while text[place + length : place + length + 1] == before[length % size]:
            length += 1
        longest = max(longest, length if length >= size else 0)
    return longest


class Passwords:
    """Hashes and checks passwords in a thread of its own: one at a time, 46 MiB in all."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "passwords")
        self._waiting = 0

    def check_room(self) -> None:
        """Check that not too many wait already.

        Raises:
            Refused: ``busy``.
        """
        if self._waiting >= WAITING_MAX:
            raise Refused(Code.BUSY, "too many log in at the same time; try again in a moment")

    async def hash(self, password: str) -> str:
        """The argon2id hash to keep."""
        return await self._run(lambda: _HASHER.hash(normalise(password)))

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether a password is the one that was hashed; as much work where there is no hash."""
        typed = normalise(password[: 4 * CHARS_MAX])
        return await self._run(lambda: _is_same(hashed or NOBODY, typed)) and hashed is not None

    async def _run(self, work: Callable[[], T]) -> T:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()


def needs_rehash(hashed: str) -> bool:
    """Whether a hash was made with other costs than are used now."""
    return _HASHER.check_needs_rehash(hashed)


def _is_same(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
