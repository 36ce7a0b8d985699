"""The words lists use for the codes of records: the console's first, others beside it (B5-B7)."""

from collections.abc import Mapping

from node.console.words import TABLES
from node.servicelists import services


def _words(table: str, others: Mapping[str, str] | None = None) -> Mapping[str, str]:
    first = {word: code for code, word in TABLES[table].items()}
    return {**first, **{word: code for word, code in (others or {}).items() if word not in first}}


NEED_KIND = _words(
    "need-kind",
    {
        "信息": "information",
        "技术升级": "upgrade",
        "联合攻关": "joint-rd",
        "技术引进": "introduction",
        "人才": "talent",
    },
)
SUB_KIND = _words("sub-kind")
SCOPE = _words("scope", {"企业": "enterprise", "共性": "common", "区域": "regional"})
SIZE = _words(
    "enterprise-size", {"微型": "micro", "小型": "small", "中型": "medium", "大型": "large"}
)
PARK_KIND = _words("park-kind")
YES = {"是": "true", "否": "false"}
MATURATION = _words("result-stage", {"市场化": "market"})
PROTECTION = _words(
    "ip",
    {
        "申请中": "pending",
        "专利申请": "pending",
        "专利": "granted",
        "授权": "granted",
        "授权专利": "granted",
        "发明专利": "granted",
        "实用新型": "granted",
        "已授权": "granted",
    },
)
RESOURCE_TYPE = _words("resource-type", {"经纪人": "broker", "机构": "institution"})
RESOURCE_KINDS = {type_: _words(f"resource-kind-{type_}") for type_ in TABLES["resource-type"]}
RESOURCE_KIND = {word: code for words in RESOURCE_KINDS.values() for word, code in words.items()}
assert len(RESOURCE_KIND) == sum(len(words) for words in RESOURCE_KINDS.values())
BUNDLE = _words("bundle")
ACTIVITY_KIND = _words("activity", {"展览": "exhibition", "交流": "exchange"})
CONTRACT_TYPE = _words(
    "contract-type",
    {
        "技术开发": "development",
        "技术转让": "transfer",
        "技术许可": "licence",
        "技术咨询": "consulting",
        "技术服务": "service",
    },
)
CONTRACT_FIELD = _words("contract-field")
ENGAGEMENT_STATE = _words("engagement-state")
SERVICE = {each.zh: code for code, each in services().items()}
