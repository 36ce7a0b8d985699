"""How a case stands, said to the enterprise whose need it is: one plain sentence (must-have 19)."""

from collections.abc import Mapping

REFERRAL: Mapping[str, str] = {
    "requested": "您的需求已转给一家合适的站点，正在等待对方答复。",
    "queried": "接收站点希望了解更多情况，我们正在补充说明，可能会与您联系。",
    "accepted": "接收站点已受理您的需求，即将与您对接。",
    "declined": "这家站点未能受理您的需求，我们会为您另寻合适的站点。",
    "revoked": "这次转介已撤回，您的需求由我们继续跟进。",
    "started": "接收站点正在办理您的需求。",
    "concluded": "对接已有结果，请您核对，并告诉我们是否满意。",
    "confirmed": "您的需求已办结，结果已经双方确认。感谢您的信任。",
    "disputed": "各方对办理情况的看法不一致，正在协商，有结果会及时告诉您。",
    "closed": "这次对接没有达成结果，已经结束；如您愿意，我们可以重新办理，或另寻站点。",
}
INTEREST: Mapping[str, str] = {
    "expressed": "有一家站点表示可以帮助解决您的需求，我们正在了解情况。",
    "queried": "我们正在向有意向的站点了解更多情况。",
    "matched": "我们已选定有意向的站点，即将为您安排对接。",
    "declined": "这家站点的方案不太合适，我们会继续为您寻找。",
    "withdrawn": "有意向的站点撤回了方案，我们会继续为您寻找。",
}
INTRODUCTION: Mapping[str, str] = {
    "proposed": "上级站点为您推荐了一家合作站点，我们正在核实。",
    "followed": "我们已采纳上级站点的推荐，即将为您安排对接。",
    "declined": "这次推荐的合作站点不太合适，我们会继续为您寻找。",
    "withdrawn": "上级站点收回了这次推荐，我们会继续为您寻找。",
}

PLAIN: Mapping[str, str] = {
    f"{name}.{state}": text
    for name, table in (
        ("referral", REFERRAL), ("interest", INTEREST), ("introduction", INTRODUCTION),
    )
    for state, text in table.items()
}  # fmt: skip
"""By type of case and state; the Chinese is the source text (L1)."""


def tell_state(type_: str, state: str) -> dict[str, str]:
    """What an enterprise is told of a case, by language: ``zh`` and ``en``.

    Args:
        type_: referral, interest or introduction.
        state: where the case stands.
    """
    from node.console.render import LANGUAGES, translate

    text = PLAIN[f"{type_}.{state}"]
    return {lang: translate(text, lang) for lang in LANGUAGES}
