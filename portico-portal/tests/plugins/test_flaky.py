from tests.running import StartPortal


def test_its_failure_is_kept_and_the_page_opens_all_the_same(start_portal: StartPortal) -> None:
    portal = start_portal(plugins=["flaky"])
    plugins = portal.app.extensions["portico"].plugins

    assert portal.visitor().get("/").status_code == 200
    assert plugins.get("flaky").failures == 0
    assert portal.visitor().get("/?flaky=raise").status_code == 200

    status = plugins.get("flaky")
    assert status.failures == 1
    assert status.failure.signal == "core:request_started"
    assert status.failure.error == "RuntimeError: the flaky plugin was asked to fail, and did"


def test_the_summary_says_what_it_does(start_portal: StartPortal) -> None:
    plugins = start_portal(plugins=["flaky"]).app.extensions["portico"].plugins

    assert plugins.get("flaky").summary.startswith("Fails on purpose")
