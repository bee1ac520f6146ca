"""Runs a real SMTP server on loopback for the tests, which can be told to refuse."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass
class MailServer:
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    """SMTP command -> the reply it gets instead of a yes."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    def link(self) -> str:
        """The way, within the portal, that the first link of the latest mail leads."""
        found = re.search(r"https?://[^/\s]+(/\S+)", self.mails[-1].get_content())
        assert found is not None, self.mails[-1].get_content()
        return found[1]

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to an address, in the order of their arrival."""
        return [mail for mail in self.mails if mail["To"] == address]

    def wait_for(self, count: int) -> list[EmailMessage]:
        """All mails, once there are so many; those that come within a minute."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.mails) >= count, 60), f"{len(self.mails)} mails came"
            return list(self.mails)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Let every mail wait at the door for so long."""
        self._open.clear()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._open.set)

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if "MAIL" in self.refusals:
            return self.refusals["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if "RCPT" in self.refusals:
            return self.refusals["RCPT"]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        await self._open.wait()
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        with self._arrived:
            self.mails.append(message)
            self._arrived.notify_all()
        return "250 OK"


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    state = MailServer()
    loop = state._loop
    # The host name is given: looking it up may take seconds.
    listening = loop.run_until_complete(
        loop.create_server(lambda: SMTP(state, hostname="localhost", loop=loop), "127.0.0.1", 0)
    )
    state.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield state
    finally:
        asyncio.run_coroutine_threadsafe(_stop(listening), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(listening: asyncio.Server) -> None:
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)
