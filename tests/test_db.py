"""The connection to the database."""

from callcentre import db


def test_a_database_host_that_is_gone_without_a_word_is_noticed_soon(schema: None) -> None:
    with db.engine().connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        told = driver.info.get_parameters()
    alive = int(told["keepalives_interval"]) * int(told["keepalives_count"])
    assert int(told["keepalives_idle"]) + alive <= 30
    assert int(told["tcp_user_timeout"]) <= 30_000
