"""Settings: what production refuses to start with, and how the rest is read."""

import stat

import pytest

from config import Settings, UnsafeSettings

GOOD_KEY = "kV9-3xQz_Lm2Rt7Wb4Yc8Nf1Hs6Jd0PgUaEo5iXe"
PRODUCTION = {"app_env": "production", "secret_key": GOOD_KEY, "database_url": "postgresql://db.example/lictor"}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    """Nothing but what a test says."""
    for name in [*Settings.model_fields, "dyno"]:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


def load(**given):
    return Settings.load(**PRODUCTION | given)


def told(**given):
    with pytest.raises(UnsafeSettings) as refusal:
        load(**given)
    return str(refusal.value)


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "x7#kQ2vLp9$Rt5Wz8Yb3Nc6Hd1Jf4Gs",
        "top secret",
        "top-secret-top-secret-top-secret-1",
        "super-secret-key-for-my-application-2024",
        "change-me-change-me-change-me-change-me",
        "ChangeThisToSomethingLongAndRandom42",
        "your-secret-key-here-your-secret-key",
        "0123456789012345678901234567890123456789",
        "password-password-password-password-1",
        "an-example-key-that-is-in-every-tutorial",
        "a" * 64,
        "abcabcabcabcabcabcabcabcabcabcabcabc",
    ],
)
@pytest.mark.parametrize("name", ["secret_key", "secret_key_fallbacks"])
def test_production_refuses_an_unsafe_key(name, key):
    message = told(**{name: key})

    assert name.upper() in message and "secrets.token_urlsafe" in message
    assert len(message.splitlines()) == 1
    assert len(key) < 2 or key not in message


def test_production_refuses_to_go_without_a_key():
    assert "SECRET_KEY is missing" in told(secret_key="")


def test_production_takes_a_good_key():
    assert load(secret_key_fallbacks=GOOD_KEY[::-1]).secret_key_fallbacks == [GOOD_KEY[::-1]]


def test_the_key_that_the_refusal_tells_how_to_make_is_taken():
    import secrets

    assert load(secret_key=secrets.token_urlsafe(48))


@pytest.mark.parametrize("origins", ["*", "https://app.example.com,*"])
def test_production_refuses_every_origin(origins):
    message = told(cors_origins=origins)

    assert message.startswith("lictor: CORS_ORIGINS") and "https://app.example.com" in message
    assert len(message.splitlines()) == 1


def test_production_lets_no_foreign_origin_in_by_default():
    assert load().cors_origins == []
    assert Settings.load().cors_origins == ["http://localhost:3000", "http://localhost:5173"]


def test_heroku_refuses_sqlite(monkeypatch):
    monkeypatch.setenv("DYNO", "web.1")
    message = told(database_url="sqlite:///lictor.db")

    assert "DATABASE_URL" in message and "heroku addons:create" in message and len(message.splitlines()) == 1


def test_elsewhere_production_may_have_sqlite():
    assert load(database_url="sqlite:///lictor.db").database_url == "sqlite:///lictor.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("app_env", "staging-3f9c"),
        ("database_url", "oracle://scott:tiger-3f9c@db.example/orcl"),
        ("database_url", "no-url-3f9c"),
        ("cors_origins", "https://app.example.com/3f9c"),
        ("cors_origins", "https://*.3f9c.example"),
        ("cors_origins", "app.3f9c.example"),
        ("cors_origins", "null-3f9c"),
        ("public_url", "auth.3f9c.example"),
        ("public_url", "ftp://auth.3f9c.example"),
        ("breached_passwords_url", "http://range.3f9c.example"),
        ("breached_passwords_url", "range.3f9c.example"),
        ("access_token_seconds", "900-3f9c"),
        ("session_days", "0.3f9c"),
        ("registration", "maybe-3f9c"),
        ("trusted_proxies", "all-3f9c"),
        ("log_level", "LOUD-3f9c"),
        ("port", "http-3f9c"),
        ("web_concurrency", "many-3f9c"),
    ],
)
def test_a_refusal_names_the_variable_in_one_line_and_never_its_value(name, value):
    message = told(**{name: value})

    assert message.startswith("lictor: ") and name.upper() in message
    assert "3f9c" not in message and len(message.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_token_seconds", 29),
        ("access_token_seconds", 3601),
        ("session_days", 0),
        ("session_days", 366),
        ("password_min_length", 7),
        ("password_min_length", 65),
        ("trusted_proxies", -1),
        ("port", 0),
        ("port", 65536),
        ("web_concurrency", 0),
    ],
)
def test_a_number_out_of_range_is_refused(name, value):
    assert name.upper() in told(**{name: value})


