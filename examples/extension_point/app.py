"""Shows an application whose menu is extended by plugins.

pip install portico-signals
python app.py
"""

from portico import Interface, Plugin, Portico, implements


class IMenu(Interface):
    """Bring menu items."""

    def menu_items(self) -> list[str]:
        """Return their texts, in order."""
        return []


class Recipes(Plugin):
    """Has recipes and a shopping list."""

    implements(IMenu)

    def menu_items(self) -> list[str]:
        """Return an item for each."""
        return ["Recipes", "Shopping list"]


def main() -> None:
    """Print the menu, with and without the plugin."""
    with Portico(plugins=[Recipes]) as host:
        for _ in range(2):
            items = [item for part in host.plugins.implementing(IMenu) for item in part.menu_items()]
            print(" | ".join(["Home", *items]))
            host.plugins.disable("Recipes")


if __name__ == "__main__":
    main()
