"""Columns that several lists have in the same form (A17)."""

from node.tables.codes import SIZE as SIZES
from node.tables.layout import Column

ID = Column(
    "id",
    "编号",
    "原系统或本站台账中的编号；不填则按整行内容识别，重复导入不会重复发布",
    known_as=("需求编号", "成果编号", "企业编号", "走访编号", "资源编号"),
)
SOURCE = Column("source", "来源系统", "数据来自哪个系统；不填则用文件名")
URL = Column("url", "网址", "原始页面网址，以 http 或 https 开头", known_as=("链接",))
DIVISION = Column(
    "division",
    "行政区划代码",
    "6 位数字，见“行政区划”表",
    known_as=("行政区划", "区划代码"),
    code_list="division",
)
INDUSTRY = Column(
    "industry",
    "行业代码",
    "国民经济行业分类（GB/T 4754）代码，见“行业”表",
    known_as=("行业",),
    code_list="industry",
)
SIZE = Column("size", "企业规模", "按统计口径选择", "code", SIZES)
FIELD = Column("field", "技术领域", "见“技术领域”表", known_as=("领域",), code_list="field")
KEYWORDS = Column(
    "keywords",
    "关键词",
    "多个关键词用分号隔开，最多 20 个",
    "words",
    known_as=("topics",),
)
TITLE = ("名称", "标题")
TEXT = ("description", "summary", "abstract", "内容", "描述", "摘要", "简介")
