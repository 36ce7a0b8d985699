"""How the console writes amounts, dates, sizes and ids, in Chinese and in English."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from node.divisions import find_division, path_names
from protocol.keys import decode_b64
from protocol.scoring import FULL_MARK

BEIJING = ZoneInfo("Asia/Shanghai")
FEN_PER_YUAN = 100
YUAN_PER_WAN = 10_000
YUAN_PER_YI = 100_000_000
SHORT_ID_CHARS = 8

_SPANS_ZH = ((86_400, "天"), (3_600, "小时"), (60, "分钟"), (1, "秒"))
_SPANS_EN = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_BYTES_STEP = 1024


def hexadecimal(digest: str) -> str:
    """A digest as ``sha256sum`` writes it."""
    return decode_b64(digest, 32).hex()


def yuan(fen: int | None) -> str:
    """Fen as a form's field in 元 shows them, such as 1234.50; empty for none."""
    if fen is None:
        return ""
    whole, rest = divmod(fen, FEN_PER_YUAN)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def amount(fen: int | None, lang: str) -> str:
    """An amount of money given in fen: 35万元, 1.2亿元, or ¥350,000 in English."""
    if fen is None:
        return ""
    if lang == "en":
        return f"¥{_plain(fen, FEN_PER_YUAN)}"
    yuan = fen // FEN_PER_YUAN
    if yuan >= YUAN_PER_YI:
        return f"{_plain(fen, FEN_PER_YUAN * YUAN_PER_YI)}亿元"
    if yuan >= YUAN_PER_WAN:
        return f"{_plain(fen, FEN_PER_YUAN * YUAN_PER_WAN)}万元"
    return f"{_plain(fen, FEN_PER_YUAN)}元"


def _plain(number: int, unit: int) -> str:
    """``number / unit`` with thousands marked, 约 before it where two digits do not say it all.

    Cut, never rounded up: a station must not seem to have brought in more than it did.
    """
    whole, rest = divmod(number, unit)
    hundredths, lost = divmod(rest * 100, unit)
    digits = f"{hundredths:02d}".rstrip("0")
    return ("约" if lost else "") + (f"{whole:,}.{digits}" if digits else f"{whole:,}")


def moment(at_ms: int | None) -> str:
    """A time in Unix milliseconds as Beijing time, to the minute."""
    return _beijing(at_ms).strftime("%Y-%m-%d %H:%M") if at_ms is not None else ""


def day(at_ms: int | None) -> str:
    """A time in Unix milliseconds as the day it was in Beijing."""
    return _beijing(at_ms).strftime("%Y-%m-%d") if at_ms is not None else ""


def precise(at_ms: int | None) -> str:
    """A time in Unix milliseconds as Beijing time, to the millisecond."""
    if at_ms is None:
        return ""
    return f"{_beijing(at_ms).strftime('%Y-%m-%d %H:%M:%S')}.{at_ms % 1000:03d}"


def second(at_ms: int) -> str:
    """A time in Unix milliseconds as Beijing time, to the second after it."""
    return _beijing(at_ms + 999).strftime("%Y-%m-%d %H:%M:%S")


def iso(at_ms: int) -> str:
    """A time in Unix milliseconds for the ``datetime`` attribute."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _beijing(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, BEIJING)


def span(length_ms: int | None, lang: str) -> str:
    """A length of time in its largest unit: 3 分钟, or 3 min in English."""
    if length_ms is None:
        return ""
    seconds = max(length_ms, 0) // 1000
    for size, name in _SPANS_EN if lang == "en" else _SPANS_ZH:
        if seconds >= size:
            return f"{seconds // size} {name}"
    return "0 s" if lang == "en" else "0 秒"


def size(bytes_: int) -> str:
    """A number of bytes in B, KiB or MiB."""
    if bytes_ < _BYTES_STEP:
        return f"{bytes_} B"
    if bytes_ < _BYTES_STEP**2:
        return f"{bytes_ / _BYTES_STEP:.1f} KiB"
    return f"{bytes_ / _BYTES_STEP**2:.1f} MiB"


def number(value: int | None) -> str:
    """A count with thousands marked."""
    return f"{value:,}" if value is not None else ""


def short(text: str) -> str:
    """The first characters of an id, enough for a person to tell two apart."""
    return text if len(text) <= SHORT_ID_CHARS + 1 else f"{text[:SHORT_ID_CHARS]}…"


def points(value: int) -> str:
    """Points of a ranking, 100.00 for the best of a group in everything."""
    return f"{value // FULL_MARK}.{value % FULL_MARK * 100 // FULL_MARK:02d}"


def division(code: str) -> str:
    """A division's full name such as 四川省成都市锦江区; the code itself if no list has it."""
    return "".join(path_names(code)) if find_division(code) else code
