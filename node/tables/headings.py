"""Public tables under Chinese headings, codes as words, stations by their names (L1).

What a list's template has stands under the template's headings and comes first, so that the file
can be brought in again; import passes over the rest.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from node.calendar import moment_of
from node.console.words import TABLES
from node.servicelists import service_title
from node.tables.catalogue import LAYOUTS
from node.tables.layout import Layout
from node.tables.rows import FEN_PER_WAN, Cell, in_words
from protocol.scoring import INDICATORS

ENTRY = "条目编号"
"""Under which heading the id of a row's entry stands: by it a row is known again."""
LEFT_OUT = frozenset({"history", "frontier", "heads", "evidence", "author", "epoch", "seq"})
_POINTS = "points_"
_FIELDS = {"source_id": "id", "source_system": "source", "source_url": "url"} | {
    "person": "person.name",
    "consented_on": "person.consented_on",
    "consent_scope": "person.scope",
}
"""Columns of read models that a layout knows under another name."""
_APART = {"resources": ("source_url",)}
"""Columns that a layout does not know: a resource has an address of its own."""
_WITH_ID = {"station": "站点编号", "sender": "转出站点编号", "receiver": "接收站点编号"}
_STATIONS = frozenset(
    {"owner", "introducer", "invited", "helpers", "disputant", "judged_by", "in_place_of",
     "region", "parents", *_WITH_ID}
)  # fmt: skip
_TIMES = frozenset({"time", "revised", "updated", "closed", "from_ms", "until_ms"})
_MONEY = frozenset({"amount_fen", "technology_fen", "contract_fen"})
_WORDS: Mapping[str, str] = {
    "begun_stage": "result-stage",
    "contract_type": "contract-type",
    "ended": "ended",
    "manner": "referral-manner",
    "missing": "indicator",
    "outcome": "outcome",
    "standing": "record-state",
    "tier": "tier",
}
_STATES = {"referrals": "case-state", "performance": "approval"}
_ON_OFFER = ("results", "resources")
_PLACE = {**TABLES["hierarchy"], **TABLES["level"]}
_LANGUAGES = {"zh": "中文", "en": "英文"}

HEADINGS: Mapping[str, str] = {
    "act": "批准条目编号",
    "amount_fen": "合同成交额（万元）",
    "answer_by": "答复期限",
    "begun_stage": "发布时的转化阶段",
    "closed": "结束时间",
    "closed_by": "结束条目编号",
    "closed_note": "结束说明",
    "contract_type": "合同类型",
    "days": "天数",
    "disputant": "提出异议的站点",
    "division": "行政区划代码",
    "ended": "资格状态",
    "endpoints": "站点网址",
    "enterprises": "参加企业数",
    "field_list": "领域目录",
    "follows": "由何条目而来",
    "from_ms": "加入时间",
    "gathers": "汇集的需求",
    "helpers": "协办站点",
    "id": ENTRY,
    "in_place_of": "代行审核所替站点",
    "introducer": "推荐站点",
    "industry": "行业代码",
    "invited": "受邀协办站点",
    "judged_by": "审核站点",
    "judgement": "审核条目编号",
    "key": "公钥",
    "kind": "活动类型",
    "lang": "语言",
    "manner": "办理方式",
    "memberships": "所属体系",
    "missing": "缺少的指标",
    "name": "排名名称",
    "need": "需求条目编号",
    "needs": "可能适用的需求",
    "note": "说明",
    "on_date": "活动日期",
    "outcome": "办理结果",
    "owner": "现归站点",
    "parents": "上级站点",
    "participants": "参加人数",
    "period": "期间",
    "points": "得分",
    "profile": "站点资料",
    "programme": "计划名称",
    "rank": "名次",
    "ranking": "排名编号",
    "reason": "审核意见",
    "receiver": "接收站点",
    "region": "所属区域站点",
    "replaced_by": "已由何清单替代",
    "replaces": "替代何清单",
    "referral": "转介条目编号",
    "result": "成果条目编号",
    "revised": "修改时间",
    "revision": "当前版本条目编号",
    "satisfied": "满意度（1 至 5）",
    "sender": "转出站点",
    "services": "服务项目",
    "shares": "业绩分配",
    "signed": "签订日期",
    "source_url": "来源网址",
    "split": "待同意的分配方案",
    "standing": "征集状态",
    "state": "状态",
    "station": "站点",
    "tags": "标签",
    "tasks_done": "完成任务数",
    "technology_fen": "技术交易额（万元）",
    "text": "清单说明",
    "tier": "站点层级",
    "time": "发布时间",
    "title": "清单名称",
    "until_ms": "资格有效期至",
    "updated": "更新时间",
    "year": "年度",
}
"""The Chinese heading of each column that no template has."""
_OF_TABLE: Mapping[str, Mapping[str, str]] = {
    "stations": {"id": "站点编号", "name": "站点名称"},
    "referrals": {"id": "转介编号", "note": "转介说明"},
    "services-rendered": {"on_date": "结束日期", "referral": "转介编号"},
    "performance": {"id": "报告编号"},
    "screenings": {"id": "清单编号", "note": "入选理由"},
}
_PROFILE = {
    "description": "简介",
    "host_body": "依托单位",
    "phone": "电话",
    "email": "邮箱",
    "address": "地址",
    "roles": "职能",
}