def test_each_wrong_setting_has_its_own_line():
    message = told(port=0, log_level="LOUD")

    assert [line.split(": ")[1] for line in message.splitlines()] == ["LOG_LEVEL", "PORT"]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db.example:5432/lictor", "postgresql+psycopg2://u:p@db.example:5432/lictor"),
        ("postgresql://db.example/lictor?sslmode=require", "postgresql+psycopg2://db.example/lictor?sslmode=require"),
        ("postgresql+psycopg2://db.example/lictor", "postgresql+psycopg2://db.example/lictor"),
        ("mysql://db.example/lictor", "mysql+pymysql://db.example/lictor"),
        ("mariadb://db.example/lictor", "mysql+pymysql://db.example/lictor"),
        ("mysql+pymysql://db.example/lictor", "mysql+pymysql://db.example/lictor"),
        ("sqlite:///lictor.db", "sqlite:///lictor.db"),
        ("sqlite:////var/lib/lictor.db", "sqlite:////var/lib/lictor.db"),
    ],
)
def test_a_database_is_reached_by_the_driver_that_is_installed(given, used):
    assert load(database_url=given).database_url == used


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url):
    assert "DATABASE_URL" in told(database_url=url)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://app.example.com", ["https://app.example.com"]),
        ("https://a.example, https://b.example:8443 ,", ["https://a.example", "https://b.example:8443"]),
        ("HTTPS://App.Example.Com", ["https://app.example.com"]),
        ("http://localhost:3000", ["http://localhost:3000"]),
    ],
)
def test_origins_are_exact_and_separated_by_commas(given, read):
    assert load(cors_origins=given).cors_origins == read


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?x",
        "https://user@app.example.com",
        "https://app.example.com:port",
        "//app.example.com",
        "app.example.com",
        "null",
        "https://",
        "file://",
    ],
)
def test_what_no_browser_sends_as_an_origin_is_refused(origin):
    assert "CORS_ORIGINS" in told(cors_origins=origin)


def test_settings_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("PORT", "8080")
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example,https://b.example")
    monkeypatch.setenv("REGISTRATION", "")
    read = Settings.load()

    assert (read.port, read.cors_origins, read.registration) == (
        8080,
        ["https://a.example", "https://b.example"],
        "open",
    )


def test_the_name_of_a_file_beside_it_is_not_a_setting(monkeypatch):
    monkeypatch.setenv("LICTOR_NO_SUCH_SETTING", "x")

    assert Settings.load()


def test_development_makes_a_key_once_and_keeps_it_for_its_owner(tmp_path):
    folder = tmp_path / "instance"
    first, second = (Settings.load().flask_config(str(folder))["SECRET_KEY"] for _ in range(2))

    assert first == second and len(first) >= 32
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600


def test_a_given_key_is_not_kept_in_a_file(tmp_path):
    assert load().flask_config(str(tmp_path))["SECRET_KEY"] == GOOD_KEY
    assert not list(tmp_path.iterdir())


# Mail

MAIL = {
    "mail_server": "smtp.example.com",
    "mail_default_sender": "Example <no-reply@example.com>",
    "confirmation_uri": "https://app.example.com/finalize",
    "reset_uri": "https://app.example.com/reset",
}


def used(tmp_path, **given):
    return Settings.load(**given).flask_config(str(tmp_path))


