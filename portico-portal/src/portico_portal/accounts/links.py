"""Makes and reads the signed links of mails, each good for one hour."""

from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from portico_portal.clock import Clock
from portico_portal.errors import PortalError, ResetLinkError, SignUpLinkError
from portico_portal.models import User

LIFETIME = timedelta(hours=1)


class ResetLinks:
    """Links that let somebody set a new password once.

    A link carries the number of the password it replaces. Setting a new one counts on, so that this link
    and every other one of that user stop working: nothing has to be stored to make it single-use.
    """

    def __init__(self, signing_key: str, base_url: str, clock: Clock) -> None:
        self._links = _Links(signing_key, "reset-password", f"{base_url}/reset-password/", clock, ResetLinkError)

    def make(self, user: User) -> str:
        """The address to be mailed to `user`."""
        return self._links.make(user.id, user.password_version)

    def read(self, token: str) -> tuple[int, int]:
        """The id of the user, and the number of the password that may be replaced.

        Raises:
            ResetLinkError: this portal did not make it, or it is older than an hour.
        """
        user_id, password_version = self._links.read(token)
        return user_id, password_version


class SignUpLinks:
    """Links that let somebody make the account they asked for.

    Whoever opens one reads the mail of its address. It works once, as an address has one account.
    """

    def __init__(self, signing_key: str, base_url: str, clock: Clock) -> None:
        self._links = _Links(signing_key, "sign-up", f"{base_url}/sign-up/", clock, SignUpLinkError)

    def make(self, name: str, full_name: str, email: str) -> str:
        """The address to be mailed to `email`."""
        return self._links.make(name, full_name, email)

    def read(self, token: str) -> tuple[str, str, str]:
        """The name, the full name and the address of the account.

        Raises:
            SignUpLinkError: this portal did not make it, or it is older than an hour.
        """
        name, full_name, email = self._links.read(token)
        return name, full_name, email


class _Links:
    def __init__(self, signing_key: str, purpose: str, address: str, clock: Clock, error: type[PortalError]) -> None:
        self._signer = URLSafeSerializer(signing_key, salt=f"portico.{purpose}")
        self._purpose, self._address, self._clock, self._error = purpose, address, clock, error

    def make(self, *values: Any) -> str:
        expires = int((self._clock() + LIFETIME).timestamp())
        return self._address + str(self._signer.dumps([*values, expires]))

    def read(self, token: str) -> list[Any]:
        try:
            values: list[Any]
            *values, expires = self._signer.loads(token)
        except BadSignature as error:
            raise self._error(f"the {self._purpose} link was not made by this portal") from error
        if self._clock().timestamp() >= expires:
            raise self._error(f"the {self._purpose} link is older than an hour")
        return values