def find_title(table: str, name: str) -> str:
    """The Chinese heading of a column; its name where it has none."""
    layout = LAYOUTS.get(table)
    field = None if layout is None else _field_of(layout, name)
    if layout is not None and field is not None:
        return layout.by_field[field].title
    if name.startswith(_POINTS):
        return f"得分：{TABLES['indicator'].get(name.removeprefix(_POINTS), name)}"
    if table == "performance" and name in INDICATORS:
        unit = "万元" if name in _MONEY else INDICATORS[name].unit
        return f"{INDICATORS[name].title}（{unit}）"
    return _OF_TABLE.get(table, {}).get(name) or HEADINGS.get(name, name)


def write_line(table: str, row: Mapping[str, object], names: Mapping[str, str]) -> dict[str, Cell]:
    """A row of a public table for people.

    Args:
        table: which.
        row: the column's names, as the API has them, to values.
        names: stations' names by their ids.
    """
    layout = LAYOUTS.get(table)
    fields: dict[str, object] = {}
    rest: dict[str, Cell] = {}
    for name, value in row.items():
        if name in LEFT_OUT:
            continue
        field = None if layout is None else _field_of(layout, name)
        if field is not None:
            fields[field] = value
            continue
        rest[find_title(table, name)] = _write(table, name, value, names)
        if name in _WITH_ID:
            rest[_WITH_ID[name]] = str(value)
    return {**(in_words(layout, fields) if layout else {}), **rest}


def _field_of(layout: Layout, name: str) -> str | None:
    """The field of a layout that a column of a read model is."""
    if name == "id" or name in _APART.get(layout.name, ()):
        return None
    named = (_FIELDS.get(name, name), name.replace("_", ".", 1))
    return next((each for each in named if each in layout.by_field), None)


def _write(table: str, name: str, value: object, names: Mapping[str, str]) -> Cell:
    if value is None:
        return ""
    if isinstance(value, int):
        return _number(name, value)
    if isinstance(value, dict):
        return _shared(value["shares"], names) if name == "split" else _profile(value)
    if isinstance(value, list):
        words = (_word(table, name, str(each), names) for each in value)
        return _shared(value, names) if name == "shares" else "；".join(words)
    return _word(table, name, str(value), names)


def _number(name: str, value: int) -> Cell:
    if isinstance(value, bool):
        return "是" if value else "否"
    if name in _MONEY:
        return Decimal(value) / FEN_PER_WAN
    if name in _TIMES:
        return moment_of(value) if value else ""
    return value


def _word(table: str, name: str, text: str, names: Mapping[str, str]) -> str:
    if name in _STATIONS:
        return names.get(text, text)
    if name == "services":
        return service_title(text, "zh")
    if name == "memberships":
        return " ".join(_PLACE.get(each, each) for each in text.split("/"))
    if name == "lang":
        return _LANGUAGES.get(text, text)
    words = _WORDS.get(name, "")
    if name == "state" and text == "open" and table in _ON_OFFER:
        return "有效"
    if name == "state":
        words = _STATES.get(table, "record-state")
    if name == "kind":
        words = "activity"
    return TABLES[words].get(text, text) if words else text


def _profile(said: Mapping[str, object]) -> str:
    told = {
        _PROFILE.get(each, each): "、".join(map(str, value)) if isinstance(value, list) else value
        for each, value in said.items()
    }
    return "；".join(f"{each}：{value}" for each, value in told.items() if value)


def _shared(shares: object, names: Mapping[str, str]) -> str:
    assert isinstance(shares, Sequence)
    return "；".join(f"{names.get(str(each[0]), str(each[0]))} {each[1]}%" for each in shares)
