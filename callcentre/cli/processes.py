"""The processes of the system (web, worker, clock), its migrations, and the demonstration."""

import os
import signal
from functools import partial

import click
from prometheus_client import start_http_server

from callcentre import charters, config, db, lines, logs
from callcentre import clock as time
from callcentre.cli import demo_staff
from callcentre.cli.show import Fault
from callcentre.lines import Line
from callcentre.migrations import run as migrations

DEMO_CODES = {
    "*149*51#": "morogoro",
    "*149*52#": "sengerema",
    "*149*53#": "kilosa",
    "*149*54#": "utumishi",
}
ABROAD = "+15005550006"  # Twilio's number for tests
LONGEST_ANSWER = 35  # seconds; above a statement's in db.py, below TimeoutStopSec in deploy/
EVERYBODY = ("kilosa", "sengerema", "morogoro", "utumishi")  # in the order of the menu


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", default=1, show_default=True, help="Processes; one with the local network."
)
@click.option("--threads", default=16, show_default=True, help="Requests at once in a process.")
def web(host: str, port: int, workers: int, threads: int) -> None:
    """Answer providers and people over HTTP."""
    from granian import Granian
    from granian.constants import Interfaces

    settings = config.load()
    if settings.local_network and workers > 1:
        raise click.UsageError("the local network lives in one process: leave --workers at 1")
    _start()
    for sign in (signal.SIGTERM, signal.SIGINT):  # a process asked to end as it starts does so
        os.register_at_fork(after_in_child=partial(signal.signal, sign, signal.SIG_DFL))
    Granian(
        "callcentre.app:create_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backlog=1024,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=LONGEST_ANSWER,
    ).serve()


metrics_port = click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="Show what this process counts at /metrics of this port, to this machine only.",
)


@click.command()
@metrics_port
def worker(metrics_port: int | None) -> None:
    """Send messages and run jobs; as many of these as you like."""
    from callcentre import jobs, outbox, schedule

    _start(metrics_port)
    outbox.on_commit = jobs.wake
    schedule.run_worker()


def _start(metrics_port: int | None = None) -> None:
    """What each process does first: a fault of the settings is told before anything runs."""
    from callcentre.outbox import limits

    logs.start(config.load().log_level)
    try:
        limits.load()
        if metrics_port is not None:
            start_http_server(metrics_port, addr="127.0.0.1")
    except limits.BadLimits as fault:
        raise Fault(str(fault)) from None
    except OSError as fault:
        raise Fault(f"--metrics-port {metrics_port}: {fault.strerror}; give another") from None


@click.command()
@metrics_port
def clock(metrics_port: int | None) -> None:
    """Tick: ask for what is due, every few seconds, whatever happens to Redis."""
    from callcentre import schedule

    _start(metrics_port)
    schedule.run_clock()


@click.command()
@click.option("--check", is_flag=True, help="Up, compare with the models, down, and up again.")
@click.option("--stopped", is_flag=True, help="The service is stopped: take as long as it takes.")
def migrate(check: bool, stopped: bool) -> None:
    """Bring the database to the newest schema.

    The service may run meanwhile: a migration that would keep citizens waiting gives up.
    """
    config.load()
    if check:
        faults = migrations.check()
        if faults:
            raise click.ClickException("models and migrations differ:\n" + "\n".join(faults))
        click.echo("migrations: up, equal to the models, down, up")
        return
    try:
        migrations.upgrade(patient=stopped)
    except migrations.GaveUp as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"database at {migrations.head()}")


@click.command()
def demo() -> None:
    """Add the demonstration's lines: *149*50# to *149*54#, SMS 15001, and one hotline each.

    And +15005550006 at Twilio, for SMS and calls from abroad. With the local network also staff,
    whose PIN everybody may know, for each institution that has none.
    """
    with db.session() as session:
        for line in demo_lines():
            lines.add(session, line, time.now())
        local = config.load().local_network
        staffed = demo_staff.add(session, time.now()) if local else []
    click.echo("demo lines: " + " ".join(line.address for line in demo_lines()))
    if staffed:
        click.echo(
            f"demo staff: {', '.join(staffed)}; PIN {demo_staff.PIN}, see `callcentre user list`"
        )


def demo_lines() -> list[Line]:
    def line(
        channel: str,
        address: str,
        *institutions: str,
        name: str = "",
        provider: str = "africastalking",
    ) -> Line:
        keeper = "morogoro" if len(institutions) > 1 else institutions[0]
        return Line(
            provider=provider,
            channel=channel,
            address=address,
            institutions=institutions,
            keeper=keeper,
            name=name or charters.get(keeper).short,
        )

    return [
        line("ussd", "*149*50#", *EVERYBODY, name="Huduma kwa Mteja"),
        *(line("ussd", code, institution) for code, institution in DEMO_CODES.items()),
        line("sms", "15001", *EVERYBODY, name="Huduma kwa Mteja"),
        line("sms", ABROAD, *EVERYBODY, name="Huduma kwa Mteja", provider="twilio"),
        *(
            line("voice", charters.get(institution).contacts.phones[0], institution)
            for institution in EVERYBODY
        ),
        line("voice", ABROAD, "kilosa", provider="twilio"),
    ]
