"""Why a row or a file was refused, in the words of a station clerk."""

import re

_SAID = (
    (r"empty, and it is required", "必填，没有填写"),
    (r"(.*) is none of: (.*)", "“{0}”不在可选范围内，可填：{1}"),
    (r"(.*) is no whole number", "“{0}”不是整数"),
    (r"(.*) is no amount in 万元", "“{0}”不是以万元为单位的金额"),
    (r"(.*) is no amount in yuan", "“{0}”不是以元为单位的金额"),
    (r"(.*) is no day like .*", "“{0}”不是日期，请写成 2026-12-31 的形式"),
    (r"(.*) has no card here; .*", "本站没有“{0}”的企业档案，请先导入企业名录"),
    (r"(.*) is no division code in force", "“{0}”不是现行的行政区划代码"),
    (r"(.*) is no GB/T 4754 class", "“{0}”不是国民经济行业分类代码"),
    (r"(.*) is no kind of (.*), whose are: (.*)", "“{0}”不是{1}的类别，可填：{2}"),
    (r"belongs to experts and brokers only", "只有专家和技术经纪人填写"),
    (r"belongs to services and information only", "只有服务产品和信息产品填写"),
    (r"it ends before it begins", "早于开始日期"),
    (r"names the person; .*", "写到了本人姓名：请改写专长，或取得本人同意后填写公开姓名等三列"),
    (r"(.*) is not known here", "本站没有“{0}”这个编号"),
    (r"more enterprises than participants", "参加企业数多于参加人数"),
    (r"more than the amount of the contract", "技术交易额多于合同成交额"),
    (r"a day that has not come", "日期还没有到"),
    (r"it is declared to be classified", "声明为涉密：不得录入，请勿在任何网络上填写"),
    (r"it has begun by that day", "开始日期已到，不是“待开始”"),
    (r"Field required", "必填，没有填写"),
    (r"([0-9]+) characters, ([0-9]+) allowed", "共 {0} 字，最多 {1} 字"),
    (r"String should have at most ([0-9]+) characters?", "最多 {0} 字"),
    (r"String should have at least ([0-9]+) characters?", "至少 {0} 字"),
    (r"String should match pattern .*", "格式不对，请对照模板的填写说明"),
    (r"Input should be less than or equal to ([0-9]+)", "不能大于 {0}"),
    (r"Input should be greater than or equal to ([0-9]+)", "不能小于 {0}"),
    (r"Tuple should have at most ([0-9]+) items.*", "最多 {0} 项"),
    (r".*is no unified social credit code.*", "不是有效的统一社会信用代码，请照营业执照填写"),
    (
        r".*sub_kind belongs to kind upgrade only",
        "“升级改造类别”只在需求类型为“技术升级改造”时填写",
    ),
    (
        r"it hints at classified matter \((.*)\); draft it by hand",
        "含有可能涉密的字样（{0}），请逐条登记，由站长决定能否公开",
    ),
    (r".*it bears marks of state secrets \((.*)\).*", "带有国家秘密标志（{0}），不得录入"),
    (r"a cell stands under no heading", "有内容填在没有列名的列里"),
    (r"not as many fields as .*", "列数与第一行的列名不一致"),
    (r"longer than ([0-9]+) characters", "整行超过 {0} 字"),
    (r"not CSV: .*", "不是规范的 CSV"),
    (r"not JSON.*|not a JSON object", "不是规范的 JSON"),
    (r".*: no columns found", "没有找到列名：第一行应当是列名，可以先下载模板"),
    (r".* is no XLSX workbook.*", "不是 Excel 工作簿（.xlsx），请另存后再传"),
    (r".* is neither UTF-8 nor GB 18030", "文字编码无法识别，请另存为 UTF-8"),
    (r".* unpacks to too much|.*cells are allowed|.*bytes, .* allowed", "文件太大，请分成几份导入"),
    (r"the file is not kept any more", "文件已不再保留，请重新上传"),
)
_RULES = tuple((re.compile(pattern, re.DOTALL), told) for pattern, told in _SAID)


def in_chinese(reason: str) -> str:
    """A reason in Chinese; one that is not known stands as it is."""
    plain = reason.removeprefix("Value error, ")
    for pattern, told in _RULES:
        if found := pattern.fullmatch(plain):
            return told.format(*found.groups())
    return reason
