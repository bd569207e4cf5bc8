"""The demonstration's staff: invented people on a few posts of each institution."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from callcentre import people, phrases
from callcentre.people import Entry

PIN = "4071"
UNITS = {"morogoro": "maji", "sengerema": "8.8", "kilosa": None, "utumishi": None}
"""The unit that has an officer and a head; Kilosa's and Utumishi's charters name no units."""

EXECUTIVES = {  # as the charters' appeals name them; Utumishi's names none
    "morogoro": "Katibu Tawala wa Mkoa",
    "sengerema": "Mkurugenzi Mtendaji",
    "kilosa": "Mkurugenzi Mtendaji wa Wilaya",
    "utumishi": "Katibu Mkuu",
}
ROLES = ("officer", "head", "complaints", "executive", "administrator", "supervisor")
NAMES = {
    "morogoro": ("Asha Kombo", "Juma Mwinuka", "Neema Lukali", "Daudi Mbena", "Salma Hizza",
                 "Peter Kisanga"),
    "sengerema": ("Rehema Bulugu", "Musa Kasala", "Grace Ndaki", "Simon Lubango", "Zainabu Mhoja",
                  "Elias Magesa"),
    "kilosa": ("Mwajuma Chuma", "Hamisi Ngulo", "Upendo Msimbe", "Rashidi Mkude", "Tatu Semwali",
               "Isaya Mgaza"),
    "utumishi": ("Fatuma Mlowe", "Baraka Chilewa", "Anna Mtui", "Hassani Mapunda", "Lucia Nyoni",
                 "Yusufu Makame"),
}  # fmt: skip
AGENTS = {
    "morogoro": ("Mariamu Fundi", "Said Kigola"),
    "sengerema": ("Joyce Malima", "Pius Bahati"),
    "kilosa": ("Halima Ngoda", "Bakari Mlwilo"),
    "utumishi": ("Esta Komba", "Jafari Mrisho"),
}
TRAINED = date(2026, 2, 2)


def add(session: Session, now: datetime) -> list[str]:
    """Staff for each institution that has none yet; the institutions that got some."""
    bare = [institution for institution in UNITS if not people.listing(session, now, institution)]
    for entry in staff():
        if entry.institution in bare:
            post = people.put(session, entry, now, by="demo").post
            people.set_pin(session, post, PIN, now, by="demo")
    return bare


def staff() -> list[Entry]:
    """All of them; their telephones are 0712001001 and on, those of agents 0712001031 and on."""
    return [*_offices(), *_agents()]


def _offices() -> list[Entry]:
    posts = [(institution, role) for institution in UNITS for role in ROLES]
    return [
        Entry(
            institution=institution,
            role=role,
            unit=UNITS[institution] if role in people.OF_A_UNIT else None,
            name=NAMES[institution][ROLES.index(role)],
            title=EXECUTIVES[institution]
            if role == "executive"
            else phrases.say(f"role.{role}", "sw"),
            number=f"+2557120010{place:02}",
            ethics_trained_on=TRAINED,
            charter_trained_on=TRAINED,
        )
        for place, (institution, role) in enumerate(posts, start=1)
    ]


def _agents() -> list[Entry]:
    named = [
        (institution, number, name)
        for institution, names in AGENTS.items()
        for number, name in enumerate(names, start=1)
    ]
    return [
        Entry(
            institution=institution,
            role="agent",
            name=name,
            title=f"{phrases.say('role.agent', 'sw')} {number}",
            number=f"+2557120010{place:02}",
        )
        for place, (institution, number, name) in enumerate(named, start=31)
    ]
