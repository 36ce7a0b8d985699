"""Lists of words a station chooses from that the wire leaves open (B4, B11, K7, L9).

A need may carry any other word: it is kept and shown as it is (must-have 9).
"""

STAGES = ("基础研究", "应用研究", "技术开发", "中试熟化", "工程化", "产业化", "市场推广")
"""Stages of the innovation chain, in their order (B4)."""

PROGRAMMES = (
    "一带一路",
    "京津冀协同发展",
    "长江经济带",
    "中国制造2025",
    "自由贸易试验区",
    "自主创新示范区",
    "双创示范基地",
    "脱贫攻坚",
    "金桥工程",
    "厂会协作",
    "讲理想比贡献",
    "海智计划",
    "创新争先行动",
    "科技助力精准扶贫",
)
"""Strategy regions (K7, B11) and programmes (L9) a need may belong to."""
