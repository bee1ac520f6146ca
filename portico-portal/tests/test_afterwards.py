import logging
import threading
from functools import partial

import pytest
from flask import Flask, g, request

from portico_portal.afterwards import Afterwards


@pytest.fixture
def app() -> Flask:
    return Flask("test")


def test_work_is_done_after_the_answer_with_the_request_as_it_was(app: Flask) -> None:
    afterwards, done, answered = Afterwards(), list[tuple[str | None, object]](), threading.Event()

    def work() -> None:
        assert answered.wait(60)
        done.append((request.remote_addr, g.get("session")))

    @app.get("/")
    def page() -> str:
        g.session = "of the request"
        afterwards.do(work)
        return "the answer"

    answer = app.test_client().get("/", buffered=True)
    assert (answer.text, done) == ("the answer", [])
    answered.set()
    afterwards.finish()

    assert done == [("127.0.0.1", None)]


def test_outside_of_a_request_it_is_done_now() -> None:
    done: list[int] = []

    Afterwards().do(partial(done.append, 1))

    assert done == [1]


def test_a_failure_is_logged_and_the_next_piece_of_work_is_done(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    afterwards, done = Afterwards(), list[int]()

    def fail() -> None:
        raise ZeroDivisionError

    @app.get("/")
    def page() -> str:
        afterwards.do(fail)
        afterwards.do(partial(done.append, 1))
        return "the answer"

    with caplog.at_level(logging.ERROR):
        app.test_client().get("/", buffered=True)
        afterwards.finish()

    assert done == [1]
    assert "what was left to do after an answer failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text