@pytest.mark.parametrize(
    ("given", "backend", "confirms"),
    [
        ({}, "console", False),
        ({"mail_server": "smtp.example.com"}, "smtp", True),
        ({"mail_backend": "file"}, "file", True),
        ({"mail_backend": "console"}, "console", True),
        ({"email_confirmation": "on"}, "console", True),
        ({"mail_server": "smtp.example.com", "email_confirmation": "off"}, "smtp", False),
        (PRODUCTION, "", False),
        (PRODUCTION | MAIL, "smtp", True),
        (PRODUCTION | MAIL | {"mail_server": "", "mail_backend": "file"}, "file", True),
    ],
)
def test_addresses_are_confirmed_where_mail_was_set_up(tmp_path, given, backend, confirms):
    config = used(tmp_path, **given)

    assert (config["MAIL_BACKEND"], config["EMAIL_CONFIRMATION"]) == (backend, confirms)


@pytest.mark.parametrize(
    ("given", "told_of"),
    [
        ({"mail_backend": "smtp"}, "MAIL_SERVER"),
        ({"mail_backend": "console"}, "MAIL_BACKEND"),
        ({"email_confirmation": "on"}, "MAIL_SERVER"),
        (MAIL | {"mail_default_sender": ""}, "MAIL_DEFAULT_SENDER"),
        (MAIL | {"confirmation_uri": ""}, "PUBLIC_URL"),
        (MAIL | {"reset_uri": ""}, "PUBLIC_URL"),
    ],
)
def test_production_refuses_mail_that_could_not_leave(given, told_of):
    message = told(**given)

    assert message.startswith(f"lictor: {told_of} is ") and len(message.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confirmation_uri", "/finalize-3f9c"),
        ("reset_uri", "javascript:alert('3f9c')"),
        ("reset_uri", "https://app.example.com/3f9c 3f9c"),
        ("reset_uri", "https://app.example.com/3f9c\r\nBcc: a"),
        ("mail_backend", "pigeon-3f9c"),
        ("mail_port", "smtp-3f9c"),
        ("mail_use_tls", "perhaps-3f9c"),
        ("email_confirmation", "perhaps-3f9c"),
        ("mail_default_sender", "3f9c"),
        ("mail_default_sender", "a@3f9c@c.example"),
        ("mail_default_sender", "a,3f9c@c.example"),
        ("mail_default_sender", "a..3f9c@c.example"),
        ("mail_default_sender", "Name <.3f9c@c.example>"),
        ("mail_default_sender", "a@b.example\r\nBcc: 3f9c@evil.example"),
        ("mail_default_sender", "a@b.example, 3f9c@c.example"),
    ],
)
def test_a_setting_of_mail_that_will_not_do_is_named(name, value):
    message = told(**{name: value})

    assert message.startswith("lictor: ") and name.upper() in message
    assert "3f9c" not in message and len(message.splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "is_secured"),
    [
        ({"mail_server": "smtp.example.com"}, True),
        ({"mail_server": "127.0.0.1"}, False),
        ({"mail_server": "localhost", "mail_use_tls": "True"}, True),
        ({"mail_server": "smtp.example.com", "mail_use_tls": "false"}, False),
        ({"mail_server": "smtp.example.com", "mail_use_tls": "1"}, True),
    ],
)
def test_a_connection_is_secured_unless_it_stays_on_this_machine(tmp_path, given, is_secured):
    assert used(tmp_path, **given)["MAIL_USE_TLS"] is is_secured


def test_links_lead_to_the_pages_of_this_server_unless_others_are_named(tmp_path):
    given = MAIL | {"confirmation_uri": "", "public_url": "https://auth.example.com/"}
    config = used(tmp_path, **given)

    assert config["CONFIRMATION_URI"] == "https://auth.example.com/confirm"
    assert config["RESET_URI"] == MAIL["reset_uri"]


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("https://auth.example.com:443/", "https://auth.example.com"),
        ("HTTP://Auth.example.com:80/lictor/", "http://auth.example.com/lictor"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_the_public_address_is_known_as_browsers_spell_it(tmp_path, given, known):
    assert used(tmp_path, public_url=given)["PUBLIC_URL"] == known
