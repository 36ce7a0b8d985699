"""The lists of what a station does for enterprises: services, contracts, activities (E14, L2)."""

from node.tables.codes import ACTIVITY_KIND, CONTRACT_FIELD, CONTRACT_TYPE, ENGAGEMENT_STATE
from node.tables.columns import DIVISION
from node.tables.layout import Column, Layout

CONTRACT_ID = "合同编号"
"""Under which heading the id of a contract stands where it is handed out."""
_SERVICE = Column("engagement", "服务编号", "属于本站哪项服务，填该服务的编号；没有则不填")

ACTIVITIES = Layout(
    "activities",
    "活动",
    (
        Column("kind", "活动类型", "从列表中选择", "code", ACTIVITY_KIND, is_needed=True),
        Column("title", "活动名称", "只保存在本站，不会公开", known_as=("名称",), is_needed=True),
        Column(
            "on", "活动日期", "第一天，如 2026-03-15", "day", known_as=("日期",), is_needed=True
        ),
        Column("days", "天数", "不填为 1 天", "number"),
        Column("place", "地点", "只保存在本站，不会公开"),
        Column("participants", "参加人数", "公开", "number"),
        Column("enterprises", "参加企业数", "公开；不能多于参加人数", "number"),
        DIVISION,
        _SERVICE,
        Column("note", "备注", "只保存在本站，不会公开", "text"),
    ),
)

CONTRACTS = Layout(
    "contracts",
    "技术合同",
    (
        Column(
            "registration",
            "合同登记编号",
            "技术合同认定登记编号；同一编号只登记一次",
            known_as=("登记编号",),
        ),
        Column("name", "合同名称", "不超过 200 字", known_as=("名称",), is_needed=True),
        Column("type", "合同类型", "从列表中选择", "code", CONTRACT_TYPE, is_needed=True),
        Column("field", "合同技术领域", "从列表中选择", "code", CONTRACT_FIELD),
        Column(
            "amount_fen",
            "合同成交额（万元）",
            "数字，单位万元，可带小数",
            "money",
            known_as=("合同金额（万元）", "成交额（万元）"),
            is_needed=True,
        ),
        Column(
            "technology_fen",
            "技术交易额（万元）",
            "数字，单位万元，可带小数；不能多于合同成交额",
            "money",
            is_needed=True,
        ),
        Column("signed", "签订日期", "如 2026-03-15", "day", is_needed=True),
        _SERVICE,
        Column("referral", "转介编号", "由哪项转介达成，填该转介的编号；没有则不填"),
    ),
)

ENGAGEMENTS = Layout(
    "engagements",
    "服务清单",
    (
        Column("id", "服务编号", ""),
        Column("title", "服务名称", ""),
        Column("enterprise", "企业", ""),
        Column("services", "服务项目", "", "words"),
        Column("goal", "服务目标", "", "text"),
        Column("begins", "开始日期", "", "day"),
        Column("ends", "结束日期", "", "day"),
        Column("person", "负责人", ""),
        Column("state", "状态", "", "code", ENGAGEMENT_STATE),
        Column("need", "需求编号", ""),
        Column("referral", "转介编号", ""),
        Column("entry", "公开条目编号", ""),
        Column("note", "备注", "", "text"),
    ),
)
"""Handed out only: an engagement begins where its need or referral stands."""
