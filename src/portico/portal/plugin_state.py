"""Remembers in the portal's database which plugins were switched by hand."""

from collections.abc import Mapping

from sqlalchemy import select

from portico.portal.database import Database
from portico.portal.models import PluginSwitch


class DatabaseStateStore:
    """A `portico.plugins.StateStore` that survives restarts and is shared by all processes of the portal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self) -> Mapping[str, bool]:
        """Plugin name -> enabled; only plugins that were switched by hand are in it."""
        with self._database.session() as session:
            return {switch.name: switch.enabled for switch in session.scalars(select(PluginSwitch))}

    def save(self, name: str, *, enabled: bool) -> None:
        """Remember that `name` was switched."""
        with self._database.session() as session:
            session.merge(PluginSwitch(name=name, enabled=enabled))
            session.commit()
