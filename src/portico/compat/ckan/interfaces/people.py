"""CKAN's interfaces around signing in. Portico calls none of them."""

from typing import Any

from portico.compat.ckan.interfaces.base import Interface


class IAuthenticator(Interface):
    """Find out who somebody is."""

    def identify(self) -> Any:
        """Leave it to others."""

    def login(self) -> Any:
        """Leave it to others."""

    def logout(self) -> Any:
        """Leave it to others."""

    def abort(self, status_code: int, detail: str, headers: Any, comment: Any) -> Any:
        """Return everything as it is."""
        return (status_code, detail, headers, comment)

    def authenticate(self, identity: Any) -> Any:
        """Leave it to others."""


class IApiToken(Interface):
    """Take part in the making and reading of API tokens."""

    def create_api_token_schema(self, schema: Any) -> Any:
        """Return the schema as it is."""
        return schema

    def decode_api_token(self, encoded: str, **kwargs: Any) -> Any:
        """Leave it to others."""

    def encode_api_token(self, data: Any, **kwargs: Any) -> Any:
        """Leave it to others."""

    def preprocess_api_token(self, data: Any) -> Any:
        """Return the data as it is."""
        return data

    def postprocess_api_token(self, data: Any, jti: str, data_dict: Any) -> Any:  # noqa: ARG002 - CKAN's signature
        """Return the data as it is."""
        return data

    def add_extra_fields(self, data_dict: Any) -> Any:
        """Return the fields as they are."""
        return data_dict
