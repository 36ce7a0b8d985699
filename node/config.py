"""The settings of one node: one frozen model, read from ``node.toml`` and the environment.

Every setting has a default, a unit where it is a quantity, and a line of help; the README lists
them all. ``YIZHAN_…`` variables override the file (``YIZHAN_PEERING__BACKOFF_S=5``; lists and
tables as JSON). Secrets stand in files of their own or in the environment, never in ``node.toml``.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from node.errors import ConfigError
from node.scope import order_channels
from node.settings import (
    FilesConfig,
    MailConfig,
    NeedsConfig,
    PeerAddress,
    PeeringConfig,
    PeopleConfig,
    ServiceConfig,
    StoreConfig,
    WebUrl,
)
from protocol.genesis import TIERS
from protocol.limits import CHANNELS

CONFIG_FILE = "node.toml"
ENV_PREFIX = "YIZHAN_"
_NOT_SETTINGS = ("YIZHAN_TEST_", "YIZHAN_REQUIRE_", "YIZHAN_DIR")
MODE_NAMES = tuple(dict.fromkeys(TIERS.values()))
DATABASE_SCHEMES = ("sqlite", "postgresql+psycopg", "postgresql")


class Config(BaseSettings):
    """The settings of one node."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    folder: Path = Field(description="the node's folder; where node.toml lies", exclude=True)
    mode: str = Field(
        default="grassroots",
        description=f"what the node does: {', '.join(MODE_NAMES)}",
    )
    name: str = Field(
        default="", max_length=80, description="the station's name, for pages and requests"
    )
    genesis: Path = Field(
        default=Path("genesis.json"), description="the network's founding file, from the folder"
    )
    key: Path = Field(
        default=Path("key.json"), description="the station's keys (0600), from the folder"
    )
    database_url: str = Field(
        default="", description="where the store is; empty: sqlite, node.db in the folder"
    )
    database_url_file: Path | None = Field(
        default=None, description="file (0600) holding database_url when it has a password"
    )
    listen_host: str = Field(default="127.0.0.1", description="address the node listens on")
    listen_port: int = Field(
        default=8700, ge=0, le=65_535, description="port the node listens on; 0: any free one"
    )
    endpoints: tuple[WebUrl, ...] = Field(
        default=(), max_length=4, description="public addresses announced to other stations"
    )
    peers: tuple[PeerAddress, ...] = Field(
        default=(), description="peers to begin with, each a url and a key"
    )
    channels: tuple[str, ...] = Field(
        default=CHANNELS, description="channels the node holds and exchanges; registry always is"
    )
    peering: PeeringConfig = PeeringConfig()
    store: StoreConfig = StoreConfig()
    people: PeopleConfig = PeopleConfig()
    service: ServiceConfig = ServiceConfig()
    files: FilesConfig = FilesConfig()
    mail: MailConfig = MailConfig()
    needs: NeedsConfig = NeedsConfig()
    search: bool = Field(default=True, description="keep the full-text index for search and match")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least severity that is logged"
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="json: one object a line; console: for reading"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file's values."""
        return env_settings, init_settings

    @field_validator("mode")
    @classmethod
    def _check_mode(cls, name: str) -> str:
        if name not in MODE_NAMES:
            raise ValueError(f"'{name}' is none of {', '.join(MODE_NAMES)}")
        return name

    @field_validator("channels")
    @classmethod
    def _order_channels(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return order_channels(names)

    @model_validator(mode="before")
    @classmethod
    def _place_in_folder(cls, values: Any) -> Any:
        folder = Path(values["folder"]).absolute()
        placed = {**values, "folder": folder}
        for name in ("genesis", "key", "database_url_file"):
            given = values.get(name) or cls.model_fields[name].default
            placed[name] = folder / given if given else None
        if not placed.get("database_url") and not placed["database_url_file"]:
            placed["database_url"] = f"sqlite:///{folder}/node.db"
        return placed

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, url: str) -> str:
        if not url:
            return url
        scheme = url.partition("://")[0]
        if scheme not in DATABASE_SCHEMES or "://" not in url:
            raise ValueError(
                f"'{scheme}…' is no database this node can use; "
                "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
            )
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @model_validator(mode="after")
    def _check_peers(self) -> Self:
        keys = [peer.key for peer in self.peers]
        if len(set(keys)) != len(keys):
            raise ValueError("peers: one key stands twice")
        return self


