"""Flask and Flask-Login, with the façade for blinker; each test is a process of its own, as imports are for good."""

from pathlib import Path

from tests.compat.programs import run

APPLICATION = """
import flask
import flask_login

app = flask.Flask("shop")
app.secret_key = "not a secret"
login = flask_login.LoginManager(app)


class Jane(flask_login.UserMixin):
    id = "jane"


login.user_loader(lambda name: Jane())


@app.get("/")
def page():
    flask.flash("welcome")
    return flask.render_template_string("hello")


@app.get("/in")
def sign_in():
    flask_login.login_user(Jane())
    return "in"


@app.get("/out")
def sign_out():
    flask_login.logout_user()
    return "out"


@app.get("/secret")
@flask_login.login_required
def secret():
    return "secret"


@app.get("/broken")
def broken():
    raise LookupError("broken")


heard = []


def listen(signal, names=()):
    @signal.connect_via(app)
    def receiver(sender, **payload):
        assert sender is app
        heard.append((signal.name, sorted(payload)))


for name in ("request_started", "request_finished", "request_tearing_down", "appcontext_pushed", "appcontext_popped",
             "appcontext_tearing_down", "got_request_exception", "message_flashed", "template_rendered",
             "before_render_template"):
    listen(getattr(flask, name))
for name in ("user_logged_in", "user_logged_out", "user_unauthorized", "user_accessed"):
    listen(getattr(flask_login, name))

client = app.test_client()
for path in ("/", "/secret", "/in", "/secret", "/out", "/broken"):
    heard.append((path, client.get(path).status_code))
for event in heard:
    print(*event)
"""

OURS = """
import sys
from portico.compat import blinker
blinker.install()
"""

BY_HAND = """
import sys
from portico.compat import blinker
sys.modules["blinker"] = blinker
sys.modules["blinker.base"] = blinker.base
"""

PROOF = """
from blinker.base import Signal
assert type(flask.request_started).__module__ == "portico.compat.blinker.base"
assert isinstance(flask_login.user_logged_in, Signal)
"""


def test_flask_and_flask_login_raise_the_same_signals_on_both(tmp_path: Path) -> None:
    theirs = run(tmp_path, APPLICATION)
    ours = run(tmp_path, OURS, APPLICATION, PROOF)

    assert ours == theirs
    for event in ("logged-in", "got-request-exception", "message-flashed", "template-rendered", "/secret 401"):
        assert f"\n{event}" in ours


def test_the_modules_can_be_put_in_place_by_hand(tmp_path: Path) -> None:
    assert run(tmp_path, BY_HAND, APPLICATION, PROOF) == run(tmp_path, APPLICATION)


def test_an_async_receiver_of_a_request_is_awaited_the_way_flask_wants(tmp_path: Path) -> None:
    receiver = """
    heard.clear()

    @flask.request_started.connect
    async def hear(sender):
        import asyncio
        await asyncio.sleep(0)
        print("awaited", sender.name)

    app.ensure_sync = lambda function: lambda *args, **kwargs: __import__("asyncio").run(function(*args, **kwargs))
    client.get("/")
    """

    ours, theirs = (run(tmp_path, before, APPLICATION, receiver) for before in (OURS, ""))

    assert ours == theirs
    assert ours.endswith("awaited shop\n")


def test_taps_see_the_signals_of_flask(tmp_path: Path) -> None:
    tap = """
    import portico

    seen = []
    portico.signals.tap(lambda report: seen.append(report.signal.label))
    client.get("/")
    assert seen[:2] == ["appcontext-pushed", "request-started"], seen
    """

    run(tmp_path, OURS, APPLICATION, tap)
