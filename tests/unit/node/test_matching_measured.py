"""Matching is measured on judged needs: the measures, the halves, the gain, the aim (D4, D13)."""

import json
from pathlib import Path

import pytest

from node.cli import main
from node.search.index import Document
from node.search.judged import read_documents, read_judged
from node.search.measuring import RANKERS, JudgedNeed, is_kept_back, measure
from node.search.question import Question

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
NOTHING: frozenset[str] = frozenset()
DOCUMENTS = [
    Document("r1", "钛铁矿浮选捕收剂", "", [], NOTHING),
    Document("r2", "奶牛体况评分", "", [], NOTHING),
    Document("r3", "浮选尾矿脱水", "", [], NOTHING),
]


def judged(id_: str, title: str, *answers: str) -> JudgedNeed:
    return JudgedNeed(id_, Question(title), dict.fromkeys(answers, 1))


def test_the_measures_are_those_of_the_first_judged_result() -> None:
    needs = [
        judged("n1", "钛铁矿浮选", "r3"),
        judged("n2", "奶牛体况", "r2"),
        judged("n3", "焊", "r2"),
    ]

    scores = measure(needs, DOCUMENTS)["all"].means["words"]

    assert scores.mrr == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert scores.hit1 == pytest.approx(1 / 3)
    assert scores.hit10 == pytest.approx(2 / 3)
    assert scores.ndcg10 == pytest.approx((0.63093 + 1 + 0) / 3, abs=1e-4)


def test_the_halves_are_told_by_the_need_s_id_alone_and_share_nothing() -> None:
    needs = [judged(f"n{number}", "奶牛体况", "r2") for number in range(20)]

    halves = measure(needs, DOCUMENTS)

    assert halves["kept-back"].needs == sum(is_kept_back(need.id) for need in needs)
    assert halves["development"].needs + halves["kept-back"].needs == 20


def test_a_gain_of_nothing_is_shown_as_nothing() -> None:
    gain = measure([judged("n1", "奶牛体况", "r2")], DOCUMENTS)["all"].gains["mrr"]

    assert (gain.mean, gain.low, gain.high, gain.p) == (0, 0, 0, 1)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


NEED = '{"id": "n1", "title": "奶牛体况评分", "description": "想要自动打分"}\n'


@pytest.mark.parametrize(
    ("needs", "qrels", "told"),
    [
        (NEED, "n1 r1 9\n", "row 1: not: need id, result id, and a grade from 0 to 4"),
        (NEED, "n1\n", "row 1: not: need id"),
        (NEED, "n7 r1\n", "judges no need of"),
        ('{"title": "奶牛"}\n', "n1 r1\n", "row 1: it has no id"),
        (NEED + '{"id": "n2"}\n', "n1 r1\n", "row 2"),
        (NEED + "not json\n", "n1 r1\n", "row 2: not JSON"),
    ],
)
def test_bad_input_is_named_with_its_file_and_row(
    needs: str, qrels: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [write(tmp_path / "needs.jsonl", needs), write(tmp_path / "qrels.tsv", qrels)]

    code = main(["match", "evaluate", *given, "--results", given[0]])

    assert code == 2
    assert told in capsys.readouterr().err


def test_the_command_measures_a_file_and_prints_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs = write(tmp_path / "needs.jsonl", NEED)
    qrels = write(tmp_path / "qrels.tsv", "n1\tr2\n")
    rows = [{"id": each.id, "title": each.title, "abstract": "简介"} for each in DOCUMENTS]
    results = write(tmp_path / "r.jsonl", "\n".join(json.dumps(row) for row in rows))

    assert main(["match", "evaluate", needs, qrels, "--results", results, "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert set(told["all"]["means"]) == set(RANKERS)
    assert told["all"]["means"]["full"]["hit10"] == 1


@pytest.mark.skipif(not SHARED.is_dir(), reason="the judged needs and abstracts are not here")
def test_the_aim_holds_on_the_judged_needs_and_beats_the_best_plain_ranker() -> None:
    needs = read_judged(SHARED / "needs_zh_dev.jsonl", SHARED / "needs_zh_dev_qrels.tsv")

    every = measure(needs, read_documents(SHARED / "csl_offers_zh.jsonl"))["all"]

    assert every.means["full"].mrr >= 0.60
    assert every.means["full"].hit10 >= 0.85
    assert every.gains["mrr"].low > 0
    assert every.gains["hit10"].low > 0
