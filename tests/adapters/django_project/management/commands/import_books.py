"""Says whether plugins are at work in a command of the project's own."""

from typing import Any

from django.core.management.base import BaseCommand

from portico.adapters import host_of


class Command(BaseCommand):  # type: ignore[misc]  # Django has no types.
    help = "Say whether plugins are at work."

    def handle(self, **options: Any) -> None:
        host = host_of()
        self.stdout.write(f"opened at {host.opened_at if host and host.is_open else 'no place'}")
