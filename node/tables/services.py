"""The lists of what a station does for enterprises: services, contracts, activities (E14, L2)."""

from node.tables.codes import (
    ACTIVITY_KIND,
    CONTRACT_FIELD,
    CONTRACT_TYPE,
    ENGAGEMENT_STATE,
    SERVICE,
)
from node.tables.columns import DIVISION
from node.tables.layout import Column, Layout

CONTRACT_ID = "合同编号"
"""Under which heading the id of a contract stands where it is handed out."""
ENGAGEMENT_ID = "服务编号"
ENGAGEMENT_ENTRY = "公开条目编号"
"""Under which headings the ids of an engagement and of its public record stand."""
_SERVICE = Column("engagement", ENGAGEMENT_ID, "属于本站哪项服务，填该服务的编号；没有则不填")

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

_STATE_NOTE = "不填按日期定；填“已完成”即公开办结记录，并填结束日期"
ENGAGEMENTS = Layout(
    "engagements",
    "服务清单",
    (
        Column("id", ENGAGEMENT_ID, "导出时带出的编号；新登记的不填", known_as=("编号",)),
        Column("title", "服务名称", "只保存在本站，不会公开", known_as=("名称",), is_needed=True),
        Column(
            "enterprise",
            "企业",
            "本站企业名录中的企业名称或统一社会信用代码",
            known_as=("企业名称", "服务企业", "统一社会信用代码", "信用代码"),
        ),
        Column(
            "services",
            "服务项目",
            "如：协同攻关项目；多项用分号隔开，名称见服务登记页面",
            "words",
            SERVICE,
            is_needed=True,
        ),
        Column("goal", "服务目标", "只保存在本站，不会公开", "text", known_as=("目标",)),
        Column("begins", "开始日期", "如 2026-03-15", "day", is_needed=True),
        Column("ends", "结束日期", "计划或实际结束的日期，如 2026-06-30", "day"),
        Column("person", "负责人", "只保存在本站，不会公开", known_as=("责任人",)),
        Column("state", "状态", _STATE_NOTE, "code", ENGAGEMENT_STATE),
        Column("need", "需求编号", "对应哪项需求，填该需求的条目编号；没有则不填"),
        Column("referral", "转介编号", "由哪项转介而来，填该转介的编号；没有则不填"),
        Column("entry", ENGAGEMENT_ENTRY, "导出时带出的编号；新登记的不填"),
        Column("note", "备注", "只保存在本站；状态为“已中止”时写明原因", "text"),
    ),
)
