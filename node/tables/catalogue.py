"""The lists that can be filled in as a file: adding one is writing its columns here (A17, L1)."""

from collections.abc import Mapping

from node.errors import NotFoundError
from node.tables.codes import MATURATION, NEED_KIND, PARK_KIND, PROTECTION, SCOPE, SUB_KIND, YES
from node.tables.columns import (
    DIVISION,
    FIELD,
    ID,
    INDUSTRY,
    KEYWORDS,
    SIZE,
    SOURCE,
    TEXT,
    TITLE,
    URL,
)
from node.tables.layout import Column, Layout
from node.tables.offers import RESOURCES
from node.tables.services import ACTIVITIES, CONTRACTS, ENGAGEMENTS

UNCLASSIFIED = "unclassified"
"""The column of needs in which a row is declared to hold no secret; it is no part of a record."""

NEEDS = Layout(
    "needs",
    "需求",
    (
        ID,
        Column(
            "title",
            "需求名称",
            "不超过 200 字；不要写企业名称",
            known_as=TITLE,
            is_needed=True,
        ),
        Column(
            "text",
            "需求内容",
            "现状、难点、希望达到的指标；不要写企业名称和联系方式",
            "text",
            known_as=TEXT,
        ),
        Column("kind", "需求类型", "从列表中选择，不填为“其他”", "code", NEED_KIND),
        Column("sub_kind", "升级改造类别", "仅“技术升级改造”填写", "code", SUB_KIND),
        Column("scope", "需求范围", "从列表中选择，不填为“企业需求”", "code", SCOPE),
        Column("stage", "创新链环节", "如：研发、中试、产业化", known_as=("创新链阶段",)),
        FIELD,
        INDUSTRY,
        DIVISION,
        SIZE,
        Column(
            "budget_fen",
            "预算（万元）",
            "数字，单位万元，可带小数",
            "money",
            known_as=("预算万元",),
        ),
        Column("due", "期限", "希望解决的日期，如 2026-12-31", "day"),
        Column(
            "expires",
            "有效期至",
            "过了这一天不再征集，如 2026-12-31",
            "day",
            known_as=("closes", "截止日期"),
        ),
        Column(
            "indicators",
            "技术指标",
            "多个指标用分号隔开",
            "words",
            known_as=("考核指标",),
        ),
        KEYWORDS,
        Column(
            UNCLASSIFIED,
            "不涉密声明",
            "已与企业核实不涉及国家秘密和工作秘密的填“是”；填“否”的不导入",
            "code",
            YES,
            known_as=("涉密声明",),
        ),
        URL,
        SOURCE,
    ),
)

RESULTS = Layout(
    "results",
    "成果",
    (
        ID,
        Column("title", "成果名称", "不超过 200 字", known_as=TITLE, is_needed=True),
        Column("text", "成果简介", "原理、指标、应用情况、合作方式", "text", known_as=TEXT),
        FIELD,
        Column("discipline", "学科", "所属学科"),
        Column("category", "门类", "成果门类"),
        Column("owner", "完成单位", "只写单位，不写个人", known_as=("单位", "所属单位")),
        Column("trl", "成熟度", "1 至 9 级（GB/T 22900）", "number"),
        Column("ip", "知识产权", "从列表中选择", "code", PROTECTION),
        Column("patents", "专利号", "如 ZL201810123456.7，多个用分号隔开", "words"),
        Column("ipc", "国际专利分类", "如 B22D17/20，多个用分号隔开", "words"),
        Column(
            "programme.level",
            "计划级别",
            "来自科技计划项目的填写",
            "code",
            {"国家科技计划": "national", "地方科技计划": "local"},
        ),
        Column("programme.name", "计划名称", "如：国家重点研发计划"),
        Column("programme.number", "项目编号", "科技计划项目的编号"),
        Column("evaluation.by", "评价机构", "做过科技成果评价的填写"),
        Column("evaluation.on", "评价日期", "如 2026-03-15", "day"),
        Column("evaluation.finding", "评价结论", "一句话"),
        Column("stage", "转化阶段", "从列表中选择", "code", MATURATION),
        DIVISION,
        KEYWORDS,
        URL,
        SOURCE,
    ),
)

ENTERPRISES = Layout(
    "enterprises",
    "企业名录",
    (
        Column("name", "企业名称", "营业执照上的全称", known_as=("名称",), is_needed=True),
        Column(
            "credit_code",
            "统一社会信用代码",
            "18 位；同一代码只保存一家企业",
            known_as=("信用代码", "社会信用代码"),
        ),
        INDUSTRY,
        DIVISION,
        SIZE,
        Column("park", "所在园区", "园区名称"),
        Column("park_kind", "园区类型", "从列表中选择", "code", PARK_KIND),
        Column("tech_sme", "科技型中小企业", "是否已入库科技型中小企业名单", "code", YES),
        Column("contact", "联系人", "姓名和职务", known_as=("企业联系人",)),
        Column("phone", "联系电话", "手机或座机", known_as=("电话", "手机")),
        Column("email", "电子邮箱", "", known_as=("邮箱",)),
        Column("note", "备注", "", "text"),
    ),
)

VISITS = Layout(
    "visits",
    "走访记录",
    (
        Column(
            "enterprise",
            "企业",
            "本站企业名录中的企业名称或统一社会信用代码",
            known_as=("企业名称", "统一社会信用代码", "信用代码"),
        ),
        Column("on", "走访日期", "如 2026-03-15", "day", known_as=("日期",), is_needed=True),
        Column("needs_found", "发现需求数", "本次走访了解到的需求条数", "number"),
        INDUSTRY,
        DIVISION,
        Column("note", "走访情况", "只保存在本站，不会公开", "text", known_as=("备注", "记录")),
    ),
)

LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        *(ENTERPRISES, VISITS, NEEDS, RESULTS, RESOURCES),
        *(ENGAGEMENTS, ACTIVITIES, CONTRACTS),
    )
}
"""Every list that has a template, in the order of a station's work."""


def get_layout(name: str) -> Layout:
    """The list with this name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in LAYOUTS:
        raise NotFoundError(f"there is no list {name}", f"Lists: {', '.join(LAYOUTS)}.")
    return LAYOUTS[name]
