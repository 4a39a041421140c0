"""Where data live and how the app is reached: from the environment, never from a default secret."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

LogForm = Literal["json", "text", "off"]


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it."""


@dataclass(frozen=True)
class Settings:
    """What one installation needs to know.

    ``data`` holds the pictures, the embedded database and the secret key unless they are set elsewhere.
    """

    data: Path
    database: str
    secret_key: str
    https: bool = False
    proxies: int = 0
    log: LogForm = "json"

    @property
    def pictures(self) -> Path:
        return self.data / "pictures"

    @property
    def erasures(self) -> Path:
        """The erasure log: it must never be replaced by an older copy of itself."""
        return self.data / "erasures.log"

    @property
    def disclosures(self) -> Path:
        """Who was given recruiters' identifiers, of which study, and when."""
        return self.data / "disclosures.log"


def read_settings(
    environment: Mapping[str, str] | None = None, *, data: Path | None = None, database: str | None = None
) -> Settings:
    """Settings from FACEVALUE_DATA, _DATABASE, _SECRET_KEY, _HTTPS, _PROXIES and _LOG; arguments
    win.

    Without FACEVALUE_SECRET_KEY a random key is made once and kept in the data folder, readable by its
    owner only, so that every process of the installation has the same one.
    """
    env = os.environ if environment is None else environment
    folder = (data or Path(env.get("FACEVALUE_DATA", "facevalue-data"))).absolute()
    url = database or env.get("FACEVALUE_DATABASE") or f"sqlite:///{folder / 'facevalue.sqlite'}"
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError(
            f"FACEVALUE_DATABASE: expected sqlite:///FILE or postgresql+psycopg://…, found {url.split('://')[0]}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        data=folder,
        database=url,
        secret_key=env.get("FACEVALUE_SECRET_KEY") or _kept_key(folder / "secret_key"),
        https=_flag(env, "FACEVALUE_HTTPS"),
        proxies=_count(env, "FACEVALUE_PROXIES"),
        log=_log_form(env.get("FACEVALUE_LOG") or "json"),
    )


def _kept_key(file: Path) -> str:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return file.read_text().strip()


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "0").lower()
    if value not in ("0", "1", "false", "true", ""):
        raise SettingsError(f"{name}: expected 0 or 1, found {value!r}")
    return value in ("1", "true")


def _count(env: Mapping[str, str], name: str) -> int:
    value = env.get(name, "0") or "0"
    if not value.isdigit():
        raise SettingsError(f"{name}: expected the number of proxies in front of the app, found {value!r}")
    return int(value)


def _log_form(value: str) -> LogForm:
    if value not in get_args(LogForm):
        raise SettingsError(f"FACEVALUE_LOG: expected {', '.join(get_args(LogForm))}, found {value!r}")
    return cast(LogForm, value)
