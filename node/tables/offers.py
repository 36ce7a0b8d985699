"""The list of experts, brokers, societies, institutions and services (F1-F5, C13)."""

from node.tables.codes import BUNDLE, RESOURCE_KIND, RESOURCE_TYPE
from node.tables.columns import DIVISION, FIELD, ID, KEYWORDS, SOURCE, URL
from node.tables.layout import Column, Layout

RESOURCES = Layout(
    "resources",
    "专家与服务资源",
    (
        ID,
        Column("type", "资源类型", "从列表中选择", "code", RESOURCE_TYPE, is_needed=True),
        Column(
            "kind",
            "类别",
            "须是该资源类型的类别，如专家填“技术专家”，学会填“市级学会”",
            "code",
            RESOURCE_KIND,
            is_needed=True,
        ),
        Column(
            "title",
            "名称",
            "不超过 200 字；专家和经纪人写专长，不写姓名，如：压铸工艺高级工程师，从业二十年",
            known_as=("资源名称", "标题"),
            is_needed=True,
        ),
        Column(
            "text",
            "介绍",
            "公开；专长和能办的事，不写姓名和联系方式",
            "text",
            known_as=("description", "简介", "内容"),
            is_needed=True,
        ),
        Column("organisation", "所在单位", "专家、经纪人的单位，或服务的提供单位"),
        Column("rank", "职称", "如：高级工程师"),
        Column("bundle", "服务内容", "只有服务产品和信息产品填写", "code", BUNDLE),
        Column(
            "price_fen",
            "费用（元）",
            "只有服务产品和信息产品填写；免费填 0，面议不填",
            "yuan",
        ),
        Column("members", "人数", "单位或团队的人数", "number"),
        Column("served", "已服务企业（家）", "到目前为止", "number"),
        Column("since", "开始日期", "经纪人填签约日期，如 2026-03-15", "day"),
        Column("until", "有效期至", "如 2026-12-31", "day"),
        FIELD,
        DIVISION,
        KEYWORDS,
        URL,
        Column("person.name", "公开姓名", "公开；须经本人同意，未经同意的三列都不填"),
        Column("person.consented_on", "本人同意的日期", "写了公开姓名的必填", "day"),
        Column(
            "person.scope",
            "同意公开的范围",
            "写了公开姓名的必填，如：在创新驿站网络内公开姓名和专长",
        ),
        Column("behind.name", "真实姓名", "只保存在本站，不会公开"),
        Column("behind.contact", "联系方式", "只保存在本站，不会公开"),
        Column("behind.note", "内部备注", "只保存在本站，不会公开", "text"),
        SOURCE,
    ),
)
