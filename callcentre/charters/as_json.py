"""Charters and due dates as JSON. Others build on these shapes: keys are added, never changed."""

from typing import Any

from callcentre.charters.calendar import Due
from callcentre.charters.model import (
    AppealLevel,
    Charter,
    Clause,
    Contacts,
    Fact,
    Period,
    Rule,
    Service,
    ServicePeriod,
    Standard,
    Unit,
)
from callcentre.clock import EAT

Json = dict[str, Any]


def summary_json(charter: Charter) -> Json:
    return {
        "id": charter.id,
        "version": charter.version,
        "name": charter.name,
        "name_en": charter.name_en,
        "in_force": _in_force_json(charter),
        "awaiting_review": charter.awaiting_review,
    }


def charter_json(charter: Charter) -> Json:
    return {
        "id": charter.id,
        "name": charter.name,
        "name_en": charter.name_en,
        "version": charter.version,
        "hours": {
            "open": f"{charter.hours.open:%H:%M}",
            "close": f"{charter.hours.close:%H:%M}",
            "days": list(charter.hours.days),
        },
        "contacts": _contacts_json(charter.contacts),
        "topics": [{"key": topic.key, "unit": topic.unit} for topic in charter.topics],
        "units": [{"code": u.code, "name": u.name, "kind": u.kind} for u in charter.units],
        "services": [_service_json(service) for service in charter.services],
        "complaints": _complaints_json(charter),
        "appeal": [_level_json(level) for level in charter.appeal],
        "rights": [_clause_json(right) for right in charter.rights],
        "duties": [_clause_json(duty) for duty in charter.duties],
        "in_force": {**_in_force_json(charter), "source": _clause_json(charter.in_force.source)},
        "awaiting_review": charter.awaiting_review,
        "hours_source": _hours_source_json(charter),
        "unit_details": [_unit_details_json(unit) for unit in charter.units],
        "service_notes": [_service_note_json(s) for s in charter.services if _is_odd(s)],
        "digit": charter.digit,
        "keyword": charter.keyword,
        "details": [{"key": each.key, **_clause_json(each.source)} for each in charter.details],
        "standards": [_standard_json(standard) for standard in charter.standards],
        "complaints_unit_duties": [_clause_json(duty) for duty in charter.complaints_unit_duties],
        "reporting": [_clause_json(duty) for duty in charter.reporting],
        "review": [_clause_json(duty) for duty in charter.review],
        "facts": [_fact_json(fact) for fact in charter.facts],
        "documents": [{"id": each.id, "title": each.title} for each in charter.documents],
    }


def due_json(sum_: Due, rule: Rule) -> Json:
    rolled = sum_.before_rolling
    return {
        "due": sum_.at.astimezone(EAT).isoformat(),
        "before_rolling": rolled and rolled.astimezone(EAT).isoformat(),
        "explain": {"sw": sum_.explain("sw"), "en": sum_.explain("en")},
        "clause": {
            **_clause_json(rule.clause),
            "period": _period_json(rule.period),
            "basis": rule.basis,
            "internal": rule.internal,
        },
    }


def _in_force_json(charter: Charter) -> Json:
    until = charter.in_force.until
    return {"from": charter.in_force.start.isoformat(), "until": until and until.isoformat()}


def _hours_source_json(charter: Charter) -> Json:
    source = charter.hours.source
    return {"basis": charter.hours.basis, **(_clause_json(source) if source else {})}


def _complaints_json(charter: Charter) -> Json:
    """For each kind the rule that holds most widely, with what differs as its `exceptions`."""
    by_kind: dict[str, list[Rule]] = {}
    for rule in charter.rules:
        by_kind.setdefault(rule.kind, []).append(rule)
    widest = {
        kind: sorted(rules, key=lambda r: (r.for_kind != "complaint", bool(r.units), r.internal))
        for kind, rules in by_kind.items()
    }
    return {
        kind: {**_rule_json(rules[0]), "exceptions": [_rule_json(rule) for rule in rules[1:]]}
        for kind, rules in widest.items()
    }


def _rule_json(rule: Rule) -> Json:
    return {
        "for": rule.for_kind,
        "units": list(rule.units) if rule.units else None,
        "period": _period_json(rule.period),
        "basis": rule.basis,
        "internal": rule.internal,
        "progress": rule.progress,
        "clause": _clause_json(rule.clause),
    }


def _period_json(period: Period) -> Json:
    return {"kind": "duration", "amount": period.amount, "unit": period.unit}


def _clause_json(clause: Clause) -> Json:
    return {
        "text": clause.text,
        "text_clean": clause.clean,
        "document": clause.document,
        "line": clause.line,
        "note": clause.note,
    }


def _contacts_json(contacts: Contacts) -> list[Json]:
    return [
        {
            "kind": contact.kind,
            "value": contact.value,
            "alternate": contact.alternate,
            "source": _clause_json(contact.source),
        }
        for contact in contacts.entries
    ]


def _level_json(level: AppealLevel) -> Json:
    return {
        "level": level.level,
        "key": level.key,
        "name": level.name,
        "name_en": level.name_en,
        "inside": level.inside,
        "contacts": _contacts_json(level.contacts),
        "source": _clause_json(level.source),
    }


def _unit_details_json(unit: Unit) -> Json:
    return {
        "code": unit.code,
        "short": unit.short,
        "contacts": _contacts_json(unit.contacts),
        "source": _clause_json(unit.source),
    }


def _service_json(service: Service) -> Json:
    return {
        "id": service.id,
        "unit": service.unit,
        "number": service.number,
        "text": service.source.text,
        "text_clean": service.source.clean,
        "period_raw": service.period_raw,
        "period": _service_period_json(service.period),
        "source": {"document": service.source.document, "line": service.source.line},
    }


def _is_odd(service: Service) -> bool:
    return service.source.note is not None or service.continued is not None


def _service_note_json(service: Service) -> Json:
    return {"id": service.id, "note": service.source.note, "continued": service.continued}


def _standard_json(standard: Standard) -> Json:
    return {
        "key": standard.key,
        "name": standard.name,
        "periods": [
            {"period_raw": each.raw, "period": _service_period_json(each.period)}
            for each in standard.periods
        ],
        "source": _clause_json(standard.source),
    }


def _fact_json(fact: Fact) -> Json:
    return {"key": fact.key, "value": fact.value, "source": _clause_json(fact.source)}


def _service_period_json(period: ServicePeriod) -> Json:
    return {"kind": period.kind, "amount": period.amount, "unit": period.unit}
