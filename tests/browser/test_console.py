"""The console as a person sees it, in a shop that has styles for everything and a strict policy."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from portico import Portico
from portico.console import create_console
from tests.browser.conftest import Serve
from tests.console.conftest import Broken, Greeter, Tripping
from tests.console.foreign import create_shop

# What tells a style of one from a style of the other.
TELLING = (
    "background-color", "border", "box-shadow", "color", "display", "font-size", "font-weight", "letter-spacing",
    "line-height", "list-style", "margin", "padding", "text-align", "text-decoration", "text-indent", "text-transform",
)  # fmt: skip


@pytest.fixture
def in_the_shop() -> Iterator[Flask]:
    app = create_shop()
    console = create_console(
        authorise=lambda: None, layout="base.html", title_block="head_title", content_block="body", home="goods"
    )
    app.register_blueprint(console, url_prefix="/console")
    with opened(app):
        yield app


@pytest.fixture
def alone() -> Iterator[Flask]:
    app = Flask("bare")
    app.secret_key = "k" * 32
    app.register_blueprint(create_console(authorise=lambda: None), url_prefix="/console")
    with opened(app):
        yield app


def opened(app: Flask) -> Portico:
    host = Portico(plugins=[Greeter, Broken, Tripping])
    host.init_app(app)
    return host


def looks_of(element: Locator) -> dict[str, str]:
    """The computed styles of an element. Of the console, in units of its own, they are the same everywhere."""
    looks: dict[str, str] = element.evaluate(
        "(element, names) => Object.fromEntries(names.map(name => [name, getComputedStyle(element)[name]]))",
        list(TELLING),
    )
    return looks


def test_the_console_looks_in_the_shop_as_it_does_alone(
    in_the_shop: Flask, chromium: Browser, serve: Serve, request: pytest.FixtureRequest
) -> None:
    parts = [
        "#portico-console h1", "#portico-console h2", "#portico-console h2 a", "#portico-console p.portico-lead",
        "#portico-console .portico-card", "#portico-console .portico-badge", "#portico-console form",
        "#portico-console button", "#portico-console a.portico-button", "#portico-console ul", "#portico-console li",
        "#portico-console dl", "#portico-console dt", "#portico-console dd", "#portico-console summary",
        "#portico-console code", "#portico-console pre", "#portico-console .portico-badge svg", "#portico-console td",
    ]  # fmt: skip

    def seen(app: Flask) -> dict[str, dict[str, str]]:
        page = chromium.new_page(viewport={"width": 1200, "height": 900})
        page.goto(f"{serve(app)}/console/plugins")
        looks = {part: looks_of(page.locator(part).first) for part in parts}
        looks["after a link"] = {
            "content": page.locator("#portico-console h2 a").first.evaluate(
                "element => getComputedStyle(element, '::after').content"
            )
        }
        page.close()
        return looks

    foreign = seen(in_the_shop)

    assert foreign == seen(request.getfixturevalue("alone"))


def test_the_shop_looks_beside_the_console_as_it_does_without_it(
    in_the_shop: Flask, chromium: Browser, serve: Serve
) -> None:
    root = serve(in_the_shop)
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    parts = ["html", "body", ".container", "h1.brand", "nav", "nav ul", "nav li", "nav a", "main"]

    def seen(path: str) -> dict[str, dict[str, str]]:
        page.goto(f"{root}{path}")
        return {part: looks_of(page.locator(part).first) for part in parts}

    assert seen("/console/plugins") == seen("/")
    page.close()


@pytest.mark.parametrize("width", [1200, 320])
def test_nothing_is_wider_than_the_window(in_the_shop: Flask, chromium: Browser, serve: Serve, width: int) -> None:
    root = serve(in_the_shop)
    page = chromium.new_page(viewport={"width": width, "height": 900})

    for path in ("", "/Broken", "/Greeter", "/Greeter/disable"):
        page.goto(f"{root}/console/plugins{path}")
        for summary in page.locator("#portico-console summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#portico-console").bounding_box()["width"] > width / 2  # type: ignore[index]
    page.close()


def test_a_plugin_is_switched_with_the_keyboard_alone(in_the_shop: Flask, page: Page, serve: Serve) -> None:
    root = serve(in_the_shop)
    console = page.locator("#portico-console")

    page.goto(f"{root}/console/plugins")
    tab_to(page, console.get_by_role("link", name="Disable … Greeter"))
    page.keyboard.press("Enter")
    expect(console.get_by_role("heading", name="Disable Greeter?")).to_be_visible()
    tab_to(page, console.get_by_role("button", name="Disable Greeter"))
    page.keyboard.press("Enter")

    expect(console.get_by_role("status")).to_have_text("Greeter is disabled.")
    tab_to(page, console.get_by_role("button", name="Enable Greeter"))
    page.keyboard.press("Space")
    expect(console.get_by_role("status")).to_have_text("Greeter is enabled.")
    tab_to(page, console.get_by_role("link", name="Back to the application"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Schrauben")).to_be_visible()


def tab_to(page: Page, element: Locator) -> None:
    """Go on with the tabulator until it has the focus, which is then to be seen."""
    page.locator("body").press("Tab")
    for _ in range(40):
        if element.evaluate("element => element === document.activeElement"):
            assert element.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tabulator never reaches {element}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", ["alone", "in_the_shop"])
def test_every_text_can_be_read(
    request: pytest.FixtureRequest, chromium: Browser, serve: Serve, where: str, scheme: str
) -> None:
    root = serve(request.getfixturevalue(where))
    page = chromium.new_page(color_scheme="dark" if scheme == "dark" else "light")

    poor = []
    for path in ("", "/Broken", "/Tripping", "/Greeter/disable"):
        page.goto(f"{root}/console/plugins{path}")
        poor += page.evaluate(POOR_CONTRAST)

    assert poor == []
    page.close()


# WCAG 2.2, 1.4.3: 4.5 to 1 between each text and the nearest ground behind it. Colours are read from a canvas: those
# that are mixed are not written as rgb().
POOR_CONTRAST = """
() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = colour => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map(value => value / 255).map(
      value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    const colour = rgba(getComputedStyle(element).backgroundColor);
    return colour[3] === 255 ? colour : element.parentElement ? ground(element.parentElement) : [255, 255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("#portico-console *")) {
    const texts = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!texts.length) continue;
    const both = [rgba(getComputedStyle(element).color), ground(element)].map(luminance);
    const [light, dark] = both.sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) poor.push(`${element.className}: ${texts[0].data.trim()}: ${ratio.toFixed(2)}`);
  }
  return poor;
}
"""
