"""What the console calls the states of peers, and why something of theirs was not taken."""

from collections.abc import Mapping

PEER_TABLES: Mapping[str, Mapping[str, str]] = {
    "refusal": {
        "malformed": "格式有误",
        "unsupported": "本节点不支持的格式版本",
        "wrong-network": "属于另一个网络",
        "bad-chain": "与前一条目不衔接",
        "bad-signature": "签名无效",
        "bad-body": "正文与摘要不符",
        "gap": "中间缺少条目",
        "fork": "同一位置出现两个不同条目",
        "not-admitted": "站点尚未获准加入",
        "not-held": "不在保存的频道之内",
        "revoked": "站点资格已终止",
        "over-quota": "超出每日限额",
        "held-future": "时间超前，稍后重试",
        "too-large": "内容过大",
        "busy": "对方繁忙",
        "rate": "请求过于频繁",
        "bad-request": "请求有误",
        "clock": "时钟不一致",
        "cursor-epoch": "对方已重建存储，正在重新核对",
        "cursor-ahead": "进度超前，正在重新核对",
        "cursor-expired": "进度过旧，正在重新核对",
    },
    "peer-state": {
        "up": "正常",
        "connecting": "正在连接",
        "waiting": "对方未受理",
        "down": "已中断",
    },
}
