"""One person's way through the portal, from signing up to switching a plugin off, in a real browser.

What the steps assert on is what the plugins stored: the audit table, the mails, the remembered switch.
"""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Photograph
from tests.journeys.demo_process import DemoProcess

RELOADS = 200
FIRST_PASSWORD, SECOND_PASSWORD = "a horse that counts", "a goat that reads"


def audited(demo: DemoProcess, subject: str) -> list[str]:
    """Return the signals that the audit plugin has written down about somebody, in order."""
    return [
        signal for (signal,) in demo.stored("SELECT signal FROM audit_event WHERE subject = ? ORDER BY id", subject)
    ]


def sign_in(page: Page, demo: DemoProcess, name: str, password: str) -> None:
    page.goto(f"{demo.url}/sign-in")
    page.get_by_label("User name or e-mail address").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def mailed_link(page: Page, demo: DemoProcess, address: str, way: str) -> str:
    """The link in the latest mail to somebody, once it is there: mails come after the answer."""
    page.goto(f"{demo.url}/mailbox")
    mail = page.get_by_role("link", name=address).first
    for _ in range(RELOADS):
        if mail.is_visible():
            break
        page.reload()
    mail.click()
    link = page.get_by_role("link", name=way).get_attribute("href")
    assert link is not None
    return link


def test_signing_up_mistyping_the_password_and_signing_in(tmp_path: Path, page: Page, photograph: Photograph) -> None:
    with DemoProcess(tmp_path / "demo") as demo:
        page.goto(demo.url)
        photograph(page, "home")

        # A name that is taken is refused beside its field, and nothing typed is lost.
        page.get_by_role("link", name="Create an account").click()
        page.get_by_label("User name").fill("AMARA")
        page.get_by_label("E-mail address").fill("nora@portico.example")
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_text("This user name is taken; choose another")).to_be_visible()
        expect(page.get_by_label("E-mail address")).to_have_value("nora@portico.example")
        photograph(page, "sign-up-name-taken")
        assert audited(demo, "AMARA") == []

        # The account is made with the link in the mail, by whoever reads it.
        page.get_by_label("User name").fill("nora")
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
        photograph(page, "sign-up-asked")
        assert audited(demo, "nora") == []
        page.goto(mailed_link(page, demo, "nora@portico.example", "/sign-up/"))
        page.get_by_label("New password").fill(FIRST_PASSWORD)
        photograph(page, "sign-up-password")
        page.get_by_role("button", name="Make account").click()
        expect(page.get_by_text("Your account nora is ready")).to_be_visible()
        demo.wait_for(r"core:user_created  'nora'  audit/write_down .* ok  welcome_mail/\w+ .* ok")
        assert audited(demo, "nora") == ["user_created"]
        page.goto(f"{demo.url}/mailbox")
        expect(page.get_by_role("link", name="Welcome")).to_contain_text("nora@portico.example")

        # A wrong password is one failed login, and says no more than that.
        sign_in(page, demo, "nora", "not my password")
        expect(page.get_by_role("alert")).to_be_visible()
        photograph(page, "sign-in-wrong-password")
        assert audited(demo, "nora") == ["user_created", "failed_login"]

        sign_in(page, demo, "nora", FIRST_PASSWORD)
        expect(page.get_by_role("heading", name="Hello, nora")).to_be_visible()
        photograph(page, "dashboard")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
        assert audited(demo, "nora")[-2:] == ["user_logged_in", "user_logged_out"]


def test_setting_a_new_password_with_a_mailed_link_that_works_once(
    tmp_path: Path, page: Page, photograph: Photograph
) -> None:
    with DemoProcess(tmp_path / "demo") as demo:
        page.goto(f"{demo.url}/forgot-password")
        page.get_by_label("User name or e-mail address").fill("maria")
        page.get_by_role("button", name="Mail me a link").click()
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
        page.get_by_role("link", name="Open the demo's mailbox").click()
        expect(page).to_have_url(f"{demo.url}/mailbox")
        demo.wait_for(r"core:request_password_reset  'maria'  audit/write_down .* ok")
        photograph(page, "mailbox")
        link = mailed_link(page, demo, "maria@portico.example", "/reset-password/")
        photograph(page, "mail")

        page.goto(link)
        page.get_by_label("New password").fill(SECOND_PASSWORD)
        page.get_by_role("button", name="Set password").click()
        expect(page.get_by_text("Your new password is set")).to_be_visible()
        assert audited(demo, "maria")[-2:] == ["request_password_reset", "perform_password_reset"]

        page.goto(link)
        expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
        photograph(page, "reset-link-used")

        sign_in(page, demo, "maria", "portico-demo")
        expect(page.get_by_role("alert")).to_be_visible()
        sign_in(page, demo, "maria", SECOND_PASSWORD)
        expect(page.get_by_role("heading", name="Hello, María Fernández")).to_be_visible()
        assert audited(demo, "maria")[-2:] == ["failed_login", "user_logged_in"]


def test_an_administrator_sees_the_flaky_plugin_fail_and_switches_it_off_for_good(
    tmp_path: Path, page: Page, photograph: Photograph
) -> None:
    with DemoProcess(tmp_path / "demo") as demo:
        sign_in(page, demo, "admin", "portico-demo")

        # It fails, the page opens all the same, and the other plugins hear what they are to hear.
        page.goto(f"{demo.url}/?flaky=raise")
        expect(page.get_by_role("heading", name="Hello, Ada Keller")).to_be_visible()
        demo.wait_for(r"core:request_started  Flask  flaky/fail_on_demand .* failed: RuntimeError")
        assert audited(demo, "admin")[-1] == "user_logged_in"

        page.get_by_role("link", name="Plugins").first.click()
        flaky = page.locator("#portico-plugin-flaky")
        expect(flaky).to_contain_text("RuntimeError: the flaky plugin was asked to fail, and did")
        expect(flaky).to_contain_text("core:request_started")
        photograph(page, "plugins")
        flaky.get_by_role("link", name="Disable … flaky").click()
        page.get_by_role("button", name="Disable flaky").click()
        expect(page.locator("#portico-console").get_by_role("status")).to_contain_text("flaky is disabled.")
        expect(flaky).to_contain_text("Disabled")
        assert demo.stored("SELECT name, enabled FROM portico_plugin_state") == [("flaky", 0)]

        # It is asked to fail again, and nobody is there to fail.
        page.goto(f"{demo.url}/?flaky=raise")
        demo.wait_for(r"core:request_started  Flask  nobody listens")
        page.goto(f"{demo.url}/console/plugins/flaky")
        expect(page.locator("dl").first).to_contain_text("Failures since the start1")
        photograph(page, "plugin-flaky")

        page.goto(f"{demo.url}/users")
        expect(page.get_by_role("rowheader", name="María Fernández")).to_be_visible()
        photograph(page, "users")
        page.goto(f"{demo.url}/activity")
        photograph(page, "activity")
        assert demo.stop() == 0

    # A restart undoes nothing of what a person did, and ends nobody's session.
    with DemoProcess(tmp_path / "demo") as demo:
        page.goto(f"{demo.url}/console/plugins")
        expect(page.locator("#portico-plugin-flaky")).to_contain_text("Disabled")
        expect(page.locator("#portico-plugin-audit")).to_contain_text("Enabled")
