import importlib.metadata
from collections.abc import Callable
from itertools import count

import pytest

from portico.signals import Namespace, Signal
from portico.testing import Captured, capture, subscriptions

pytest_plugins = ["pytester"]

_numbers = count()


@pytest.fixture
def acme() -> Namespace:
    return Namespace(f"acme-testing-{next(_numbers)}")


@pytest.fixture
def happened(acme: Namespace) -> Signal[...]:
    return acme.signal("happened")


def test_capture_takes_down_the_sends_of_a_signal_whether_or_not_anybody_hears(happened: Signal[...]) -> None:
    with capture(happened) as captured:
        happened.send("eu", number=1)
        happened.send("us")
    happened.send("too late")

    assert captured.senders == ["eu", "us"]
    assert captured.payloads == [{"number": 1}, {}]


def test_capture_takes_namespaces_and_without_arguments_everything(acme: Namespace, happened: Signal[...]) -> None:
    other: Signal[...] = Signal("other")

    with capture(acme) as of_namespace, capture() as of_everything:
        happened.send()
        other.send()

    assert [report.signal for report in of_namespace] == [happened]
    assert [report.signal for report in of_everything.of(other)] == [other]
    assert {happened, other} <= {report.signal for report in of_everything}


def test_only_is_the_one_send_or_says_what_was_captured_instead(happened: Signal[...]) -> None:
    with capture(happened) as captured:
        with pytest.raises(AssertionError, match="expected one send, captured 0: none"):
            _ = captured.only
        happened.send("eu")
        assert captured.only.sender == "eu"
        happened.send("us")

    with pytest.raises(AssertionError, match=f"expected one send, captured 2: {happened.label}, {happened.label}"):
        _ = captured.only


def test_afterwards_the_hot_path_is_what_it_was(happened: Signal[...]) -> None:
    happened.connect(print)
    happened.disconnect(print)
    happened.send()
    before = happened._registry.undeclared_plan

    with capture(happened):
        assert happened._registry.undeclared_plan is None
    happened.send()

    assert before is not None
    assert happened._registry.undeclared_plan is not None


def test_the_fixtures_capture_until_the_end_of_the_test(
    captured_sends: Captured, capture_sends: Callable[..., Captured], happened: Signal[...]
) -> None:
    of_happened = capture_sends(happened)

    happened.send("eu")

    assert of_happened.senders == ["eu"]
    assert "eu" in captured_sends.senders


def test_subscriptions_lists_every_connected_subscription(happened: Signal[...]) -> None:
    subscription = happened.subscribe(print)

    assert subscription in subscriptions()
    subscription.cancel()
    assert subscription not in subscriptions()


TESTS = """
from portico.signals import Namespace

signal = Namespace("acme-in-pytester-{name}").signal("happened")


def receiver(sender):
    return "heard"


def test_connects():
    signal.connect(receiver)
    assert signal.collect() == ["heard"]


def test_sees_nothing_of_the_other():
    assert signal.collect() == []
"""


def run(pytester: pytest.Pytester, name: str, policy: str) -> pytest.RunResult:
    pytester.makepyfile(TESTS.format(name=name))
    pytester.makeini(f"[pytest]\nportico_leaks = {policy}\n")
    return pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")


def test_isolated_subscriptions_made_in_a_test_are_taken_back(pytester: pytest.Pytester) -> None:
    run(pytester, "isolated", "isolate").assert_outcomes(passed=2)


def test_a_test_that_leaks_a_subscription_fails_and_the_next_one_does_not_see_it(pytester: pytest.Pytester) -> None:
    result = run(pytester, "leaking", "fail")

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["subscriptions were left behind; cancel them:", "*receiver connected to acme-in-pytester-leaking:happened*"]
    )


SHOP = """
from portico.signals import Namespace

placed = Namespace("acme-in-pytester-first-import").signal("placed")

@placed.connect
def count(sender):
    return "counted"

def connect_more():
    placed.connect(lambda sender: "more")
"""

