"""What the columns of other people's files mean in a need or a result (A17, B6, C6).

Column names are tried in order, Chinese ones too. What stands in a column that has one fixed set
of values is translated; a value that is in no set refuses the row, with the values allowed.
"""

import re
from collections.abc import Mapping
from datetime import date

from node.drafting import draft
from node.errors import InvalidError
from node.imports import Value, first, several
from protocol.records.needs import NeedPublished
from protocol.records.results import ResultPublished

KEYWORDS_MAX = 20
WORD_CHARS_MAX = 60
TEXT_CHARS_MAX = 8_000

_TITLE = ("title", "名称", "标题", "需求名称", "成果名称")
_TEXT = ("text", "description", "summary", "abstract", "内容", "描述", "摘要", "需求内容", "简介")
_KEYWORDS = ("keywords", "topics", "关键词")
_ID = ("id", "编号", "需求编号", "成果编号")
_FIELD = ("field", "技术领域", "领域")
_OWNER = ("owner", "单位", "完成单位", "所属单位")

_PROTECTION = {
    "无": "none",
    "申请中": "pending",
    "专利申请": "pending",
    "专利": "granted",
    "授权": "granted",
    "授权专利": "granted",
    "发明专利": "granted",
    "实用新型": "granted",
    "已授权": "granted",
    "软件著作权": "software",
    "标准": "standard",
}
_MATURATION = {
    "筛选": "screening",
    "中试": "pilot",
    "孵化": "incubation",
    "集成": "integration",
    "市场化开发": "market",
    "投融资": "finance",
}
_NEED_KIND = {
    "战略咨询": "strategy",
    "信息": "information",
    "技术升级": "upgrade",
    "联合攻关": "joint-rd",
    "技术引进": "introduction",
    "人才": "talent",
    "其他": "other",
}
_SCOPE = {"企业": "enterprise", "共性": "common", "区域": "regional"}
_SIZE = {"微型": "micro", "小型": "small", "中型": "medium", "大型": "large"}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DIGITS = re.compile(r"[0-9]+")


def to_need(row: Mapping[str, Value], system: str, salt: str) -> NeedPublished:
    """A need out of a row.

    Args:
        row: column name to value.
        system: where the file comes from; the row's own ``source`` goes before it.
        salt: 22 characters.

    Raises:
        InvalidError: with the reason for each field that breaks its rule.
    """
    return draft(
        NeedPublished,
        {
            **_text_fields(row, system, salt),
            "kind": _choice(row, "kind", ("kind", "需求类型"), _NEED_KIND),
            "sub_kind": first(row, ("sub_kind",)) or None,
            "scope": _choice(row, "scope", ("scope", "需求范围"), _SCOPE),
            "stage": first(row, ("stage", "创新链阶段")) or None,
            "industry": first(row, ("industry", "行业代码")) or None,
            "size": _choice(row, "size", ("size", "企业规模"), _SIZE),
            "budget_fen": _budget_fen(row),
            "due": first(row, ("due",)) or None,
            "expires": _day(first(row, ("expires", "closes", "截止日期"))),
            "indicators": several(row, ("indicators", "考核指标")) or None,
        },
    )


def to_result(row: Mapping[str, Value], system: str, salt: str) -> ResultPublished:
    """A result out of a row.

    Args:
        row: column name to value.
        system: where the file comes from; the row's own ``source`` goes before it.
        salt: 22 characters.

    Raises:
        InvalidError: with the reason for each field that breaks its rule.
    """
    return draft(
        ResultPublished,
        {
            **_text_fields(row, system, salt),
            "discipline": first(row, ("discipline", "学科")) or None,
            "category": first(row, ("category", "门类")) or None,
            "owner": first(row, _OWNER) or None,
            "trl": _number(row, "trl", ("trl", "成熟度")),
            "ip": _choice(row, "ip", ("ip", "知识产权"), _PROTECTION),
            "stage": _choice(row, "stage", ("stage", "转化阶段"), _MATURATION),
        },
    )


def _text_fields(row: Mapping[str, Value], system: str, salt: str) -> dict[str, object]:
    title = _one_line(first(row, _TITLE))
    text = _clean(first(row, _TEXT)) or title
    if len(text) > TEXT_CHARS_MAX:
        raise InvalidError(
            f"text: {len(text)} characters, {TEXT_CHARS_MAX} allowed",
            reasons={"text": f"{len(text)} characters, {TEXT_CHARS_MAX} allowed"},
        )
    return {
        "salt": salt,
        "title": title,
        "text": text,
        "keywords": _keywords(row),
        "field": first(row, _FIELD) or None,
        "division": first(row, ("division", "行政区划", "区划代码")) or None,
        "source": {
            "system": first(row, ("source",)) or system,
            "id": first(row, _ID),
            "url": first(row, ("url", "网址")) or None,
        },
        "lang": "zh" if _HAN.search(title + text) else "en",
    }


def _clean(text: str) -> str:
    """Files carry stray control characters; records may not."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


def _keywords(row: Mapping[str, Value]) -> list[str]:
    words = dict.fromkeys(_one_line(word) for word in several(row, _KEYWORDS))
    return [word for word in words if 0 < len(word) <= WORD_CHARS_MAX][:KEYWORDS_MAX]


def _choice(
    row: Mapping[str, Value], field: str, names: tuple[str, ...], known: Mapping[str, str]
) -> str | None:
    value = first(row, names)
    if not value:
        return None
    if value in known.values():
        return value
    if value not in known:
        reason = f"{value[:40]} is none of: {', '.join(known)}"
        raise InvalidError(f"{field}: {reason}", reasons={field: reason})
    return known[value]


def _number(row: Mapping[str, Value], field: str, names: tuple[str, ...]) -> int | None:
    value = first(row, names)
    if not value:
        return None
    if not _DIGITS.fullmatch(value):
        reason = f"{value[:40]} is no whole number"
        raise InvalidError(f"{field}: {reason}", reasons={field: reason})
    return int(value)


def _budget_fen(row: Mapping[str, Value]) -> int | None:
    """Money in fen, or in 万元 under its Chinese column name."""
    ten_thousands = first(row, ("预算（万元）", "预算(万元)", "预算万元"))
    if ten_thousands:
        whole = _number(row, "budget_fen", ("预算（万元）", "预算(万元)", "预算万元"))
        return None if whole is None else whole * 1_000_000
    return _number(row, "budget_fen", ("budget_fen",))


def _day(text: str) -> str | None:
    """A day as ``YYYY-MM-DD``; another spelling goes on as it is and is refused by name."""
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10].replace("/", "-")).isoformat()
    except ValueError:
        return text
