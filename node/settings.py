"""The tables inside ``node.toml``: peers, peering, store, people, service, files, mail; frozen."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from node.model import Model
from node.recovery import RECOVER_S
from protocol.errors import Refused
from protocol.keys import check_public_key


def _check_web_url(text: str) -> str:
    parts = urlsplit(text)
    try:
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or parts.query or parts.fragment:
        raise ValueError(f"'{text}' is no address like https://station.example.cn:8700")
    return text.rstrip("/")


WebUrl = Annotated[str, BeforeValidator(lambda text: _check_web_url(str(text)))]


class PeerAddress(Model):
    """A peer to begin with: where it answers and the key it signs with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: WebUrl
    key: str

    @field_validator("key")
    @classmethod
    def _check_key(cls, key: str) -> str:
        try:
            check_public_key(key)
        except Refused as fault:
            raise ValueError(f"'{key}' is no public key: {fault.detail}") from None
        return key


class PeeringConfig(Model):
    """How the node seeks and follows its peers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow_private: bool = Field(
        default=False,
        description="dial addresses from the registry that are not public (10.…, 127.…, …)",
    )
    backoff_s: float = Field(
        default=10, gt=0, le=3600, description="first pause before a dead peer is tried again, s"
    )
    backoff_max_s: float = Field(default=3600, gt=0, le=86_400, description="longest such pause, s")
    wait_s: int = Field(
        default=55, ge=1, le=55, description="how long a peer is asked to wait for news, s"
    )
    timeout_s: float = Field(
        default=20, gt=0, le=300, description="how long a peer may take to answer, s"
    )
    recover_s: float = Field(
        default=RECOVER_S, ge=0, le=600,
        description="at start, how long peers are waited for before own entries are signed, s",
    )  # fmt: skip
    reconcile_s: int = Field(
        default=3600, ge=1, le=3600, description="heads are compared with each peer this often, s"
    )


class StoreConfig(Model):
    """How much the store keeps of what it need not keep."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed_rows: int = Field(
        default=200_000, ge=5_000, le=100_000_000,
        description="newest rows of the feed that are kept, at least; entries are never dropped",
    )  # fmt: skip


class PeopleConfig(Model):
    """How people log in to the station's pages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    idle_s: int = Field(
        default=1800, ge=60, le=86_400,
        description="a log-in ends after so long without a request, s",
    )  # fmt: skip
    session_s: int = Field(
        default=43_200, ge=300, le=2_592_000, description="a log-in ends in any case after this, s"
    )
    password_chars_min: int = Field(
        default=15, ge=8, le=64,
        description="least length of a password, characters; below 15 only beside a second proof",
    )  # fmt: skip
    proxies: tuple[str, ...] = Field(
        default=(),
        description="addresses (or networks) whose X-Forwarded-For and -Proto are believed",
    )

    @field_validator("proxies")
    @classmethod
    def _check_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for each in proxies:
            try:
                ip_network(each)
            except ValueError:
                raise ValueError(
                    f"'{each}' is no address or network like 127.0.0.1 or 10.0.0.0/8"
                ) from None
        return proxies


class ServiceConfig(Model):
    """Service levels: working days by whose end the next act in a referral is due (D9)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer_days: int = Field(
        default=5, ge=1, le=60, description="working days a station that is asked has to answer"
    )
    start_days: int = Field(
        default=10, ge=1, le=250, description="working days from acceptance to the work's beginning"
    )
    conclude_days: int = Field(
        default=120, ge=1, le=750, description="working days from the work's beginning to its end"
    )
    confirm_days: int = Field(
        default=10, ge=1, le=250, description="working days from the end to the sender's word on it"
    )
    escalate_days: int = Field(
        default=3, ge=1, le=60,
        description="working days late after which the region is told; twice that, national",
    )  # fmt: skip
    link_days: int = Field(
        default=30, ge=1, le=180,
        description="days for which an enterprise's one-time link and code work",
    )  # fmt: skip
    survey_months: int = Field(
        default=6, ge=1, le=60,
        description="months after a confirmed outcome at which its impact is asked for",
    )  # fmt: skip


class FilesConfig(Model):
    """How large files may be, and how many are kept for whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_mib: int = Field(
        default=20, ge=1, le=255, description="largest file that is taken from people here, MiB"
    )
    own_mib: int = Field(
        default=2048, ge=1, le=1_048_576, description="most files of this station's own, MiB"
    )
    author_mib: int = Field(
        default=512, ge=0, le=1_048_576,
        description="most files kept here for any one other station, MiB",
    )  # fmt: skip
    held_mib: int = Field(
        default=10_240, ge=1, le=10_485_760, description="most files kept here altogether, MiB"
    )


MAIL_ADDRESS = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$"
"""A mail address as SMTP takes it everywhere: ASCII, without quotes."""


class MailConfig(Model):
    """The mail server that takes the node's mail; without a host there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(
        default="", max_length=255, description="server that takes our mail; empty: no mail"
    )
    port: int = Field(default=587, ge=1, le=65_535, description="its port")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="starttls, tls from the first byte, or none (on this machine only)",
    )
    user: str = Field(default="", max_length=255, description="name to log in with; empty: none")
    password: SecretStr | None = Field(
        default=None, description="password; by environment only, or by password_file"
    )
    password_file: Path | None = Field(
        default=None, description="file (0600) holding the password, from the folder"
    )
    sender: str = Field(
        default="", max_length=255, description="address the mail comes from, such as a@b.cn"
    )
    link: str = Field(
        default="", max_length=200,
        description="address of this console for links in mails; empty: the first endpoint",
    )  # fmt: skip
    timeout_s: float = Field(
        default=30, gt=0, le=600, description="how long the server may take for an answer, s"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.host and not re.fullmatch(MAIL_ADDRESS, self.sender):
            raise ValueError("sender is no mail address, and there is a host")
        if self.user and self.security == "none":
            raise ValueError("a log-in needs starttls or tls")
        return self


class NeedsConfig(Model):
    """How needs come to be published, and how long they stand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    review: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="whether a second person approves a need: always, never, "
        "auto: once two accounts may approve",
    )
    valid_days: int = Field(
        default=365, ge=1, le=3650, description="days a need stands if it names no last day"
    )
    expiring_days: int = Field(
        default=30, ge=1, le=365, description="days before its end from which a need is expiring"
    )
    archive_days: int = Field(
        default=180, ge=1, le=3650,
        description="days after its end from which a need is archived: left out of lists",
    )  # fmt: skip
    alike_percent: int = Field(
        default=60, ge=10, le=100,
        description="words in common from which two needs are taken for one, in percent",
    )  # fmt: skip
