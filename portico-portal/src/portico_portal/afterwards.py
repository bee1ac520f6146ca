"""Runs what can wait until a request is answered, so that neither the answer nor its time tells of it."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from flask import Response, after_this_request, copy_current_request_context, has_request_context

log = logging.getLogger(__name__)

THREADS = 4

Work = Callable[[], None]


class Afterwards:
    """A few threads of this process, which start with the first piece of work."""

    def __init__(self) -> None:
        self._threads = _make_threads()

    def do(self, work: Work) -> None:
        """Do `work` once the answer to this request was handed to the server whole; outside of a request now.

        It finds the request as it was, and a session of its own. Nobody waits for its outcome: a failure is logged.
        """
        if not has_request_context():
            _carry_out(work)
            return
        later = copy_current_request_context(partial(_carry_out, work))

        @after_this_request
        def do_when_it_is_sent(response: Response) -> Response:
            # In a thread of its own: the connection would stay busy for as long as the work takes, and tell.
            response.call_on_close(lambda: self._threads.submit(later))
            return response

    def finish(self) -> None:
        """Wait until everything that was handed in is done. The object can be used again afterwards."""
        threads, self._threads = self._threads, _make_threads()
        threads.shutdown()


def _make_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="portico-afterwards")


def _carry_out(work: Work) -> None:
    try:
        work()
    except Exception:
        log.exception("what was left to do after an answer failed")