FIRST_IMPORTS = """
def send():
    import first_import_{policy}_shop as shop
    return shop.placed.collect()

def test_imports_it_first():
    assert send() == ["counted"]

def test_finds_what_the_import_connected():
    assert send() == ["counted"]

def test_connects_more():
    import first_import_{policy}_shop as shop
    shop.connect_more()
    assert send() == ["counted", "more"]

def test_finds_no_more_than_the_import_connected():
    assert send() == ["counted"]
"""


@pytest.mark.parametrize(("policy", "errors"), [("isolate", 0), ("fail", 1)])
def test_what_a_first_import_connects_is_kept_for_later_tests(
    pytester: pytest.Pytester, policy: str, errors: int
) -> None:
    pytester.makepyfile(**{f"first_import_{policy}_shop": SHOP, f"test_{policy}": FIRST_IMPORTS.format(policy=policy)})
    pytester.makeini(f"[pytest]\nportico_leaks = {policy}\n")

    result = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=4, errors=errors)


def test_allowed_leaks_are_left_alone(pytester: pytest.Pytester) -> None:
    run(pytester, "allowed", "allow").assert_outcomes(passed=1, failed=1)

    Namespace("acme-in-pytester-allowed").signal("happened").subscriptions[0].cancel()


def test_an_unknown_policy_is_one_clear_error(pytester: pytest.Pytester) -> None:
    result = run(pytester, "unknown", "forbid")

    result.stdout.fnmatch_lines(["*portico_leaks is 'forbid'; use one of: allow, isolate, fail"])


def test_it_is_announced_as_a_pytest_plugin() -> None:
    (entry_point,) = importlib.metadata.entry_points(group="pytest11", name="portico")

    assert entry_point.value == "portico.testing"


FACTORY = """
import flask
import pytest

from portico import ISignal, Plugin, Portico, implements
from portico.errors import HostError
from portico.builtin import request_started
from portico.host import current_host

pytestmark = pytest.mark.usefixtures("closed_portico")
heard = []


class Hearing(Plugin):
    implements(ISignal)

    def get_signal_subscriptions(self):
        return {request_started: [lambda app: heard.append("request")]}


def create_app():
    app = flask.Flask(__name__)
    app.add_url_rule("/", "home", lambda: "home")
    Portico(plugins=[Hearing]).init_app(app)
    return app


@pytest.fixture
def client():
    heard.clear()
    return create_app().test_client()


@pytest.mark.parametrize("time", [1, 2, 3])
def test_a_factory_is_called_in_each(client, time):
    assert client.get("/").text == "home"
    assert heard == ["request"]


def test_a_second_call_takes_the_place_of_the_first(client, caplog):
    second = create_app().test_client()

    assert second.get("/").text == "home"
    assert client.get("/").status_code == 500
    assert "replaces the one opened at" in caplog.text


def test_nothing_is_open_without_a_factory():
    with pytest.raises(HostError):
        current_host()
"""

HOSTS = """
import pytest

from portico import Plugin
from portico.errors import HostError
from portico.host import current_host


class Greeter(Plugin):
    pass


def test_opens_a_host(open_portico):
    host = open_portico(plugins=[Greeter])
    assert current_host() is host
    assert host.plugins.get("Greeter").state == "enabled"


def test_uses_a_plugin_on_a_host_of_its_own(used_plugin):
    assert type(used_plugin(Greeter)) is Greeter
    assert current_host().plugins.get("Greeter").state == "enabled"


def test_uses_a_plugin_on_the_open_host(open_portico, used_plugin):
    host = open_portico()
    used_plugin(Greeter)
    assert host.plugins.get("Greeter").state == "enabled"


def test_finds_none_open():
    with pytest.raises(HostError):
        current_host()
"""


@pytest.mark.parametrize(("source", "passed"), [(FACTORY, 5), (HOSTS, 4)])
def test_hosts_are_closed_after_each_test(pytester: pytest.Pytester, source: str, passed: int) -> None:
    pytester.makepyfile(source)

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")

    result.assert_outcomes(passed=passed)
