"""The lists that can be filled in as a file: adding one is writing its columns here (A17, L1)."""

from collections.abc import Mapping

from node.errors import NotFoundError
from node.tables.codes import (
    MATURATION,
    NEED_KIND,
    PARK_KIND,
    PROTECTION,
    SCOPE,
    SIZE,
    SUB_KIND,
    YES,
)
from node.tables.layout import Column, Layout

_ID = Column(
    "id",
    "编号",
    "原系统或本站台账中的编号；不填则按整行内容识别，重复导入不会重复发布",
    known_as=("需求编号", "成果编号", "企业编号", "走访编号"),
)
_SOURCE = Column("source", "来源系统", "数据来自哪个系统；不填则用文件名")
_URL = Column("url", "网址", "原始页面网址，以 http 或 https 开头", known_as=("链接",))
_DIVISION = Column(
    "division",
    "行政区划代码",
    "6 位数字，见“行政区划”表",
    known_as=("行政区划", "区划代码"),
    code_list="division",
)
_INDUSTRY = Column(
    "industry",
    "行业代码",
    "国民经济行业分类（GB/T 4754）代码，见“行业”表",
    known_as=("行业",),
    code_list="industry",
)
_SIZE = Column("size", "企业规模", "按统计口径选择", "code", SIZE)
_FIELD = Column("field", "技术领域", "见“技术领域”表", known_as=("领域",), code_list="field")
_KEYWORDS = Column(
    "keywords",
    "关键词",
    "多个关键词用分号隔开，最多 20 个",
    "words",
    known_as=("topics",),
)
_TITLE = ("名称", "标题")
_TEXT = ("description", "summary", "abstract", "内容", "描述", "摘要", "简介")

NEEDS = Layout(
    "needs",
    "需求",
    (
        _ID,
        Column(
            "title",
            "需求名称",
            "不超过 200 字；不要写企业名称",
            known_as=_TITLE,
            is_needed=True,
        ),
        Column(
            "text",
            "需求内容",
            "现状、难点、希望达到的指标；不要写企业名称和联系方式",
            "text",
            known_as=_TEXT,
        ),
        Column("kind", "需求类型", "从列表中选择，不填为“其他”", "code", NEED_KIND),
        Column("sub_kind", "升级改造类别", "仅“技术升级改造”填写", "code", SUB_KIND),
        Column("scope", "需求范围", "从列表中选择，不填为“企业需求”", "code", SCOPE),
        Column("stage", "创新链环节", "如：研发、中试、产业化", known_as=("创新链阶段",)),
        _FIELD,
        _INDUSTRY,
        _DIVISION,
        _SIZE,
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
        _KEYWORDS,
        _URL,
        _SOURCE,
    ),
)

RESULTS = Layout(
    "results",
    "成果",
    (
        _ID,
        Column("title", "成果名称", "不超过 200 字", known_as=_TITLE, is_needed=True),
        Column("text", "成果简介", "原理、指标、应用情况、合作方式", "text", known_as=_TEXT),
        _FIELD,
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
        _DIVISION,
        _KEYWORDS,
        _URL,
        _SOURCE,
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
        _INDUSTRY,
        _DIVISION,
        _SIZE,
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
        _INDUSTRY,
        _DIVISION,
        Column("note", "走访情况", "只保存在本站，不会公开", "text", known_as=("备注", "记录")),
    ),
)

LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout for layout in (ENTERPRISES, VISITS, NEEDS, RESULTS)
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