def load_config(place: Path) -> Config:
    """Read a node's settings.

    Args:
        place: the node's folder, or its ``node.toml``.

    Raises:
        ConfigError: one line naming the file or variable and what is wrong with it.
    """
    path = place / CONFIG_FILE if place.is_dir() or place.suffix != ".toml" else place
    values = _read_toml(path)
    if "folder" in values:
        raise ConfigError(f"{path}: 'folder' is no setting; it is where this file lies")
    _check_environment(os.environ)
    _check_password(path, values)
    _check_mail_password(path, values)
    try:
        config = Config(**{**values, "folder": path.parent})
    except ValidationError as error:
        raise ConfigError(_explain(path, error), "Every setting is in the README.") from None
    except SettingsError as error:
        raise ConfigError(f"environment: {error}", "Write lists and tables as JSON.") from None
    return _with_mail(_with_database(config))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path} is not there", "Make a node with: yizhan init DIR --name NAME"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


def _check_environment(environment: Mapping[str, str]) -> None:
    names = {f"{ENV_PREFIX}{name.upper()}" for name in Config.model_fields if name != "folder"}
    for name in sorted(environment):
        if not name.startswith(ENV_PREFIX) or name.startswith(_NOT_SETTINGS):
            continue
        if name.partition("__")[0] not in names:
            raise ConfigError(f"environment variable {name} names no setting")


def _check_password(path: Path, values: Mapping[str, Any]) -> None:
    if _has_password(str(values.get("database_url", ""))):
        raise ConfigError(
            f"{path}: database_url holds a password",
            "Put the address into YIZHAN_DATABASE_URL, or into a file named by database_url_file.",
        )


def _check_mail_password(path: Path, values: Mapping[str, Any]) -> None:
    mail = values.get("mail")
    if isinstance(mail, dict) and mail.get("password"):
        raise ConfigError(
            f"{path}: mail.password is a password",
            "Put it into YIZHAN_MAIL__PASSWORD, or into a file named by mail.password_file.",
        )


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return False


def _with_database(config: Config) -> Config:
    path = config.database_url_file
    if path is None or config.database_url:
        return config
    check_private(path)
    url = path.read_text(encoding="utf-8").strip()
    try:
        checked = Config._check_database(url)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    return config.model_copy(update={"database_url": checked})


def _with_mail(config: Config) -> Config:
    """With the password of the mail server from its file; links go to the first endpoint."""
    changed: dict[str, object] = {}
    if config.mail.password_file is not None:
        path = config.folder / config.mail.password_file
        check_private(path)
        changed["password"] = SecretStr(path.read_text(encoding="utf-8").strip())
    if not config.mail.link and config.endpoints:
        changed["link"] = config.endpoints[0]
    mail = config.mail.model_copy(update=changed)
    return config.model_copy(update={"mail": mail}) if changed else config


def check_private(path: Path) -> None:
    """Refuse a secret file that others may read.

    Raises:
        ConfigError: it is not there, or its mode opens it to the group or to all.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    if mode & 0o077:
        raise ConfigError(
            f"{path} can be read by others (mode {mode & 0o777:o})", f"Run: chmod 600 {path}"
        )


def _explain(path: Path, error: ValidationError) -> str:
    """The first thing that is wrong, in one line, with the file or variable it stands in."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    variable = ENV_PREFIX + "__".join(str(part) for part in first["loc"]).upper()
    source = f"environment variable {variable}" if variable in os.environ else str(path)
    if first["type"] == "extra_forbidden":
        return f"{source}: '{place}' is no setting"
    message = first["msg"].removeprefix("Value error, ")
    return f"{source}: {place}: {message}" if place else f"{source}: {message}"
