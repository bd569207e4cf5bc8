"""A small charter file without a fault, for tests to read and to damage."""

from pathlib import Path

WHOLE = """\
id = "dawa"
version = "2026"
name = "Bohari"
name_en = "Stores"
short = "Bohari"
label = "Bohari"
title = "Bohari"
digit = 5
keyword = "BOHARI"
document = "009"
complaints_unit = "1"

[wording]
sw = "Utajibiwa"
en = "You will be answered"

[in_force]
from = 2026-01-01
until = 2026-12-31
line = 1
text = "2026"

[hours]
open = 07:30:00
close = 15:30:00
days = [1, 2, 3, 4, 5]
basis = "stated"
line = 2
text = "saa 1.30 hadi 9.30"

[[documents]]
id = "009"
file = "dawa.txt"
title = "Mkataba"

[[contacts]]
kind = "phone"
value = "+255222110607"
line = 3
text = "022 2110607"

[[units]]
code = "1"
name = "Sehemu ya Maji"
short = "Maji"
kind = "section"
line = 4

[[units]]
code = "2"
name = "Sehemu ya Afya"
short = "Afya"
kind = "section"
line = 5

[topics]
water = "1"

[[rules]]
kind = "acknowledge"
period = "7 working_days"
basis = "stated"
line = 6
text = "siku 7 za kazi"

[[rules]]
kind = "answer"
for = ["complaint", "opinion"]
period = "30 days"
basis = "stated"
line = 7
text = "siku 30"

[[rules]]
kind = "answer"
period = "3 days"
basis = "stated"
text = "siku 3"

[rules.lines]
"1" = 8
"2" = 9
"""

DETAIL = """
[[details]]
key = "name"
line = 10
text = "Jina lake"
"""
"""What may follow WHOLE: something its charter asks for."""


def folder_with(tmp_path: Path, **files: str) -> Path:
    """A folder with charter files; `dawa_2026` is written as `dawa-2026.toml`."""
    for name, text in files.items():
        (tmp_path / f"{name.replace('_', '-')}.toml").write_text(text, encoding="utf-8")
    return tmp_path
