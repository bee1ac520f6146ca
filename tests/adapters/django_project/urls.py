"""Answers for the pages of the project."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from tests.adapters.django_project.models import Book


def page(request: Any) -> HttpResponse:
    return HttpResponse("hello")


async def page_async(request: Any) -> HttpResponse:
    await asyncio.sleep(0)
    return HttpResponse("hello")


def broken(request: Any) -> HttpResponse:
    raise LookupError("not there")


def long(request: Any) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter(["a", "b"]))


async def long_async(request: Any) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[str]:
        yield "a"
        yield "b"

    return StreamingHttpResponse(parts())


def add(request: Any) -> HttpResponse:
    return HttpResponse(Book.objects.create(title=request.GET["title"]).pk)


def sign_in(request: Any) -> HttpResponse:
    user = authenticate(request, username=request.GET["name"], password=request.GET["password"])
    if user is not None:
        login(request, user)
    return HttpResponse(status=200 if user else 403)


def sign_out(request: Any) -> HttpResponse:
    logout(request)
    return HttpResponse("bye")


urlpatterns = [
    path("", page),
    path("async", page_async),
    path("broken", broken),
    path("long", long),
    path("long-async", long_async),
    path("add", add),
    path("in", sign_in),
    path("out", sign_out),
]
