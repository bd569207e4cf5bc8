"""What a process counts about itself, in Prometheus' words; shown at /metrics."""

from prometheus_client import Counter, Histogram

HOOKS = Counter("callcentre_hooks", "Provider requests by kind and what became of them",
                ["provider", "kind", "outcome"])  # fmt: skip
HOOK_SECONDS = Histogram(
    "callcentre_hook_seconds",
    "How long a provider waited for our answer",
    ["kind"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10),
)
ROUTE_CHANGES = Counter("callcentre_route_changes", "Changes of a route's circuit breaker",
                        ["provider", "sender", "change"])  # fmt: skip
STEPS = Counter("callcentre_steps", "Steps of the ladder by what became of them",
                ["step", "outcome"])  # fmt: skip
AGENT_STATES = Counter("callcentre_agent_states", "Agents who came to a state", ["state"])
SENT = Counter("callcentre_attempts", "Tries to send a message by what the provider said",
               ["provider", "outcome"])  # fmt: skip
RINGS = Counter("callcentre_rings", "Calls that we placed by what came of them",
                ["whom", "outcome"])  # fmt: skip
