"""Settings: all faults named at once, and every usual spelling understood."""

import pytest

from callcentre import config
from callcentre.config import MissingSettings

WHOLE = {
    "DATABASE_URL": "postgresql://user@host/name",
    "REDIS_URL": "redis://localhost:6379/0",
    "SECRET_KEY": "s",
    "DATA_KEY": "one, two",
    "PUBLIC_URL": "https://malalamiko.example.go.tz/",
    "AFRICASTALKING_USERNAME": "taasisi",
    "AFRICASTALKING_API_KEY": "key",
    "AFRICASTALKING_HOOK_SECRET": "new,old",
}


def test_all_settings_that_are_missing_are_named_at_once() -> None:
    with pytest.raises(MissingSettings) as fault:
        config.read({})
    assert [name for name in WHOLE if name not in str(fault.value)] == []
    assert "docs/settings.md" in str(fault.value)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [None, "", "  "], ids=["not there", "empty", "blank"])
def test_one_that_is_missing_is_named_alone(name: str, value: str | None) -> None:
    given = {key: text for key, text in WHOLE.items() if key != name}
    if value is not None:
        given[name] = value
    with pytest.raises(MissingSettings) as fault:
        config.read(given)
    assert str(fault.value).endswith(": " + name)


@pytest.mark.parametrize("name", ["DATA_KEY", "AFRICASTALKING_HOOK_SECRET"])
def test_a_list_of_nothing_is_missing(name: str) -> None:
    with pytest.raises(MissingSettings, match=name):
        config.read(WHOLE | {name: " , "})


@pytest.mark.parametrize(
    "written",
    [
        "postgresql://user@host/name",
        "postgres://user@host/name",
        "postgresql+psycopg://user@host/name",
    ],
)
def test_a_database_is_understood_in_every_usual_spelling(written: str) -> None:
    read = config.read(WHOLE | {"DATABASE_URL": written})
    assert read.database_url == "postgresql+psycopg://user@host/name"


@pytest.mark.parametrize("written", ["sqlite:///x.db", "mysql://host/name", "host/name"])
def test_another_kind_of_database_is_refused(written: str) -> None:
    with pytest.raises(MissingSettings, match="DATABASE_URL must be a PostgreSQL address"):
        config.read(WHOLE | {"DATABASE_URL": written})


def test_several_keys_and_secrets_keep_their_order() -> None:
    read = config.read(WHOLE)
    assert read.data_keys == ("one", "two")
    assert read.africastalking_hook_secrets == ("new", "old")


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        pytest.param({}, "https://api.africastalking.com", id="live"),
        pytest.param(
            {"AFRICASTALKING_USERNAME": "sandbox"},
            "https://api.sandbox.africastalking.com",
            id="sandbox",
        ),
        pytest.param(
            {"LOCAL_NETWORK": "1"},
            "https://malalamiko.example.go.tz/network/africastalking",
            id="local network",
        ),
        pytest.param(
            {"LOCAL_NETWORK": "1", "AFRICASTALKING_API_URL": "http://here"},
            "http://here",
            id="as it is said",
        ),
    ],
)
def test_where_messages_go_follows_from_the_account(changes: dict[str, str], address: str) -> None:
    assert config.read(WHOLE | changes).africastalking_api_url == address


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        pytest.param({}, "https://voice.africastalking.com", id="live"),
        pytest.param(
            {"AFRICASTALKING_USERNAME": "sandbox"},
            "https://voice.sandbox.africastalking.com",
            id="sandbox",
        ),
        pytest.param(
            {"LOCAL_NETWORK": "1"},
            "https://malalamiko.example.go.tz/network/africastalking/voice",
            id="local network",
        ),
        pytest.param({"AFRICASTALKING_VOICE_URL": "http://here"}, "http://here", id="as it says"),
    ],
)
def test_where_calls_are_asked_for_follows_too(changes: dict[str, str], address: str) -> None:
    assert config.read(WHOLE | changes).africastalking_voice_url == address


@pytest.mark.parametrize(
    ("written", "hosts"),
    [
        ("", ()),
        ("192.0.2.10:8080", ("192.0.2.10:8080",)),
        ("Sauti.example.com, 192.0.2.0/24", ("sauti.example.com", "192.0.2.0/24")),
        ("2001:db8::/32,[2001:db8::1]:80", ("2001:db8::/32", "[2001:db8::1]:80")),
    ],
)
def test_the_hosts_of_recordings_are_names_addresses_and_networks(
    written: str, hosts: tuple[str, ...]
) -> None:
    assert config.read(WHOLE | {"RECORDING_HOSTS": written}).recording_hosts == hosts


@pytest.mark.parametrize("written", ["http://x", "192.0.2.0/33", "a b", "x:", "*.example.com"])
def test_what_is_no_host_of_recordings_is_named(written: str) -> None:
    with pytest.raises(MissingSettings, match="RECORDING_HOSTS must be") as fault:
        config.read(WHOLE | {"RECORDING_HOSTS": f"good.example,{written}"})
    assert str(fault.value).endswith(f"not {written}")


@pytest.mark.parametrize(("value", "on"), [("1", True), ("0", False), ("", False), ("yes", False)])
def test_the_local_network_is_on_only_when_it_is_asked_for(value: str, on: bool) -> None:
    assert config.read(WHOLE | {"LOCAL_NETWORK": value}).local_network is on


@pytest.mark.parametrize(("value", "level"), [("", "INFO"), ("debug", "DEBUG"), ("ERROR", "ERROR")])
def test_the_log_level_is_a_word_in_any_case(value: str, level: str) -> None:
    given = WHOLE | ({"LOG_LEVEL": value} if value else {})
    assert config.read(given).log_level == level


def test_a_log_level_that_is_none_is_named() -> None:
    with pytest.raises(MissingSettings, match="LOG_LEVEL must be one of"):
        config.read(WHOLE | {"LOG_LEVEL": "loud"})


def test_settings_cannot_be_changed_once_they_are_read() -> None:
    with pytest.raises(AttributeError):
        config.read(WHOLE).secret_key = "other"
