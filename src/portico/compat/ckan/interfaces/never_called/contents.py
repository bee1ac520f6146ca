"""Declares the interfaces around what CKAN stores: datasets, resources, tags, groups and organizations."""

from typing import Any

from portico.compat.ckan.interfaces.base import Interface


class _Controller(Interface):
    """What datasets, groups and organizations have in common."""

    def read(self, entity: Any) -> None:
        """Do nothing."""

    def create(self, entity: Any) -> None:
        """Do nothing."""

    def edit(self, entity: Any) -> None:
        """Do nothing."""

    def delete(self, entity: Any) -> None:
        """Do nothing."""


# -- datasets and their resources ------------------------------------------------------------------------------------


class IPackageController(_Controller):
    """Take part in what happens to datasets."""

    def after_dataset_create(self, context: Any, pkg_dict: Any) -> None:
        """Do nothing."""

    def after_dataset_update(self, context: Any, pkg_dict: Any) -> None:
        """Do nothing."""

    def after_dataset_delete(self, context: Any, pkg_dict: Any) -> None:
        """Do nothing."""

    def after_dataset_show(self, context: Any, pkg_dict: Any) -> None:
        """Do nothing."""

    def before_dataset_search(self, search_params: Any) -> Any:
        """Return the parameters as they are."""
        return search_params

    def after_dataset_search(self, search_results: Any, search_params: Any) -> Any:  # noqa: ARG002 - CKAN's signature
        """Return the results as they are."""
        return search_results

    def before_dataset_index(self, pkg_dict: Any) -> Any:
        """Return the dataset as it is."""
        return pkg_dict

    def before_dataset_view(self, pkg_dict: Any) -> Any:
        """Return the dataset as it is."""
        return pkg_dict


class IResourceController(Interface):
    """Take part in what happens to resources."""

    def before_resource_create(self, context: Any, resource: Any) -> None:
        """Do nothing."""

    def after_resource_create(self, context: Any, resource: Any) -> None:
        """Do nothing."""

    def before_resource_update(self, context: Any, current: Any, resource: Any) -> None:
        """Do nothing."""

    def after_resource_update(self, context: Any, resource: Any) -> None:
        """Do nothing."""

    def before_resource_delete(self, context: Any, resource: Any, resources: Any) -> None:
        """Do nothing."""

    def after_resource_delete(self, context: Any, resources: Any) -> None:
        """Do nothing."""

    def before_resource_show(self, resource_dict: Any) -> Any:
        """Return the resource as it is."""
        return resource_dict


class IResourceUrlChange(Interface):
    """Hear of changed addresses of resources."""

    def notify(self, resource: Any) -> None:
        """Do nothing."""


class IResourceView(Interface):
    """Show resources in another way."""

    def info(self) -> dict[str, Any]:
        """Return what the view is called."""
        return {"name": type(self).__name__}

    def can_view(self, data_dict: Any) -> bool:  # noqa: ARG002 - CKAN's signature
        """Return no."""
        return False

    def setup_template_variables(self, context: Any, data_dict: Any) -> dict[str, Any]:  # noqa: ARG002 - as above
        """Return nothing to add."""
        return {}

    def view_template(self, context: Any, data_dict: Any) -> str:  # noqa: ARG002 - as above
        """Return no template."""
        return ""

    def form_template(self, context: Any, data_dict: Any) -> str:  # noqa: ARG002 - as above
        """Return no template."""
        return ""


class IResourcePreview(Interface):
    """Show resources, as long ago."""

    def can_preview(self, data_dict: Any) -> bool:  # noqa: ARG002 - CKAN's signature
        """Return no."""
        return False

    def setup_template_variables(self, context: Any, data_dict: Any) -> None:
        """Do nothing."""

    def preview_template(self, context: Any, data_dict: Any) -> str:  # noqa: ARG002 - as above
        """Return no template."""
        return ""


class IDatasetForm(Interface):
    """Bring types of datasets with forms of their own."""

    def package_types(self) -> Any:
        """Return no types."""
        return []

    def is_fallback(self) -> bool:
        """Return no."""
        return False

    def create_package_schema(self) -> Any:
        """Return an empty schema."""
        return {}

    def update_package_schema(self) -> Any:
        """Return an empty schema."""
        return {}

    def show_package_schema(self) -> Any:
        """Return an empty schema."""
        return {}

    def setup_template_variables(self, context: Any, data_dict: Any) -> None:
        """Do nothing."""

    def validate(self, context: Any, data_dict: Any, schema: Any, action: Any) -> Any:
        """Leave validating to others."""

    def prepare_dataset_blueprint(self, package_type: str, blueprint: Any) -> Any:  # noqa: ARG002 - CKAN's signature
        """Return the blueprint as it is."""
        return blueprint

    def prepare_resource_blueprint(self, package_type: str, blueprint: Any) -> Any:  # noqa: ARG002 - as above
        """Return the blueprint as it is."""
        return blueprint


class IFacets(Interface):
    """Change the facets of searches."""

    def dataset_facets(self, facets_dict: Any, package_type: str) -> Any:  # noqa: ARG002 - CKAN's signature
        """Return the facets as they are."""
        return facets_dict

    def group_facets(self, facets_dict: Any, group_type: str, package_type: Any) -> Any:  # noqa: ARG002 - as above
        """Return the facets as they are."""
        return facets_dict

    def organization_facets(self, facets_dict: Any, organization_type: str, package_type: Any) -> Any:  # noqa: ARG002
        """Return the facets as they are."""
        return facets_dict


class IPermissionLabels(Interface):
    """Say who sees which datasets."""

    def get_dataset_labels(self, dataset_obj: Any) -> list[str]:  # noqa: ARG002 - CKAN's signature
        """Return no labels."""
        return []

    def get_user_dataset_labels(self, user_obj: Any) -> list[str]:  # noqa: ARG002 - as above
        """Return no labels."""
        return []


class ITagController(Interface):
    """Take part in the showing of tags."""

    def before_view(self, tag_dict: Any) -> Any:
        """Return the tag as it is."""
        return tag_dict


# -- groups and organizations ----------------------------------------------------------------------------------------


class IGroupController(_Controller):
    """Take part in what happens to groups."""

    def before_view(self, data_dict: Any) -> Any:
        """Return the group as it is."""
        return data_dict


class IOrganizationController(_Controller):
    """Take part in what happens to organizations."""

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
