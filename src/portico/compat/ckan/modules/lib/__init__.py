"""What is imported as `ckan.lib`."""
