"""Stands for `ckan.config.declaration`: what `declare_config_options` is called with."""

from portico.compat.ckan.config import Declaration, Key, Option

__all__ = ["Declaration", "Key", "Option"]
