"""What a provider tells the service of its own accord: again and again until it is taken."""

from collections.abc import Callable, Sequence

import requests

from callcentre.network.door import Door
from callcentre.network.faults import Switchboard
from callcentre.network.hook import Hook
from callcentre.network.later import Later

Taken = Callable[[requests.Response], None]


class Courier:
    def __init__(self, switchboard: Switchboard, *, door: Door, later: Later) -> None:
        self._switchboard = switchboard
        self._door = door
        self._later = later

    def send(
        self,
        hooks: Sequence[Hook],
        took: Callable[[requests.Response], bool],
        *,
        after: float = 0,
        then: Taken | None = None,
    ) -> None:
        """Call the hooks so many seconds later, without holding up whoever asks for it."""
        if hooks:
            self._later.after(after, lambda: self.deliver(hooks, took, then))

    def deliver(
        self,
        hooks: Sequence[Hook],
        took: Callable[[requests.Response], bool],
        then: Taken | None = None,
        tries: int = 0,
    ) -> None:
        """Call the hooks in order; if one is not taken, go on from it after a while."""
        for index, hook in enumerate(hooks):
            response = self._door.post(hook)
            if response is None or not took(response):
                self._again(hooks[index:], took, then, tries + 1)
                return
            if then is not None:
                then(response)

    def _again(
        self,
        hooks: Sequence[Hook],
        took: Callable[[requests.Response], bool],
        then: Taken | None,
        tries: int,
    ) -> None:
        faults = self._switchboard.faults
        if tries <= faults.hook_repeat_limit:
            self._later.after(faults.hook_repeat_s, lambda: self.deliver(hooks, took, then, tries))
