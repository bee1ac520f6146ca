"""The Portico plugin `login_guard`."""
