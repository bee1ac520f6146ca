"""Visits the console as a person does: reads pages, and presses buttons where the page has them."""

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def text_of(page: TestResponse) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page.text)))


def press(client: FlaskClient, page: str, address: str) -> TestResponse:
    """Press the button of the page that is sent to an address; answer the question if it leads to one first."""
    shown = client.get(page).text
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', shown)]
    question = next((link for link in links if link.partition("?")[0] == address), None)
    if question:
        shown = client.get(question).text
    return client.post(address, data=fields_of(shown, address), follow_redirects=True)


def fields_of(page: str, address: str) -> dict[str, str]:
    """The hidden fields of the form that is sent to an address."""
    for action, form in re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', page, re.DOTALL):
        if unescape(action) == address:
            return {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}
    return {}
