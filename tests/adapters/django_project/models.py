"""Keeps books: the one model of the project."""

from django.db import models


class Book(models.Model):  # type: ignore[misc]  # Django has no types.
    """A book."""

    title = models.CharField(max_length=100)

    def __str__(self) -> str:
        return str(self.title)
