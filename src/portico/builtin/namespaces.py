"""Names the two namespaces that every portal has."""

from typing import Final

from portico.signals import Namespace

core: Final = Namespace("core")
"""The signals that the portal itself raises."""

ext: Final = Namespace("ext")
"""The signals of plugins, by name: `ext.signal("custom:something_happened")`, whether or not anybody declares it."""
