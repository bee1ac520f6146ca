"""Starts the demo's mail server."""

from portico_portal.mailbox.server import main

main()
