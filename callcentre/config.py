"""Settings, all from the environment. Every one is described in docs/settings.md."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


class MissingSettings(RuntimeError):
    """Raised once with the names of all settings that are missing or cannot be read."""


@dataclass(frozen=True, slots=True)
class Config:
    database_url: str
    redis_url: str
    secret_key: str
    data_keys: tuple[str, ...]
    public_url: str
    africastalking_username: str
    africastalking_api_key: str
    africastalking_hook_secrets: tuple[str, ...]
    africastalking_api_url: str
    africastalking_voice_url: str
    twilio_account_sid: str  # empty: nothing is sent or heard through Twilio
    twilio_auth_token: str
    twilio_api_url: str
    recording_hosts: tuple[str, ...]  # empty: any public address
    local_network: bool
    metrics_token: str
    log_level: str


LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_HOST = re.compile(r"([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_REQUIRED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DATA_KEY",
    "PUBLIC_URL",
    "AFRICASTALKING_USERNAME",
    "AFRICASTALKING_API_KEY",
    "AFRICASTALKING_HOOK_SECRET",
)


def read(environment: Mapping[str, str]) -> Config:
    """The settings in `environment`. Raises MissingSettings naming all that are missing."""
    missing = [name for name in _REQUIRED if not environment.get(name, "").strip(" ,")]
    if missing:
        raise MissingSettings(
            "Set these environment variables first (docs/settings.md says what each is): "
            + ", ".join(missing)
        )
    public_url = environment["PUBLIC_URL"].rstrip("/")
    local = environment.get("LOCAL_NETWORK", "") == "1"
    sandbox = environment["AFRICASTALKING_USERNAME"] == "sandbox"
    africastalking = "sandbox.africastalking.com" if sandbox else "africastalking.com"
    return Config(
        database_url=_psycopg(environment["DATABASE_URL"]),
        redis_url=environment["REDIS_URL"],
        secret_key=environment["SECRET_KEY"],
        data_keys=_several(environment["DATA_KEY"]),
        public_url=public_url,
        africastalking_username=environment["AFRICASTALKING_USERNAME"],
        africastalking_api_key=environment["AFRICASTALKING_API_KEY"],
        africastalking_hook_secrets=_several(environment["AFRICASTALKING_HOOK_SECRET"]),
        africastalking_api_url=environment.get("AFRICASTALKING_API_URL")
        or (f"{public_url}/network/africastalking" if local else f"https://api.{africastalking}"),
        africastalking_voice_url=environment.get("AFRICASTALKING_VOICE_URL")
        or (
            f"{public_url}/network/africastalking/voice"
            if local
            else f"https://voice.{africastalking}"
        ),
        twilio_account_sid=environment.get("TWILIO_ACCOUNT_SID", ""),
        twilio_auth_token=environment.get("TWILIO_AUTH_TOKEN", ""),
        twilio_api_url=environment.get("TWILIO_API_URL")
        or (f"{public_url}/network/twilio" if local else "https://api.twilio.com"),
        recording_hosts=_hosts(environment.get("RECORDING_HOSTS", "")),
        local_network=local,
        metrics_token=environment.get("METRICS_TOKEN", ""),
        log_level=_level(environment.get("LOG_LEVEL") or "INFO"),
    )


@cache
def load() -> Config:
    """The settings of this process."""
    return read(os.environ)


def outside_bodies() -> Path | None:
    """The file that stands in for bodies.toml; read alone, as reading a charter needs no more."""
    named = os.environ.get("OUTSIDE_BODIES", "")
    return Path(named) if named else None


def limits_file() -> Path | None:
    """The file that stands in for outbox/limits.toml."""
    named = os.environ.get("LIMITS", "")
    return Path(named) if named else None


def _several(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _hosts(value: str) -> tuple[str, ...]:
    """Names, addresses (with or without a port) and networks, in small letters."""
    hosts = _several(value.lower())
    wrong = [one for one in hosts if not _HOST.fullmatch(one) and not _is_network(one)]
    if wrong:
        raise MissingSettings(
            "RECORDING_HOSTS must be hosts, host:port or networks such as 192.0.2.0/24, not "
            + ", ".join(wrong)
        )
    return hosts


def _is_network(written: str) -> bool:
    try:
        ipaddress.ip_network(written)
    except ValueError:
        return False
    return True


def _level(name: str) -> str:
    if name.upper() not in LOG_LEVELS:
        raise MissingSettings(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    return name.upper()


def _psycopg(url: str) -> str:
    """Any usual spelling of a PostgreSQL address, for SQLAlchemy with psycopg 3."""
    for scheme in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    raise MissingSettings("DATABASE_URL must be a PostgreSQL address: postgresql://user@host/name")
