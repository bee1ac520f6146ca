"""Starts the demo's mail server."""

from portico.portal.mailbox.server import main

main()
