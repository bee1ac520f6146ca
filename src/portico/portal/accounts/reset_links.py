"""Makes and reads the links that let somebody set a new password. Sends nothing."""

from datetime import timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from portico.portal.clock import Clock
from portico.portal.errors import ResetLinkError
from portico.portal.models import User

LIFETIME = timedelta(hours=1)


class ResetLinks:
    """Signed links, good for one hour and one use.

    A link carries the number of the password it replaces. Setting a new one counts on, so that this link
    and every other one of that user stop working: nothing has to be stored to make it single-use.
    """

    def __init__(self, signing_key: str, base_url: str, clock: Clock) -> None:
        self._signer = URLSafeSerializer(signing_key, salt="portico.reset-password")
        self._base_url = base_url
        self._clock = clock

    def make(self, user: User) -> str:
        """The address to be mailed to `user`."""
        expires = int((self._clock() + LIFETIME).timestamp())
        token = self._signer.dumps([user.id, user.password_version, expires])
        return f"{self._base_url}/reset-password/{token}"

    def read(self, token: str) -> tuple[int, int]:
        """The id of the user, and the number of the password that may be replaced.

        Raises:
            ResetLinkError: this portal did not make it, or it is older than an hour.
        """
        try:
            user_id, password_version, expires = self._signer.loads(token)
        except BadSignature as error:
            raise ResetLinkError("the reset link was not made by this portal") from error
        if self._clock().timestamp() >= expires:
            raise ResetLinkError("the reset link is older than an hour")
        return user_id, password_version
