"""One call of one of the service's hooks, before it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hook:
    """One call of a hook. `name` stands in the log: an address may hold a secret."""

    name: str
    url: str
    form: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
