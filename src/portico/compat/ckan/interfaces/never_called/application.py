"""Declares the interfaces around the application: signing in, its database, command line, files and languages."""

from typing import Any, ClassVar

from portico.compat.ckan.interfaces.base import Interface

# -- signing in ------------------------------------------------------------------------------------------------------


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


# -- the application itself: its database, command line, files -------------------------------------------------------


class IMiddleware(Interface):
    """Wrap the application."""

    def make_middleware(self, app: Any, config: Any) -> Any:  # noqa: ARG002 - CKAN's signature
        """Return the application as it is."""
        return app

    def make_error_log_middleware(self, app: Any, config: Any) -> Any:  # noqa: ARG002 - as above
        """Return the application as it is."""
        return app


class IRoutes(Interface):
    """Add routes, as long ago."""

    def before_map(self, map: Any) -> Any:  # noqa: A002 - CKAN's name
        """Return the map as it is."""
        return map

    def after_map(self, map: Any) -> Any:  # noqa: A002 - as above
        """Return the map as it is."""
        return map


class IMapper(Interface):
    """Hear of rows."""

    def before_insert(self, mapper: Any, connection: Any, instance: Any) -> None:
        """Do nothing."""

    def before_update(self, mapper: Any, connection: Any, instance: Any) -> None:
        """Do nothing."""

    def before_delete(self, mapper: Any, connection: Any, instance: Any) -> None:
        """Do nothing."""

    def after_insert(self, mapper: Any, connection: Any, instance: Any) -> None:
        """Do nothing."""

    def after_update(self, mapper: Any, connection: Any, instance: Any) -> None:
        """Do nothing."""

    def after_delete(self, mapper: Any, connection: Any, instance: Any) -> None:
        """Do nothing."""


class ISession(Interface):
    """Hear of transactions."""

    def after_begin(self, session: Any, transaction: Any, connection: Any) -> None:
        """Do nothing."""

    def before_flush(self, session: Any, flush_context: Any, instances: Any) -> None:
        """Do nothing."""

    def after_flush(self, session: Any, flush_context: Any) -> None:
        """Do nothing."""

    def before_commit(self, session: Any) -> None:
        """Do nothing."""

    def after_commit(self, session: Any) -> None:
        """Do nothing."""

    def after_rollback(self, session: Any) -> None:
        """Do nothing."""


class IDomainObjectModification(Interface):
    """Hear of changed objects."""

    def notify(self, entity: Any, operation: Any) -> None:
        """Do nothing."""

    def notify_after_commit(self, entity: Any, operation: Any) -> None:
        """Do nothing."""


class IFeed(Interface):
    """Change feeds."""

    def get_feed_class(self) -> Any:
        """Leave it as it is."""

    def get_item_additional_fields(self, dataset_dict: Any) -> dict[str, Any]:  # noqa: ARG002 - CKAN's signature
        """Return nothing to add."""
        return {}


class ITranslation(Interface):
    """Bring translations."""

    _reverse_iteration_order: ClassVar[bool] = True

    def i18n_directory(self) -> str:
        """Return no folder."""
        return ""

    def i18n_locales(self) -> list[str]:
        """Return no languages."""
        return []

    def i18n_domain(self) -> str:
        """Return no domain."""
        return ""


class IUploader(Interface):
    """Store files."""

    def get_uploader(self, upload_to: str, old_filename: Any = None) -> Any:
        """Leave it to others."""

    def get_resource_uploader(self, data_dict: Any) -> Any:
        """Leave it to others."""


class IForkObserver(Interface):
    """Hear of forks."""

    def before_fork(self) -> None:
        """Do nothing."""


class IClick(Interface):
    """Bring commands."""

    def get_commands(self) -> Any:
        """Return no commands."""
        return []
