"""The story's middle: a visit, a need, a match, a lost region, and a referral all the same."""

from datetime import datetime, timedelta, timezone
from typing import Any

from node.demo.founding import HITS
from node.demo.plan import LOST, RECEIVER, SENDER
from node.demo.process import NodeProcess, wait_until
from node.demo.tale import STEP_S, Tale, await_at, check

CHINA = timezone(timedelta(hours=8))
ENTERPRISE = "成都示例精密制造有限公司"
CONTACT, PHONE = "总工办", "028-85550000"
AMOUNT_FEN = 48_000_000
TECHNOLOGY_FEN = 36_000_000


def today() -> str:
    """The day in China, as the stations count it."""
    return datetime.now(CHINA).date().isoformat()


def visit_enterprise(tale: Tale) -> str:
    """A visit in Sichuan turns up a need; the enterprise's card stays at the station."""
    sender = tale.network[SENDER]
    card = sender.post(
        "/enterprises",
        {
            "name": ENTERPRISE,
            "division": sender.place.division,
            "size": "small",
            "contact": CONTACT,
            "phone": PHONE,
        },
    )
    sender.post("/visits", {"enterprise": card["id"], "on": today(), "needs_found": 1})
    text = tale.need_text
    need = {
        "title": text["title"],
        "text": text["text"] or text["title"],
        "kind": "joint-rd",
        "size": "small",
        "division": sender.place.division,
        "enterprise": card["id"],
        "unclassified": True,
    }
    tale.need = sender.post("/needs", need | ({"field": text["field"]} if text["field"] else {}))[
        "id"
    ]
    return f"{sender.place.name}: 《{text['title']}》"


def check_unnamed(tale: Tale) -> str:
    """Every other node holds the need, and none of its bytes names the enterprise."""
    for node in tale.network:
        signed = _await_entry(node, tale.need)
        line = signed["header"] + signed["body"]
        for secret in (ENTERPRISE, CONTACT, PHONE):
            check(secret not in line, f"{node.place.slug} can read {secret} in the public need")
    return f"need {tale.need}, held by all ten nodes"


def find_match(tale: Tale) -> str:
    """The Zhejiang station searches its own copy of the network's results."""
    receiver = tale.network[RECEIVER]

    def own_hit() -> dict[str, Any] | None:
        answer = receiver.get("/search", kind="results", need=tale.need, limit=HITS)
        own = (hit for hit in answer["items"] if hit["station"] == receiver.station)
        return next(own, None)

    check(wait_until(own_hit, STEP_S), "no result of the receiving station matches the need")
    hit = own_hit()
    assert hit is not None
    tale.result = hit["id"]
    terms = "、".join(hit.get("terms", ())[:6])
    return f"{receiver.place.name}: 《{hit['title']}》 ({terms})"


def kill_region(tale: Tale) -> str:
    """The Sichuan regional node dies without a word: SIGKILL."""
    tale.network[LOST].kill()
    return f"{tale.network[LOST].place.name} is gone"


def request(tale: Tale) -> str:
    """The need is referred to Zhejiang all the same."""
    sender, receiver = tale.network[SENDER], tale.network[RECEIVER]
    tale.case = sender.post(
        "/referrals",
        {"need": tale.need, "to": receiver.station, "result": tale.result, "note": "请贵站对接"},
    )["id"]
    _await_state(receiver, tale.case, "requested")
    return f"{sender.place.name} → {receiver.place.name}, case {tale.case}"


def accept_and_disclose(tale: Tale) -> str:
    """Accepted; then, and only then, the enterprise is disclosed, sealed to one station."""
    sender, receiver = tale.network[SENDER], tale.network[RECEIVER]
    receiver.post(f"/referrals/{tale.case}/accept", {"contact": {"name": "技术转移部"}})
    _await_state(sender, tale.case, "accepted")
    consent = {"on": today(), "by": "法定代表人", "purpose": "work"}
    entry = sender.post(f"/referrals/{tale.case}/disclose", {"consent": consent})["id"]
    for node in _alive(tale):
        body = _await_entry(node, entry)["body"]
        check(ENTERPRISE not in body, f"{node.place.slug} can read who the enterprise is")
    told = receiver.get(f"/referrals/{tale.case}/contact")["items"]
    check(
        any(part["contact"].get("name") == ENTERPRISE for part in told),
        "the receiving station cannot open what was sealed to it",
    )
    return f"{receiver.place.name} reads 「{ENTERPRISE}」; the eight other nodes relay ciphertext"


def conclude(tale: Tale) -> str:
    """Carried out, concluded with a contract, confirmed by the sender."""
    sender, receiver = tale.network[SENDER], tale.network[RECEIVER]
    receiver.post(f"/referrals/{tale.case}/start", {"note": "已派专家到厂"})
    contract = {
        "type": "development",
        "amount_fen": AMOUNT_FEN,
        "technology_fen": TECHNOLOGY_FEN,
        "signed": today(),
    }
    receiver.post(f"/referrals/{tale.case}/conclude", {"outcome": "contract", "contract": contract})
    _await_state(sender, tale.case, "concluded")
    sender.post(f"/referrals/{tale.case}/confirm", {"satisfied": 5, "consent": True})
    for node in _alive(tale):
        _await_state(node, tale.case, "confirmed")
    return f"contract {AMOUNT_FEN // 100:,} 元, confirmed by {sender.place.name}"


def _alive(tale: Tale) -> list[NodeProcess]:
    return [node for node in tale.network if node.place.slug != LOST]


def _await_state(node: NodeProcess, case: str, state: str) -> None:
    await_at(
        node,
        lambda at: at.get(f"/referrals/{case}")["referral"]["state"] == state,
        f"the referral {state}",
    )


def _await_entry(node: NodeProcess, entry: str) -> dict[str, Any]:
    await_at(node, lambda at: at.get(f"/entries/{entry}"), f"entry {entry}")
    found: dict[str, Any] = node.get(f"/entries/{entry}")
    return found
