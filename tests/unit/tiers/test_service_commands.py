"""The commands of services and of asking: what each asks the running node, and what it prints."""

import json
from pathlib import Path
from typing import Any

import pytest

from grassroots.commands import agreements, asking, engagements
from node.cli.session import Session
from node.errors import ConfigError
from tests.unit.tiers.test_commands import FakeNode, _run

POSTS: list[tuple[Any, tuple[str, ...], str, dict[str, object]]] = [
    (
        engagements.app,
        ("add", "尾矿服务", "--service", "gbt-service", "--service", "mode-joint", "--need", "-n"),
        "/engagements",
        {"title": "尾矿服务", "services": ["gbt-service", "mode-joint"], "need": "-n"},
    ),
    (engagements.app, ("start", "-e"), "/engagements/-e/start", {}),
    (
        engagements.app,
        ("finish", "e", "--on", "2026-09-01"),
        "/engagements/e/finish",
        {"on": "2026-09-01"},
    ),
    (engagements.app, ("stop", "e", "企业停产"), "/engagements/e/stop", {"reason": "企业停产"}),
    (
        engagements.app,
        ("task", "e", "取样", "--person", "王五"),
        "/engagements/e/tasks",
        {"what": "取样", "person": "王五"},
    ),
    (engagements.app, ("done", "-t"), "/tasks/-t/done", {}),
    (
        engagements.app,
        ("achieved", "e", "outcome", "energy", "节电", "--amount-yuan", "5"),
        "/engagements/e/achievements",
        {"sort": "outcome", "kind": "energy", "title": "节电", "number": 1, "amount_fen": 500},
    ),
    (
        engagements.activity,
        ("add", "training", "培训", "--participants", "40"),
        "/activities",
        {"kind": "training", "title": "培训", "days": 1, "participants": 40, "enterprises": 0},
    ),
    (
        agreements.app,
        ("draft", "e", "task-book", "--field", "amount=20万元"),
        "/agreements",
        {"engagement": "e", "template": "task-book", "fields": {"amount": "20万元"}},
    ),
    (agreements.app, ("sign", "-a"), "/agreements/-a/sign", {}),
    (agreements.app, ("end", "a"), "/agreements/a/end", {}),
    (
        agreements.contract,
        (
            "add",
            "transfer",
            "转让",
            "--amount-yuan",
            "9",
            "--technology-yuan",
            "7",
            "--signed",
            "2026-09-01",
        ),
        "/contracts",
        {
            "type": "transfer",
            "name": "转让",
            "amount_fen": 900,
            "technology_fen": 700,
            "signed": "2026-09-01",
        },
    ),
    (agreements.contract, ("conclude", "-c"), "/contracts/-c/conclude", {}),
    (asking.app, ("revoke", "-a"), "/askings/-a/revoke", {}),
    (asking.app, ("confirm", "a"), "/askings/a/confirm", {}),
    (asking.app, ("publish", "a"), "/askings/a/publish", {}),
]


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> FakeNode:
    fake = FakeNode()
    monkeypatch.setattr(Session, "client", lambda self, timeout_s=60: fake)
    return fake


@pytest.mark.parametrize(("app", "words", "path", "body"), POSTS, ids=lambda each: str(each)[:40])
def test_a_command_asks_the_node_for_what_was_typed(
    node: FakeNode, app: Any, words: tuple[str, ...], path: str, body: dict[str, object]
) -> None:
    _run(app, *words)

    assert node.calls == [("POST", path, body)]


@pytest.mark.parametrize(
    ("app", "words", "path"),
    [
        (engagements.app, ("list",), "/engagements"),
        (engagements.app, ("services",), "/services"),
        (engagements.app, ("show", "-e"), "/engagements/-e"),
        (engagements.app, ("tasks",), "/tasks"),
        (engagements.activity, ("list",), "/activities"),
        (engagements.activity, ("numbers",), "/performance/services"),
        (agreements.app, ("list",), "/agreements"),
        (agreements.app, ("templates",), "/agreement-templates"),
        (agreements.contract, ("list",), "/contracts"),
        (agreements.contract, ("totals",), "/contracts/totals"),
        (asking.app, ("list",), "/askings"),
        (asking.app, ("answers",), "/answers"),
        (asking.app, ("due",), "/surveys/due"),
    ],
)
def test_a_list_is_printed_as_json_where_it_is_asked_for(
    node: FakeNode, capsys: pytest.CaptureFixture[str], app: Any, words: tuple[str, ...], path: str
) -> None:
    _run(app, *words, "--json")

    assert [call[1] for call in node.calls] == [path]
    json.loads(capsys.readouterr().out)


def test_link_and_code_are_told_when_they_are_made(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    node.answers["/askings"] = {
        "id": "a", "path": "/ask/secret", "link": "", "code": "12345678", "expires_ms": 0,
    }  # fmt: skip

    _run(asking.app, "make", "impact", "-r", "--months", "6")

    assert node.calls == [("POST", "/askings", {"about": "impact", "subject": "-r", "months": 6})]
    told = capsys.readouterr().out
    assert "/ask/secret" in told
    assert "12345678" in told


def test_an_answer_is_entered_with_its_code_and_its_way(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    node.answers["/askings/-a/answer"] = {"advice": "dispute"}

    _run(
        asking.app, "enter", "-a", "--code", "12345678", "--way", "phone", "--satisfied", "2",
        "--no-agrees",
    )  # fmt: skip

    (_, path, body) = node.calls[0]
    assert path == "/askings/-a/answer"
    assert isinstance(body, dict)
    assert (body["code"], body["way"], body["satisfied"]) == ("12345678", "phone", 2)
    assert body["agrees"] is False
    assert "dispute" in capsys.readouterr().out


def test_a_field_without_its_text_and_a_file_that_is_not_there_are_refused(
    node: FakeNode, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="KEY=TEXT"):
        _run(agreements.app, "draft", "e", "task-book", "--field", "amount")
    with pytest.raises(ConfigError, match="cannot be read"):
        _run(agreements.app, "revise", "a", str(tmp_path / "none.md"))
    assert node.calls == []


def test_a_draft_gets_the_text_of_a_file_and_is_printed_with_its_digest(
    node: FakeNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "text.md"
    file.write_text("改过的文本", encoding="utf-8")
    text = {"version": 2, "text": "改过的文本", "digest": "d" * 64}
    node.answers["/agreements/a"] = {"agreement": {}, "texts": [text]}

    _run(agreements.app, "revise", "a", str(file))
    _run(agreements.app, "show", "a")

    assert node.calls[0] == ("POST", "/agreements/a/revise", {"text": "改过的文本"})
    assert "改过的文本" in capsys.readouterr().out


def test_a_promised_figure_and_what_it_came_to_are_told(
    node: FakeNode, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = {"what": "回收率", "target": 5, "reached": 6}
    node.answers["/engagements/e/milestones"] = {**figure, "reached": None}
    node.answers["/milestones/m/reached"] = figure

    _run(engagements.app, "promise", "e", "回收率", "5", "2026-12-31")
    _run(engagements.app, "reached", "m", "6")

    assert "回收率: 6 / 5" in capsys.readouterr().out
