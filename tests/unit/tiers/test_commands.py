"""The tiers' commands: what each asks the running node, and what it prints."""

import json
from typing import Any, Self

import pytest

from grassroots.commands import (
    enterprises,
    matching,
    needs,
    rankings,
    referrals,
    resources,
    results,
    screenings,
    visits,
    watching,
)
from national import commands as national
from node.cli.session import Session
from node.errors import ConflictError, NotFoundError
from regional import commands as regional

Call = tuple[str, str, object]


class FakeNode:
    """Stands for the running node: notes what it is asked, answers what it was told to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, Any] = {}

    def get(self, path: str, **query: object) -> Any:
        self.calls.append(("GET", path, query))
        return self.answers.get(path, {"items": []})

    def post(self, path: str, body: object = None, **query: object) -> Any:
        self.calls.append(("POST", path, body))
        return self.answers.get(path, {"id": "new-entry", "kind": "k", "time": 0})

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> FakeNode:
    fake = FakeNode()
    monkeypatch.setattr(Session, "client", lambda self, timeout_s=60: fake)
    return fake


def _run(app: Any, *words: str) -> None:
    app(list(words), exit_on_error=False, print_error=False, result_action="return_value")


POSTS: list[tuple[Any, tuple[str, ...], str, dict[str, object]]] = [
    (
        needs.app,
        ("publish", "尾矿回收", "寻求工艺", "--budget-yuan", "400000", "--keyword", "钛"),
        "/needs",
        {"title": "尾矿回收", "text": "寻求工艺", "budget_fen": 40_000_000, "keywords": ["钛"]},
    ),
    (
        needs.app,
        ("amend", "-n", "尾矿", "工艺", "--unclassified", "--gathers", "-a", "--scope", "common"),
        "/needs/-n/amend",
        {"unclassified": True, "gathers": ["-a"], "scope": "common"},
    ),
    (needs.app, ("renew", "-n", "2028-01-01"), "/needs/-n/renew", {"expires": "2028-01-01"}),
    (needs.app, ("submit", "-d"), "/drafts/-d/submit", {}),
    (needs.app, ("review", "-d", "--note", "齐全"), "/drafts/-d/review", {"note": "齐全"}),
    (needs.app, ("return", "-d", "缺预算"), "/drafts/-d/return", {"reason": "缺预算"}),
    (needs.app, ("discard", "-d"), "/drafts/-d/discard", {}),
    (needs.app, ("publish-draft", "-d"), "/drafts/-d/publish", {}),
    (needs.app, ("withdraw", "-id", "已解决"), "/needs/-id/withdraw", {"reason": "已解决"}),
    (needs.app, ("solve", "n", "--by", "-r"), "/needs/n/solve", {"by": "-r"}),
    (results.app, ("publish", "药剂", "好", "--trl", "7"), "/results", {"trl": 7}),
    (results.app, ("withdraw", "r"), "/results/r/withdraw", {}),
    (
        results.app,
        ("publish", "药剂", "好", "--programme", "重点研发", "--programme-level", "national"),
        "/results",
        {"programme": {"level": "national", "name": "重点研发"}},
    ),
    (
        results.app,
        ("advance", "-r", "pilot", "2026-11-01", "--trl", "7"),
        "/results/-r/advance",
        {"stage": "pilot", "on": "2026-11-01", "trl": 7},
    ),
    (
        resources.app,
        ("offer", "expert", "legal", "律师", "专利诉讼", "--behind-name", "李四"),
        "/resources",
        {"type": "expert", "kind": "legal", "title": "律师", "behind": {"name": "李四"}},
    ),
    (resources.app, ("withdraw", "-x", "退休"), "/resources/-x/withdraw", {"reason": "退休"}),
    (
        national.screening,
        ("publish", "第一批", "2026", "-r=-n,m", "s"),
        "/screenings",
        {
            "title": "第一批",
            "year": 2026,
            "items": [{"result": "-r", "needs": ["-n", "m"]}, {"result": "s", "needs": []}],
        },
    ),
    (
        referrals.app,
        ("request", "n", "-s", "--result", "r"),
        "/referrals",
        {"need": "n", "to": "-s", "result": "r"},
    ),
    (
        referrals.app,
        ("accept", "c", "--office", "转移办", "--phone", "010-1"),
        "/referrals/c/accept",
        {"contact": {"name": "转移办", "phone": "010-1", "email": None}},
    ),
    (referrals.app, ("decline", "c", "field"), "/referrals/c/decline", {"reason": "field"}),
    (referrals.app, ("revoke", "c"), "/referrals/c/revoke", {}),
    (referrals.app, ("start", "c"), "/referrals/c/start", {}),
    (
        referrals.app,
        [
            "conclude",
            "c",
            "contract",
            "--contract-type",
            "transfer",
            "--amount-yuan",
            "800",
            "--signed",
            "2026-09-21",
        ],
        "/referrals/c/conclude",
        {
            "outcome": "contract",
            "contract": {
                "type": "transfer",
                "amount_fen": 80_000,
                "technology_fen": None,
                "signed": "2026-09-21",
                "registration": None,
            },
        },
    ),
    (
        referrals.app,
        ("confirm", "c", "--satisfied", "5", "--consent"),
        "/referrals/c/confirm",
        {"satisfied": 5, "consent": True},
    ),
    (referrals.app, ("dispute", "c", "金额不符"), "/referrals/c/dispute", {"reason": "金额不符"}),
    (
        referrals.app,
        [
            "disclose",
            "c",
            "--consent-on",
            "2026-09-20",
            "--consent-by",
            "总经理",
            "--kind",
            "name",
        ],
        "/referrals/c/disclose",
        {
            "consent": {"on": "2026-09-20", "by": "总经理", "purpose": "work", "kinds": ["name"]},
        },
    ),
    (
        watching.watch,
        ("add", "等工艺", "--result", "-r", "--person", "王经理"),
        "/searches",
        {"name": "等工艺", "result": "-r", "person": "王经理", "kind": "needs"},
    ),
    (watching.watch, ("read", "-a"), "/alerts/-a/read", {}),
    (visits.app, ("add", "--needs-found", "2"), "/visits", {"needs_found": 2}),
    (enterprises.app, ("add", "攀西公司"), "/enterprises", {"name": "攀西公司"}),
    (regional.report, ("compile", "2026-09"), "/reports", {"period": "2026-09"}),
    (regional.report, ("approve", "r"), "/reports/r/approve", {}),
    (regional.report, ("return", "r", "缺证据"), "/reports/r/return", {"reason": "缺证据"}),
    (
        national.ranking,
        ("policy", "试行", "2026", "outcomes=60", "needs=40"),
        "/policies",
        {"name": "试行", "period": "2026", "weights": {"outcomes": 60, "needs": 40}},
    ),
    (
        national.ranking,
        ("publish", "排名", "--policy", "-p", "--cut", "九月"),
        "/rankings",
        {"name": "排名", "policy": "-p", "cut": "九月"},
    ),
]


@pytest.mark.parametrize(("app", "words", "path", "fields"), POSTS, ids=[p[2] for p in POSTS])
def test_a_command_asks_the_node_to_publish_what_was_typed(
    node: FakeNode,
    capsys: pytest.CaptureFixture[str],
    app: Any,
    words: tuple[str, ...],
    path: str,
    fields: dict[str, object],
) -> None:
    _run(app, *words)

    ((method, asked, body),) = node.calls
    assert (method, asked) == ("POST", path)
    assert isinstance(body, dict)
    assert fields.items() <= body.items()
    assert "new-entry" in capsys.readouterr().out


def test_a_list_is_a_table_for_people_and_json_for_programs(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    item = {"id": "n1", "title": "尾矿回收", "field": "", "state": "open", "time": 0}
    node.answers["/needs"] = {"items": [item]}

    _run(needs.app, "list", "--q", "尾矿", "--limit", "5")
    for_people = capsys.readouterr().out
    _run(needs.app, "list", "--json")
    for_programs = json.loads(capsys.readouterr().out)

    assert node.calls[0] == ("GET", "/needs", {"limit": 5, "q": "尾矿"})
    assert "尾矿回收" in for_people
    assert "1970-01-01 08:00:00" in for_people
    assert for_programs == [item]


def test_search_asks_by_need_and_shows_the_words_in_common(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    node.answers["/search"] = {
        "items": [
            {"score": 3.5, "id": "r", "title": "药剂", "station_name": "杭州", "terms": ["钛"]}
        ]
    }

    _run(matching.search, "--need", "-n")

    assert node.calls == [("GET", "/search", {"kind": "results", "need": "-n", "limit": 10})]
    assert "钛" in capsys.readouterr().out


def test_matches_are_shown_with_every_reason_in_one_line(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    reasons = {
        "terms": ["浮选"],
        "meanings": [{"said": "挂水", "meant": "静脉滴注"}],
        "shared_field": "新材料",
        "place": "510100",
        "outcomes": 3,
        "industry_outcomes": 1,
    }
    item = {"score": 3.5, "id": "r", "title": "药剂", "station_name": "杭州", **reasons}

    told = matching.reasons_of(item)

    assert told == (
        "words: 浮选; 挂水 = 静脉滴注; field: 新材料; place: 四川省成都市;"
        " outcomes: 3, in this industry 1"
    )


def test_a_word_and_what_it_means_are_sent_as_a_pair(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = {"said": "黄料", "meant": "发泡"}
    node.answers["/vocabulary/remove"] = pair

    _run(watching.vocabulary, "remove", "黄料", "发泡")

    assert node.calls == [("POST", "/vocabulary/remove", pair)]
    assert "removed 黄料 = 发泡" in capsys.readouterr().out


def test_a_named_cut_says_how_many_logs_it_names(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    node.answers["/cuts"] = {"name": "九月", "ids": ["c"], "heads": 12}

    _run(national.ranking, "cut", "九月", "2026-09")

    assert "12 logs" in capsys.readouterr().out


def _ranking(node: FakeNode, agrees: bool) -> None:
    place = {"rank": 1, "station": "s", "tier": "grassroots", "points": 70, "missing": []}
    node.answers["/rankings"] = {"items": [{"id": "k"}]}
    node.answers["/rankings/k"] = {
        "name": "九月排名",
        "period": "2026-09",
        "digest": "D1",
        "places": [place],
        "checks": [{"agrees": True}],
    }
    node.answers["/stations"] = {"items": [{"id": "s", "name": "成都基层站"}]}
    node.answers["/rankings/k/recount"] = {
        "agrees": agrees,
        "published_digest": "D1",
        "computed_digest": "D1" if agrees else "D2",
        "differences": [] if agrees else [{"station": "s"}],
    }


def test_the_newest_ranking_is_shown_with_names_and_who_agrees(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    _ranking(node, agrees=True)

    _run(rankings.app, "show")

    shown = capsys.readouterr().out
    assert "成都基层站" in shown
    assert "1 of 1 stations" in shown


def test_verify_agrees_or_fails_and_says_so_publicly_when_asked(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    _ranking(node, agrees=True)
    _run(rankings.app, "verify", "--publish")
    assert "this node agrees" in capsys.readouterr().out
    assert ("POST", "/rankings/k/check", {}) in node.calls

    _ranking(node, agrees=False)
    with pytest.raises(ConflictError, match="1 lines differ"):
        _run(rankings.app, "verify", "k")


def test_verify_without_any_ranking_says_there_is_none(node: FakeNode) -> None:
    with pytest.raises(NotFoundError, match="no ranking"):
        _run(rankings.app, "verify")


def test_amending_keeps_what_is_not_given(node: FakeNode) -> None:
    node.answers["/results/r"] = {
        "title": "药剂", "text": "好", "owner": "", "field": "新材料", "discipline": "",
        "category": "工学", "trl": 6, "ip": "granted", "stage": "pilot", "division": "510100",
        "keywords": ["钛"], "patents": [], "ipc": ["B03D1/02"], "programme_level": "national",
        "programme_name": "重点研发", "programme_number": "", "evaluation_by": "",
        "evaluation_on": "", "evaluation_finding": "", "source_system": "成果库",
        "source_id": "9", "source_url": "", "lang": "zh",
    }  # fmt: skip

    _run(results.app, "amend", "r", "--title", "新药剂", "--finding", "领先", "--trl", "7")

    assert node.calls[-1] == (
        "POST",
        "/results/r/amend",
        {
            "title": "新药剂", "text": "好", "field": "新材料", "category": "工学", "trl": 7,
            "ip": "granted", "stage": "pilot", "division": "510100", "keywords": ["钛"],
            "ipc": ["B03D1/02"], "programme": {"level": "national", "name": "重点研发"},
            "evaluation": {"finding": "领先"}, "source": {"system": "成果库", "id": "9"},
            "lang": "zh",
        },
    )  # fmt: skip


def test_amending_a_resource_may_leave_the_name_out(node: FakeNode) -> None:
    names = ("organisation", "rank", "division", "since", "until", "bundle", "url", "field")
    node.answers["/resources/x"] = dict.fromkeys(names, "") | {
        "type": "expert", "kind": "legal", "title": "律师", "text": "诉讼", "keywords": [],
        "price_fen": None, "members": None, "served": 3, "person": "李四",
        "consented_on": "2026-01-01", "consent_scope": "公开", "source_system": "",
        "source_id": "", "source_url": "", "lang": "zh",
    }  # fmt: skip
    said = {"type": "expert", "kind": "legal", "title": "律师", "text": "诉讼", "lang": "zh"}
    person = {"name": "李四", "consented_on": "2026-01-01", "scope": "公开"}

    _run(resources.app, "amend", "x", "--served", "4")
    assert node.calls[-1][2] == {**said, "served": 4, "person": person}

    _run(resources.app, "amend", "x", "--unname")
    assert node.calls[-1][2] == {**said, "served": 3}


def test_forgetting_says_how_many_entries_were_erased(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    node.answers["/resources/-x/forget"] = {"id": "-x", "erased": ["a", "b"]}

    _run(resources.app, "forget", "-x")

    assert "erased 2 entries" in capsys.readouterr().out


def test_experts_for_a_need_are_shown_with_the_reasons(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    reasons = {"terms": ["压铸"], "meanings": [], "shared_field": "", "place": "", "outcomes": 0}
    item = {"score": 2.5, "id": "x", "type": "expert", "kind": "technical", "title": "压铸专家"}
    node.answers["/matches/resources"] = {"items": [{**item, "station_name": "成都", **reasons}]}

    _run(matching.match, "experts", "-n", "--type", "expert")

    assert node.calls == [
        ("GET", "/matches/resources", {"need": "-n", "type": "expert", "limit": 10})
    ]
    assert "words: 压铸" in capsys.readouterr().out


def test_candidates_are_shown_each_above_the_needs_it_may_answer(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    need = {"id": "n", "title": "浮选", "station_name": "成都"}
    found = {"result": {"id": "r", "title": "药剂"}, "needs": [need]}
    node.answers["/candidates"] = {"items": [found]}

    _run(national.screening, "candidates", "--field", "新材料")

    lines = capsys.readouterr().out.splitlines()
    assert lines == ["r  药剂", "    n  浮选 (成都)"]


def test_lists_of_screened_results_are_asked_for_by_what_they_name(node: FakeNode) -> None:
    _run(screenings.screening, "list", "--names", "-r")

    assert node.calls == [("GET", "/screenings", {"names": "-r", "limit": 50})]
