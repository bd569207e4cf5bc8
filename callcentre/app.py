"""The web application; the only place that knows every blueprint."""

from flask import Flask, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from callcentre import (
    charters,
    clock,
    config,
    db,
    hooks,
    jobs,
    network,
    outbox,
    portal,
    vault,
    watching,
)
from callcentre.charters import Calendar
from callcentre.config import Config
from callcentre.ivr import audio
from callcentre.ivr import webhooks as calls
from callcentre.sms import webhooks


def create_app(settings: Config | None = None) -> Flask:
    """The application with these settings, or those of the environment."""
    settings = settings or config.load()
    app = Flask(__name__, static_folder=None)
    # No SECRET_KEY: nothing here keeps a session, and Flask would open one at every hook.
    app.config.update(MAX_CONTENT_LENGTH=hooks.BODY_LIMIT)
    outbox.on_commit = jobs.wake
    app.register_blueprint(webhooks.blueprint)
    app.register_blueprint(calls.blueprint)
    app.register_blueprint(portal.blueprint)
    app.register_blueprint(audio.blueprint)
    if settings.local_network:
        app.register_blueprint(network.blueprint(settings))
    _health(app, settings)
    for charter in charters.all_current().values():
        Calendar.of(charter.hours)  # half a second that the first citizen need not wait
    return app


def _health(app: Flask, settings: Config) -> None:
    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """Ready when the database answers; what else is amiss is named as degraded."""
        degraded = [] if _redis_answers() else ["redis"]
        if not db.is_up():
            return jsonify(status="down", degraded=["database", *degraded]), 503
        with db.session() as session:
            degraded += watching.degraded(session, clock.now())
        return jsonify(status="degraded" if degraded else "ready", degraded=degraded), 200

    @app.get("/metrics")
    def metrics() -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = settings.metrics_token and vault.same(token, settings.metrics_token)
        here = (
            request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
        )
        if not (allowed or here):
            abort(403)
        counted = generate_latest()
        if db.is_up():
            with db.session() as session:
                counted += watching.as_metrics(session, clock.now())
        return Response(counted, content_type=CONTENT_TYPE_LATEST)


def _redis_answers() -> bool:
    try:
        return bool(jobs.redis().ping())
    except RedisError:
        return False
