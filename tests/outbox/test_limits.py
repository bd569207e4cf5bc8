"""What limits.toml may hold, and what it says."""

from pathlib import Path

import pytest

from callcentre.outbox import limits

GOOD = limits.SHIPPED.read_text(encoding="utf-8")


def test_the_shipped_limits_are_good() -> None:
    shipped = limits.read(limits.SHIPPED)
    assert shipped.prefixes == ("+255",)
    assert shipped.of_day("kilosa") == shipped.budget["default"]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('prefixes = ["+255"]', 'prefixes = "+255"', "prefixes: must be a list"),
        ('prefixes = ["+255"]', 'prefixes = ["255"]', "prefixes: must be a list"),
        ('prefixes = ["+255"]', "", "prefixes: is missing"),
        ('"+255" = 22', '"+255" = -1', "prices.africastalking: +255 must be a number from 0 on"),
        ('"+255" = 22', '"255" = 22', "prices.africastalking: '255' is no beginning of a number"),
        ("default = 100_000", "kilosa = 5", "budget.default: is missing"),
        ("default = 100_000", 'default = "much"', "budget: default must be a number"),
        ("reply = 30", "", "caps.reply: is missing"),
        ("none = []", 'none = ["15001"]', "receipts.none: must be a list of senders"),
        ("call = 6", "", "caps.call: is missing"),
        ("line = 4", 'line = "four"', "caps: line must be a number"),
        ('"+255" = 150', '"255" = 150', "minutes.africastalking: '255' is no beginning"),
        ('"+255" = 150', '"+255" = -1', "minutes.africastalking: +255 must be a number from 0"),
        ("[rates]", "[speeds]", "speeds: is not known"),
        ("[rates]", "[rates", "cannot be read"),
        ("[rates]", "[rates]\ntwilio = 0", "rates: twilio must be a number from 0.01 on"),
        ("default = 100_000", "default = nan", "budget: default must be a number from 0 on"),
        ("default = 100_000", "default = inf", "budget: default must be a number from 0 on"),
        ("default = 100_000", "default = true", "budget: default must be a number from 0 on"),
        ("reply = 30", "replies = 30\nreply = 30", "caps.replies: is not known"),
        ("[rates]", "[rates]\n[prices]\npigeon = 5", "prices.pigeon: must be a table"),
    ],
)
def test_a_fault_is_named_with_its_key(tmp_path: Path, before: str, after: str, fault: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(limits.BadLimits, match=r"mine\.toml") as told:
        limits.read(path)
    assert fault in str(told.value)


@pytest.mark.parametrize("name", ["prices", "minutes", "budget", "caps", "rates", "receipts"])
def test_what_must_be_a_table_and_is_none_is_named(tmp_path: Path, name: str) -> None:
    tables = {"prices", "minutes", "budget", "caps", "rates", "receipts"} - {name}
    path = tmp_path / "mine.toml"
    text = f'prefixes = ["+255"]\n{name} = 5\n' + "".join(f"[{one}]\n" for one in tables)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(limits.BadLimits, match=f"{name}: must be a table"):
        limits.read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(limits.BadLimits, match="cannot be read"):
        limits.read(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("provider", "number", "parts", "cost"),
    [
        ("africastalking", "+255712345678", 1, 22),
        ("africastalking", "+255712345678", 3, 66),
        ("africastalking", "+254712345678", 1, 250),
        ("twilio", "+254712345678", 2, 800),
        ("pigeon", "+255712345678", 1, 0),
    ],
)
def test_a_message_costs_what_its_provider_asks_for_such_a_number(
    provider: str, number: str, parts: int, cost: float
) -> None:
    assert limits.read(limits.SHIPPED).price(provider, number, parts) == cost


@pytest.mark.parametrize(
    ("number", "allowed"),
    [("+255712345678", True), ("+254712345678", False), ("+255900100100", False)],
)
def test_only_numbers_of_the_country_that_cost_the_usual_may_be_written_to(
    number: str, allowed: bool
) -> None:
    assert limits.read(limits.SHIPPED).allows(number) is allowed


@pytest.mark.parametrize(
    ("provider", "number", "seconds", "cost"),
    [
        ("africastalking", "+255712345678", 0, 0),
        ("africastalking", "+255712345678", 1, 150),
        ("africastalking", "+255712345678", 60, 150),
        ("africastalking", "+255712345678", 61, 300),
        ("twilio", "+255712345678", 30, 1500),
        ("pigeon", "+255712345678", 30, 0),
    ],
)
def test_of_a_call_the_minutes_begun_are_paid_for(
    provider: str, number: str, seconds: int, cost: float
) -> None:
    assert limits.read(limits.SHIPPED).price_of_call(provider, number, seconds) == cost
