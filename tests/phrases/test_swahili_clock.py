from datetime import time

import pytest

from callcentre.phrases import swahili_clock


@pytest.mark.parametrize(
    ("at", "written", "spoken"),
    [
        ("00:00", "6:00 usiku", "saa sita usiku"),
        ("03:59", "9:59 usiku", "saa tisa na dakika hamsini na tisa usiku"),
        ("04:00", "10:00 alfajiri", "saa kumi alfajiri"),
        ("05:30", "11:30 alfajiri", "saa kumi na moja na nusu alfajiri"),
        ("06:00", "12:00 asubuhi", "saa kumi na mbili asubuhi"),
        ("07:00", "1:00 asubuhi", "saa moja asubuhi"),
        ("07:30", "1:30 asubuhi", "saa moja na nusu asubuhi"),
        ("07:45", "1:45 asubuhi", "saa mbili kasorobo asubuhi"),
        ("08:00", "2:00 asubuhi", "saa mbili asubuhi"),
        ("08:15", "2:15 asubuhi", "saa mbili na robo asubuhi"),
        ("08:30", "2:30 asubuhi", "saa mbili na nusu asubuhi"),
        ("09:20", "3:20 asubuhi", "saa tatu na dakika ishirini asubuhi"),
        ("11:59", "5:59 asubuhi", "saa tano na dakika hamsini na tisa asubuhi"),
        ("12:00", "6:00 mchana", "saa sita mchana"),
        ("12:45", "6:45 mchana", "saa saba kasorobo mchana"),
        ("14:05", "8:05 mchana", "saa nane na dakika tano mchana"),
        ("15:00", "9:00 alasiri", "saa tisa alasiri"),
        ("15:30", "9:30 alasiri", "saa tisa na nusu alasiri"),
        ("16:00", "10:00 jioni", "saa kumi jioni"),
        ("18:00", "12:00 jioni", "saa kumi na mbili jioni"),
        ("18:45", "12:45 jioni", "saa moja kasorobo jioni"),
        ("19:00", "1:00 usiku", "saa moja usiku"),
        ("23:45", "5:45 usiku", "saa sita kasorobo usiku"),
    ],
)
def test_a_time_by_the_swahili_clock(at: str, written: str, spoken: str) -> None:
    moment = time.fromisoformat(at)

    assert swahili_clock.written(moment) == written
    assert swahili_clock.spoken(moment) == spoken
    assert swahili_clock.both(moment) == f"saa {written} ({at})"


@pytest.mark.parametrize(
    ("opens", "closes", "shown"),
    [
        ("07:30", "15:30", "saa 1:30 asubuhi - 9:30 alasiri (07:30-15:30)"),
        ("08:00", "15:00", "saa 2:00 asubuhi - 9:00 alasiri (08:00-15:00)"),
        ("08:30", "16:00", "saa 2:30 asubuhi - 10:00 jioni (08:30-16:00)"),
    ],
)
def test_the_hours_of_an_office_by_both_clocks(opens: str, closes: str, shown: str) -> None:
    span = swahili_clock.span(time.fromisoformat(opens), time.fromisoformat(closes))

    assert span == shown
