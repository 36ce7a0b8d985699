"""What the console calls experts, societies, services and what else is on offer (F1-F5, C13)."""

from collections.abc import Mapping

OFFER_TABLES: Mapping[str, Mapping[str, str]] = {
    "programme-level": {"national": "国家科技计划", "local": "地方科技计划"},
    "resource-type": {
        "expert": "专家",
        "broker": "技术经纪人",
        "society": "学会",
        "institution": "合作机构",
        "service": "服务产品",
        "information": "信息产品",
    },
    "resource-kind-expert": {
        "business": "经营管理专家",
        "technical": "技术专家",
        "legal": "法律专家",
        "ip": "知识产权专家",
        "foreign": "涉外商务与技术谈判专家",
        "review": "评审专家",
    },
    "resource-kind-broker": {"junior": "初级", "middle": "中级", "senior": "高级"},
    "resource-kind-society": {
        "national": "全国学会",
        "province": "省级学会",
        "city": "市级学会",
        "county": "县级学会",
    },
    "resource-kind-institution": {
        "university": "高等院校",
        "institute": "科研院所",
        "transfer-centre": "技术转移中心",
        "productivity-centre": "生产力促进中心",
        "technology-market": "技术市场",
        "intermediary": "技术中介机构",
        "conversion-base": "成果转化基地",
        "alliance": "技术创新联盟",
        "authority": "主管部门",
    },
    "resource-kind-service": {
        "development": "技术开发服务",
        "transfer": "技术转让服务",
        "technical-service": "技术服务",
        "consulting": "技术咨询服务",
        "evaluation": "技术评价服务",
        "finance": "技术投融资服务",
        "platform": "信息网络平台服务",
    },
    "resource-kind-information": {
        "policy": "产业政策",
        "hotspot": "技术热点",
        "frontier": "行业前沿",
        "intelligence": "竞争情报",
        "patent": "专利服务",
    },
    "bundle": {
        "matching": "供需对接与资源匹配",
        "engineering": "工程化、孵化与集成开发",
        "consulting": "咨询、评估、知识产权与投融资",
        "training": "培训",
        "guidance": "创新引导与评价",
        "analysis": "重点领域分析",
    },
}
