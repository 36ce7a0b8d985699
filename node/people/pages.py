"""Desks of those who work here: log in, one's own account, everybody's accounts, the trail."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from node.capability import Capability, Desk, Done, Visit
from node.errors import InvalidError, NotFoundError, PasswordError
from node.people import accounts, sessions, staff, trail
from node.people.permissions import PERMISSIONS, Act, Role
from node.people.routes import ROUTES
from node.people.trail import BEGUN, HEAD, LineQuery

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

LINES = 50
_ID = re.compile("[A-Za-z0-9_-]{1,64}")
_HOME, _ME, _STAFF = "/", "/me", "/staff"


async def build_login(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The form to log in with, or how the first account is made."""
    return {"next": _local(visit.query.get("next", ""))}


async def submit_login(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Log in; whoever was logged in on this browser is logged out."""
    name, password = form.get("name", ""), form.get("password", "")
    secret = await node.gate.sign_in(name, password, visit.address, visit.agent)
    if visit.actor is not None and visit.actor.session:
        with suppress(NotFoundError):  # it has ended meanwhile, which is what was wanted
            await node.gate.sign_out(visit.actor)
    return Done(_local(form.get("next", "")), secret)


def _local(path: str) -> str:
    """A path of this node to go on to; the first page for anything else."""
    parts = urlsplit(path)
    is_here = path.startswith("/") and not parts.netloc and not parts.scheme
    is_plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if is_here and is_plain and not path.startswith("//") else _HOME


async def build_me(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One's own account: what the role may do, where one is logged in, the password."""
    actor = visit.known
    now_ms, lifetime = node.clock.now_ms(), node.gate.lifetime
    found = await node.store.aread(
        lambda reading: sessions.find(reading, now_ms, lifetime, account=actor.id)
    )
    return {
        "sessions": found,
        "acts": [str(act) for act in PERMISSIONS if actor.may(act) and act is not Act.OWN],
        "chars_min": node.config.people.password_chars_min,
        "changed": "changed" in visit.query,
    }


async def submit_me(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Change one's password, end one of one's sessions, or log out."""
    actor = visit.known
    match form.get("do"):
        case "password":
            new = form.get("new_password", "")
            if new != form.get("again_password", ""):
                raise PasswordError(
                    "The two new passwords differ.", "Type it twice alike.", "differ"
                )
            await staff.change_own_password(
                node.gate, actor, form.get("password", ""), new, visit.address
            )
            return Done(f"{_ME}?changed=1")
        case "end":
            await staff.end_session(node.gate, actor, _id(form, "session"))
            return Done(_ME)
        case "logout":
            await node.gate.sign_out(actor)
            return Done(_HOME, is_over=True)
        case _:
            raise _unknown()


async def build_staff(node: "Node", visit: Visit) -> Mapping[str, object]:
    """Every account with its role, and who is logged in."""
    now_ms, lifetime = node.clock.now_ms(), node.gate.lifetime

    def look(reading: "Reading") -> dict[str, object]:
        return {
            "accounts": accounts.find(reading),
            "sessions": sessions.find(reading, now_ms, lifetime),
        }

    return {
        **await node.store.aread(look),
        "role_names": [str(role) for role in Role],
        "chars_min": node.config.people.password_chars_min,
    }


async def submit_staff(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Make an account, change its role, disable or enable it, set its password, end a session."""
    gate, by = node.gate, visit.known
    id_ = _id(form, "account") if "account" in form else ""
    match form.get("do"):
        case "add":
            role, password = _role(form.get("role", "")), form.get("password", "")
            name, person = form.get("name", ""), form.get("person", "")
            await staff.add_account(gate, by, name, person, role, password)
        case "role":
            await staff.set_role(gate, by, id_, _role(form.get("role", "")))
        case "disable":
            await staff.disable_account(gate, by, id_)
        case "enable":
            await staff.enable_account(gate, by, id_)
        case "password":
            await staff.reset_password(gate, by, id_, form.get("password", ""))
        case "end":
            await staff.end_session(gate, by, _id(form, "session"))
        case _:
            raise _unknown()
    return Done(_STAFF)


def _id(form: Mapping[str, str], name: str) -> str:
    """The id of an account or a session that a form names."""
    id_ = form.get(name, "")
    if _ID.fullmatch(id_) is None:
        raise NotFoundError(f"There is no such {name}.", "Send the form from the page again.")
    return id_


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InvalidError("There is no such role.", "Choose one of the list.") from None


def _unknown() -> InvalidError:
    return InvalidError("The form does not say what to do.", "Send it from the page again.")


async def build_trail(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The audit trail, newest first, and whether it is whole."""
    before = visit.query.get("before", "")
    query = LineQuery(
        actor=_plain(visit.query.get("actor", "")[:64]),
        before=int(before) if before.isdecimal() and len(before) < 16 else 0,
        limit=LINES + 1,
    )

    def look(reading: "Reading") -> dict[str, object]:
        found = trail.find(reading, query)
        return {
            "lines": found[:LINES],
            "next_before": found[LINES - 1].seq if len(found) > LINES else 0,
            "head": reading.meta(HEAD) or "",
            "staff": accounts.find(reading),
            "verdict": trail.verify(reading) if "verify" in visit.query else None,
        }

    return {
        **await node.store.aread(look),
        "query": {"actor": query.actor, "before": query.before},
        "begun": BEGUN,
    }


def _plain(text: str) -> str:
    return text if text.isascii() and text.replace("-", "").replace("_", "").isalnum() else ""


CAPABILITY = Capability(
    name="people",
    title="人员与审计",
    serves=("F9", "N7", "N8"),
    routes=ROUTES,
    desks=(
        Desk("/login", "login.html", "登录", build_login, None, submit_login),
        Desk(_ME, "me.html", "我的账号", build_me, Act.OWN, submit_me),
        Desk(_STAFF, "staff.html", "人员", build_staff, Act.ACCOUNTS, submit_staff, "人员"),
        Desk("/audit", "audit.html", "审计记录", build_trail, Act.TRAIL, None, "审计"),
    ),
)
