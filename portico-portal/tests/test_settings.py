import os
from pathlib import Path

import pytest

from portico.errors import ConfigurationError
from portico_portal import Settings, given_settings, load_settings

KEY = "k" * 32


@pytest.fixture(autouse=True)
def only_our_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.upper().startswith("PORTICO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "portico.toml").write_text(f'secret_key = "{KEY}"\nsite_name = "Physics"\nport = 9001\n')
    monkeypatch.setenv("PORTICO_PORT", "9002")

    settings = load_settings()

    assert (settings.site_name, settings.port, settings.host) == ("Physics", 9002, "127.0.0.1")


def test_plugins_are_separated_by_commas_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_SECRET_KEY", KEY)
    monkeypatch.setenv("PORTICO_PLUGINS", "audit, flaky")

    assert load_settings().plugins == ("audit", "flaky")


def test_plugins_are_a_list_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "portico.toml").write_text(f'secret_key = "{KEY}"\nplugins = ["flaky", "audit"]\n')

    assert load_settings().plugins == ("flaky", "audit")


def test_production_does_not_start_without_a_secret_key() -> None:
    with pytest.raises(ConfigurationError, match=r"secret_key \(not set\): is missing .* PORTICO_SECRET_KEY"):
        load_settings()


def test_production_does_not_start_with_a_short_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_SECRET_KEY", "hunter2")

    with pytest.raises(ConfigurationError, match="secret_key") as refusal:
        load_settings()

    assert "hunter2" not in str(refusal.value)


def test_the_demo_makes_its_own_secret_key() -> None:
    assert len(load_settings(mode="demo").signing_key) >= 32


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "portal.example.org"])  # noqa: S104 - to be refused
def test_the_demo_binds_loopback_only(host: str) -> None:
    with pytest.raises(ConfigurationError, match="demo mode binds loopback only"):
        load_settings(mode="demo", host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_the_demo_binds_every_name_of_loopback(host: str) -> None:
    assert load_settings(mode="demo", host=host).host == host


def test_an_unknown_key_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "portico.toml").write_text(f'secret_key = "{KEY}"\nsite_nmae = "Physics"\n')

    with pytest.raises(ConfigurationError, match="site_nmae is no setting of the portal"):
        load_settings()


def test_every_bad_setting_is_named_in_one_message_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_SECRET_KEY", KEY)
    monkeypatch.setenv("PORTICO_PORT", "http")
    monkeypatch.setenv("PORTICO_SMTP_SECURITY", "verysecret")

    with pytest.raises(ConfigurationError) as refusal:
        load_settings()

    message = str(refusal.value)
    assert "port (PORTICO_PORT in the environment): input should be a valid integer" in message
    assert "smtp_security (PORTICO_SMTP_SECURITY in the environment): " in message
    assert "verysecret" not in message


def test_each_bad_setting_is_told_with_where_it_came_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "portico.toml").write_text('smtp_port = "smtp"\nport = "ignored: the environment wins"\n')
    monkeypatch.setenv("portico_port", "http")

    with pytest.raises(ConfigurationError) as refusal:
        load_settings(trusted_proxies=-1)

    message = str(refusal.value)
    assert "trusted_proxies (as given): " in message
    assert "port (portico_port in the environment): " in message
    assert "smtp_port (in 'portico.toml'): " in message
    assert "secret_key (not set): " in message


def test_an_address_that_kubernetes_has_set_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_SECRET_KEY", KEY)
    monkeypatch.setenv("PORTICO_PORT", "tcp://10.96.0.12:8000")
    monkeypatch.setenv("PORTICO_SMTP_PORT", "tcp://10.96.0.13:25")
    monkeypatch.setenv("PORTICO_SERVICE_HOST", "10.96.0.12")
    monkeypatch.setenv("PORTICO_PORT_8000_TCP_PROTO", "tcp")

    with pytest.raises(ConfigurationError) as refusal:
        load_settings()

    message = str(refusal.value)
    assert "port (PORTICO_PORT in the environment): " in message
    assert "Kubernetes sets PORTICO_PORT to an address where there is a service called 'portico'" in message
    assert "Kubernetes sets PORTICO_SMTP_PORT to an address where there is a service called 'portico-smtp'" in message
    assert "10.96" not in message


# What fits none of them; `mode` is a word, too, and so on.
FREE_TEXT = {"site_name", "secret_key", "plugins", "host", "smtp_host", "smtp_user", "smtp_password", "mailbox_dir"}


@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - FREE_TEXT))
def test_whatever_is_set_badly_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PORTICO_SECRET_KEY", KEY)
    monkeypatch.setenv(f"PORTICO_{name.upper()}", "tcp://10.96.0.12:8000")

    with pytest.raises(ConfigurationError, match=rf"{name} \(PORTICO_{name.upper()} in the environment\): "):
        load_settings()


def test_a_dictionary_is_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_SECRET_KEY", KEY)
    monkeypatch.setenv("PORTICO_CKAN_CONFIG", '{"ckan.site_id": "here"}')

    assert load_settings().ckan_config == {"ckan.site_id": "here"}


def test_a_database_url_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_SECRET_KEY", KEY)
    monkeypatch.setenv("PORTICO_DATABASE_URL", "mysql://portal:hunter2@somewhere/portal")

    with pytest.raises(ConfigurationError) as refusal:
        load_settings()

    assert "database_url (PORTICO_DATABASE_URL in the environment): cannot be used" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "portico.toml").write_text("mode = production\n")

    with pytest.raises(ConfigurationError, match=r"cannot read 'portico.toml'"):
        load_settings()


def test_a_configuration_file_that_is_asked_for_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_CONFIG", "elsewhere.toml")

    with pytest.raises(ConfigurationError, match=r"PORTICO_CONFIG names 'elsewhere.toml'"):
        load_settings()


def test_given_settings_read_neither_environment_nor_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "portico.toml").write_text('site_name = "Physics"\n')
    monkeypatch.setenv("PORTICO_PORT", "9002")

    settings = given_settings(secret_key=KEY)

    assert (settings.site_name, settings.port) == ("Portico", 8000)


def test_a_secret_does_not_show_in_the_representation() -> None:
    assert KEY not in repr(given_settings(secret_key=KEY, smtp_password=KEY))


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "::1", "port": 81}, "http://[::1]:81"),
        ({"base_url": "https://portal.example.org/"}, "https://portal.example.org"),
    ],
)
def test_the_public_url_is_the_configured_one_or_where_it_listens(given: dict[str, object], url: str) -> None:
    assert given_settings(secret_key=KEY, **given).public_url == url


@pytest.mark.parametrize("hours", [0, -1, 745, 1e300, float("inf"), float("nan")])
def test_a_session_lasts_for_a_month_at_most(hours: float) -> None:
    with pytest.raises(ConfigurationError, match="session_hours"):
        given_settings(secret_key=KEY, session_hours=hours)
