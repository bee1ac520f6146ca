"""CKAN's interfaces around groups and organizations. Portico calls none of them."""

from typing import Any

from portico.compat.ckan.interfaces.base import Interface


class IGroupController(Interface):
    """Take part in what happens to groups."""

    def read(self, entity: Any) -> None:
        """Do nothing."""

    def create(self, entity: Any) -> None:
        """Do nothing."""

    def edit(self, entity: Any) -> None:
        """Do nothing."""

    def delete(self, entity: Any) -> None:
        """Do nothing."""

    def before_view(self, data_dict: Any) -> Any:
        """Return the group as it is."""
        return data_dict


class IOrganizationController(Interface):
    """Take part in what happens to organizations."""

    def read(self, entity: Any) -> None:
        """Do nothing."""

    def create(self, entity: Any) -> None:
        """Do nothing."""

    def edit(self, entity: Any) -> None:
        """Do nothing."""

    def delete(self, entity: Any) -> None:
        """Do nothing."""

    def before_view(self, data_dict: Any) -> Any:
        """Return the organization as it is."""
        return data_dict


class IGroupForm(Interface):
    """Bring types of groups with forms of their own."""

    def is_fallback(self) -> bool:
        """Return no."""
        return False

    def group_types(self) -> Any:
        """Return no types."""
        return []

    def group_controller(self) -> str:
        """Return the usual one."""
        return "group"

    def form_to_db_schema(self) -> Any:
        """Return an empty schema."""
        return {}

    def db_to_form_schema(self) -> Any:
        """Return an empty schema."""
        return {}

    def check_data_dict(self, data_dict: Any, schema: Any = None) -> None:
        """Do nothing."""

    def setup_template_variables(self, context: Any, data_dict: Any) -> None:
        """Do nothing."""

    def validate(self, context: Any, data_dict: Any, schema: Any, action: Any) -> Any:
        """Leave validating to others."""

    def prepare_group_blueprint(self, group_type: str, blueprint: Any) -> Any:  # noqa: ARG002 - CKAN's signature
        """Return the blueprint as it is."""
        return blueprint
