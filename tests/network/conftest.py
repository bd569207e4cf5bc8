"""A real web server with the network in it and a small service behind the hooks it calls."""

import logging
import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask
from network_client import ENVIRONMENT, SECRET, Net, Service
from werkzeug.serving import make_server

from callcentre import config, network


@pytest.fixture
def net() -> Iterator[Net]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    service = Service()
    app = Flask(__name__)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://127.0.0.1:{server.port}"
    app.register_blueprint(network.blueprint(config.read(ENVIRONMENT | {"PUBLIC_URL": address})))
    app.post(f"/hooks/africastalking/{SECRET}/<path:name>", endpoint="hooks")(service.answer)
    app.post("/hooks/twilio/<path:name>", endpoint="twilio")(service.answer_twilio)
    app.get("/clips/<name>", endpoint="clips")(service.clip)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Net(server, service)
        requests.delete(f"{address}/network/faults", timeout=5)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
