"""What an action refuses is an answer on a page too, and not an error of ours."""

from typing import Any

import pytest

from portico import Plugin, implements
from portico.actions import IActions, chained_action
from portico.errors import NotAuthorizedError, NotFoundError, PluginError, ValidationError, Veto
from tests.running import RunningPortal
from tests.visitor import text_of


class Refusing(Plugin):
    """Lets nobody see who there is."""

    implements(IActions)
    error: Exception = Veto("nobody may look")

    def get_actions(self) -> Any:
        @chained_action
        def user_list(proceed: Any, context: Any, data_dict: Any) -> Any:
            raise self.error

        return {"user_list": user_list}


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ValidationError({"q": "Use two words"}), 400, "Q: Use two words."),
        (NotAuthorizedError("it is late"), 403, "It is late."),
        (NotFoundError("the list is gone"), 404, "The list is gone."),
        (Veto("nobody may look"), 409, "Nobody may look."),
        (PluginError("a plugin broke"), 500, "Something broke on our side"),
    ],
)
def test_a_refusal_is_a_page_with_its_reason(portal: RunningPortal, error: Exception, status: int, said: str) -> None:
    admin = portal.signed_in("ada", is_admin=True)
    plugin = Refusing()
    plugin.error = error
    undo = portal.take_from(plugin, "refusing")

    page = admin.get("/users")

    undo()
    assert page.status_code == status
    assert said in text_of(page)
    assert ("a plugin broke" in page.text) is False
