"""Cutting Chinese and Latin text into the terms that are indexed (D13).

Words of a dictionary carry the meaning, pairs of characters catch what the dictionary lacks; one
field holds both.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

_LATIN = re.compile(r"[a-z0-9]+(?:[.+#/-][a-z0-9]+)*")
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")

_STOP_TEXT = """
我们 你们 他们 一个 一种 一些 这个 那个 这些 以及 或者 因为 所以 但是
如果 可以 能够 需要 希望 要求 进行 通过 采用 利用 基于 对于 关于 以上
以下 目前 现在 已经 没有 不能 不要 同时 其中 具有 方法 研究 问题 情况
相关 有关 使用 实现 提出 结果 分析 表明 技术 公司 企业 项目 产品
预算 万元 期限 个月 面谈 面议 具体 指标 交付 验收 报价 左右 不低于 不高于 不超过 以内
我厂 我司 厂里 客户 老板 原来 打算 想要 想找 想问 有没有 能不能 怎么 什么 成熟 一套 一家
做到 达到 每年 每月 每天 今年 去年 年底 完成 提供 寻求 征集 解决 求助 专家 团队 经验
一直 老是 经常 比较 太大 不行 不好 最好
the and for with from that this are was has have not but its our your into will can
a an of to in on is by as at be or it we
"""
STOP_WORDS = frozenset(_STOP_TEXT.split())
"""Words too common in needs and results to say what either is about."""


def latin_words(text: str) -> Iterator[str]:
    """The Latin words and numbers of a text, in order and in lower case."""
    return (match.group() for match in _LATIN.finditer(text.lower()))


def words(text: str) -> Iterator[str]:
    """The dictionary words and Latin words of a text, in order, without what says nothing."""
    lower = text.lower()
    for word in latin_words(lower):
        if len(word) > 1 and word not in STOP_WORDS:
            yield word
    for match in _HAN_RUN.finditer(lower):
        for word in _cut(match.group()):
            if len(word) > 1 and word not in STOP_WORDS:
                yield word


def distinct_words(text: str) -> list[str]:
    """The words of a text, each once."""
    return list(dict.fromkeys(words(text)))


def pairs(text: str) -> list[str]:
    """The pairs of neighbouring characters that are no words of the text themselves."""
    return _pairs_beside(set(words(text)), text)


def _pairs_beside(known: Collection[str], text: str) -> list[str]:
    found: list[str] = []
    for match in _HAN_RUN.finditer(text):
        run = match.group()
        each = (run[start : start + 2] for start in range(len(run) - 1))
        found += [pair for pair in each if pair not in known and pair not in STOP_WORDS]
    return found


def index_terms(text: str) -> list[str]:
    """The terms a text is indexed under: its words, and its pairs of characters."""
    found = list(words(text))
    return [*found, *_pairs_beside(set(found), text)]


@lru_cache(maxsize=4096)
def _cut(run: str) -> tuple[str, ...]:
    import rjieba

    return tuple(rjieba.cut(run))
