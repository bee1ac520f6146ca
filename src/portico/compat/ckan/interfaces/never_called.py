"""The interfaces that extensions may implement and that Portico never calls: it has no datasets of CKAN."""

from typing import Any, ClassVar

from portico.compat.ckan.interfaces.base import Interface

# -- datasets and their resources ------------------------------------------------------------------------------------


class IPackageController(Interface):
    """Take part in what happens to datasets."""

    def read(self, entity: Any) -> None:
        """Do nothing."""

    def create(self, entity: Any) -> None:
        """Do nothing."""

    def edit(self, entity: Any) -> None:
        """Do nothing."""

    def delete(self, entity: Any) -> None:
        """Do nothing."""

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
