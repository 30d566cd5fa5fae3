"""What Flask-Praetorian leaves open: a test for each row of the audit, named by its number.

Rows 08, 09 and 31 to 38 are about mail, which is not here yet.
"""

import logging
from concurrent.futures import ThreadPoolExecutor

import flask_praetorian
import passlib.hash
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from flask_praetorian import PraetorianError
from sqlalchemy import select, text
from werkzeug.security import generate_password_hash

import auth.hashing
from api import create_app
from auth.guard import guard
from auth.hashing import Hasher
from auth.keys import KeyRing
from config import UnsafeSettings
from models import User, db
from tests.conftest import settings
from tests.endpoints.test_carriers import DUE, NEW_KEY, opened
from tests.endpoints.test_guard import another_app, assert_refused, claims_of, forged, header_of
from tests.factories import PASSWORD, bearer, make_user, person, sign_in
from web import access

WRONG = "not the password at all"
ODD_PASSWORDS = [None, 5, 1.5, True, [], {}, [PASSWORD], {"a": 1}, "", "x" * 4097, "\ud800", "a\0b", "x" * 60000]
BROKEN_BCRYPT = "$2b$12$tooShort"
UNUSABLE = ["", "!", "*", "!abc", "x", "$", BROKEN_BCRYPT, "$2b$99$" + "a" * 53, "$argon2id$broken",
            "$argon2id$v=19$m=8,t=1,p=1$YWJjZGVmZ2g$", "pbkdf2:sha256:x$y$z", "scrypt:1$a$b", "$pbkdf2-sha512$25000$x",
            "pbkdf2_sha256$x$y$z", "\u00e4"]  # fmt: skip


def login(client, username: object, password: object = PASSWORD, **body):
    return client.post("/api/login", json={"username": username, "password": password} | body)


def seen(answer) -> tuple:
    """All of an answer that a stranger can tell apart; only the name of the request is always another."""
    headers = {name: value for name, value in answer.headers if name != "X-Request-ID"}
    return answer.status_code, answer.data, headers


def protected(client, token: str) -> int:
    return client.get("/api/protected", headers=bearer(token)).status_code


def sql(app, statement: str, **values: object) -> None:
    with app.app_context():
        db.session.execute(text(statement), values)
        db.session.commit()


def stored_hash(app) -> str:
    with app.app_context():
        return db.session.scalars(select(User.password)).one()


class Counting(PasswordHasher):
    """Argon2 that counts how often it has been at work."""

    worked = 0

    def verify(self, *args: object) -> bool:
        try:
            fits = super().verify(*args)
        except VerifyMismatchError:
            self.worked += 1
            raise
        self.worked += 1
        return fits


@pytest.fixture
def argon2(monkeypatch, app):
    """The Argon2 of the guard; `worked` is how many passwords it has compared to the end."""
    counting = Counting(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(guard.hasher, "_argon2", counting)
    return counting


def test_p01_odd_passwords_answer_the_same_for_a_known_and_an_unknown_name(client, as_user):
    as_user("ada")
    for password in ODD_PASSWORDS:
        known, unknown = login(client, "ada", password), login(client, "nobody", password)

        assert seen(known) == seen(unknown), repr(password)[:40]
        assert known.status_code in (401, 422)


@pytest.mark.parametrize(
    "account",
    [{"stored": value} for value in UNUSABLE] + [{"is_active": False}, {}, None],
    ids=[value[:16] or "empty" for value in UNUSABLE] + ["disabled", "usual", "unknown"],
)
def test_p02_every_refusal_costs_one_comparison(client, app, argon2, account):
    if account is not None:
        with app.app_context():
            make_user("ada", **account)
        if "stored" in account:
            sql(app, "update users set password = :stored", stored=account["stored"])
    refused = login(client, "ada", WRONG)

    assert refused.status_code == 401
    assert argon2.worked == 1


def test_p02_a_disabled_account_costs_one_comparison_with_the_right_password_too(client, app, argon2):
    with app.app_context():
        make_user("ada", is_active=False)

    assert login(client, "ada").status_code == 401
    assert argon2.worked == 1


@pytest.mark.parametrize("stored", UNUSABLE, ids=[value[:16] or "empty" for value in UNUSABLE])
def test_p03_an_unusable_hash_answers_like_a_wrong_password(client, app, as_user, stored):
    as_user("bea")
    with app.app_context():
        make_user("ada")
    sql(app, "update users set password = :stored where username = 'ada'", stored=stored)
    wrong = seen(login(client, "bea", WRONG))

    for password in (PASSWORD, WRONG, stored, ""):
        assert seen(login(client, "ada", password)) == wrong


def test_p04_a_demoted_administrator_is_none_on_the_next_request(client, as_user):
    root, ada = as_user("root", "admin"), as_user("ada", "admin,user")
    path = f"/api/admin/users/{ada.id}/roles/admin"
    before = client.get("/api/admin/roles", headers=ada.headers).status_code
    client.delete(path, headers=root.headers)
    after = client.get("/api/admin/roles", headers=ada.headers)
    client.put(path, headers=root.headers)

    assert (before, after.status_code, after.json["required"]) == (200, 403, ["admin"])
    assert client.get("/api/admin/roles", headers=ada.headers).status_code == 200


def test_p05_a_disabled_and_a_deleted_account_pass_no_route(client, app, as_user):
    ada, bea = as_user("ada"), as_user("bea")
    sql(app, "update users set is_active = false where username = 'ada'")
    sql(app, "delete from login_sessions where user_id = :id", id=bea.id)
    sql(app, "delete from users where username = 'bea'")

    for someone in (ada, bea):
        assert_refused(client, someone.access_token)


def test_p06_the_token_of_a_deleted_account_never_opens_a_newer_one(client, as_user):
    ada = as_user("ada")
    client.delete("/api/me", json={"password": PASSWORD}, headers=ada.headers)
    bea = as_user("bea")

    assert bea.id != ada.id
    assert_refused(client, ada.access_token)
    assert_refused(client, forged(claims_of(ada.access_token) | {"id": bea.id}))


def test_p07_a_new_password_revokes_what_was_handed_out_before(client, as_user):
    as_user("ada")
    stolen, own = opened(client, "token"), opened(client, "token")
    body = {"current_password": PASSWORD, "new_password": "another lantern"}
    client.put("/api/me/password", json=body, headers=bearer(own.access_token))

    assert (stolen.uses(), stolen.refresh().status_code) == (401, 401)


@pytest.mark.parametrize("via", ["cookie", "token"])
def test_p10_an_access_token_does_not_refresh_where_another_carrier_was_chosen(client, as_user, clock, via):
    as_user("ada")
    tab = opened(client, via)
    clock.shift(DUE)

    for other in ("access", "cookie", "token"):
        assert tab.refresh(tab.access_token, via=other).status_code == 401


def test_p10_a_refresh_credential_is_no_access_token(client, as_user):
    as_user("ada")
    for via in ("cookie", "token"):
        assert protected(client, opened(client, via).credential) == 401


@pytest.mark.parametrize("via", ["access", "cookie", "token"])
def test_p11_a_credential_that_is_used_again_costs_the_session(client, as_user, clock, via):
    as_user("ada")
    first = opened(client, via)
    clock.shift(DUE)
    second = first.renewed()
    clock.shift(DUE)
    third = second.renewed()

    assert first.refresh().status_code == 401
    assert [tab.uses() for tab in (first, second, third)] == [401, 401, 401]
    assert [tab.refresh().status_code for tab in (second, third)] == [401, 401]


@pytest.mark.parametrize("via", ["cookie", "token"])
def test_p12_nobody_has_to_fail_before_a_refresh(client, as_user, via):
    as_user("ada")

    assert opened(client, via).renewed().uses() == 200


def test_p12_an_access_token_is_refreshed_ahead_of_its_end(client, as_user, clock):
    as_user("ada")
    tab = opened(client, "access")
    clock.shift(DUE)

    assert tab.uses() == 200
    assert tab.renewed().uses() == 200


def test_p13_an_expired_access_token_logs_out(client, as_user, clock):
    as_user("ada")
    tab = opened(client, "access")
    clock.shift(901)

    assert (tab.uses(), client.post("/api/logout", headers=bearer(tab.access_token)).status_code) == (401, 200)
    assert tab.refresh().status_code == 401


def test_p14_no_other_token_of_this_app_is_an_access_token(client, app, as_user):
    ada = as_user("ada")
    user = app.app_context(), guard.user_class
    for purpose in ({"purpose": "mfa_pending"}, {"is_reset_token": True}, {"is_registration_token": True}):
        with user[0], pytest.raises(TypeError):
            guard.encode_jwt_token(user[1].identify(ada.id), **purpose)
    for key in (app.config["SECRET_KEY"].encode(), guard.refresh_keys.newest.secret):
        assert_refused(client, forged(claims_of(ada.access_token), key=key))


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "jti", "rls", "id", "sid", "gen", "rf_exp"])
def test_p15_every_claim_must_be_there_and_be_ours(client, as_user, claim):
    claims = claims_of(as_user("ada").access_token)

    assert_refused(client, forged({name: value for name, value in claims.items() if name != claim}))
    if claim in ("iss", "aud"):
        assert_refused(client, forged(claims | {claim: "evil"}))


def test_p15_the_kind_of_the_token_must_be_ours(client, as_user):
    token = as_user("ada").access_token
    for kind in ("JWT", "rt+jwt", "AT+JWT", "anything"):
        assert_refused(client, forged(claims_of(token), header_of(token) | {"typ": kind}))


@pytest.mark.parametrize("claim", ["exp", "id", "rls", "iat", "rf_exp", "gen", "sid", "jti", "iss", "aud"])
def test_p16_a_claim_of_another_type_is_refused(client, as_user, claim):
    claims = claims_of(as_user("ada").access_token)
    text_or_number = str(claims[claim]) if type(claims[claim]) is int else 1

    for value in (None, [], [1], {"id": 1}, True, False, float("inf"), float("nan"), 1.0, text_or_number):
        assert_refused(client, forged(claims | {claim: value}))


def test_p16_an_id_beyond_every_column_is_refused(client, as_user):
    claims = claims_of(as_user("ada").access_token)
    for value in (2**31, 2**63, 2**70, -1, 0):
        assert protected(client, forged(claims | {"id": value})) == 401


def test_p17_the_second_of_the_end_is_too_late(client, as_user, clock):
    clock.move_to(int(claims_of(as_user("root").access_token)["iat"]))
    ada = as_user("ada")
    clock.shift(899)
    before = protected(client, ada.access_token)
    clock.shift(1)

    assert (before, protected(client, ada.access_token)) == (200, 401)


@pytest.mark.parametrize(("seconds", "status"), [(5, 200), (9, 200), (12, 401), (3600, 401)])
def test_p18_a_clock_that_is_ten_seconds_late_lets_a_fresh_token_in(client, as_user, clock, seconds, status):
    ada = as_user("ada")
    clock.shift(-seconds)

    assert protected(client, ada.access_token) == status


@pytest.mark.parametrize("key", ["", "a", "top secret", "x" * 31, "change-me-change-me-change-me-change-me", "a" * 64])
def test_p19_production_does_not_start_with_a_weak_key(key):
    with pytest.raises((UnsafeSettings, ValueError), match="SECRET_KEY"):
        create_app(settings(app_env="production", secret_key=key))


def test_p20_every_purpose_has_a_key_of_its_own(client, app, as_user):
    secret = app.config["SECRET_KEY"]
    keys = {KeyRing(purpose, secret).newest.secret for purpose in ("access", "refresh", "page", "device")}

    assert len(keys | {secret.encode()}) == 5
    assert_refused(client, forged(claims_of(as_user("ada").access_token), key=secret.encode()))


def test_p21_a_key_is_exchanged_without_signing_anybody_out(client, app, as_user, database_url):
    ada, former = as_user("ada"), app.config["SECRET_KEY"]
    with another_app(database_url, secret_key=NEW_KEY, secret_key_fallbacks=[former]) as renewed:
        newcomer = sign_in(renewed.test_client(), "ada")

        assert protected(renewed.test_client(), ada.access_token) == 200
        assert header_of(newcomer.access_token)["kid"] != header_of(ada.access_token)["kid"]
    assert_refused(client, newcomer.access_token)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "PS256", "HS384", "HS512"])
def test_p22_no_configuration_brings_another_algorithm_in(as_user, database_url, algorithm):
    ada = as_user("ada")
    config = {"JWT_ALGORITHM": algorithm, "JWT_ALLOWED_ALGORITHMS": [algorithm, "none"]}
    with another_app(database_url, config) as odd:
        token = sign_in(odd.test_client(), "ada").access_token

        assert header_of(token)["alg"] == "HS256"
        assert protected(odd.test_client(), token) == 200
        assert_refused(odd.test_client(), forged(claims_of(ada.access_token), header_of(token) | {"alg": algorithm}))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "HS512", ""])
def test_p23_what_was_not_vulnerable_stays_so(client, as_user, alg):
    token = as_user("ada").access_token
    head, payload, signature = token.split(".")
    unsigned = forged(claims_of(token), header_of(token) | {"alg": alg}, key=b"").rpartition(".")[0]

    for bad in (f"{unsigned}.", f"{unsigned}.{signature}", f"{head}.{payload}."):
        assert_refused(client, bad)
    for extra in ({"jwk": {"kty": "oct", "k": "AAAA"}}, {"jku": "https://evil.example"}, {"crit": ["exp"]}):
        assert_refused(client, forged(claims_of(token), header_of(token) | extra))


def test_p23_enormous_tokens_are_refused(client, as_user):
    token = as_user("ada").access_token
    for enormous in (token + "A" * 2**20, "A" * 2**20, forged({}, b"[" * 100_000), forged(b"[" * 100_000)):
        assert protected(client, enormous) == 401


def test_p24_a_token_has_one_spelling_and_a_session_is_ended_for_all_of_them(client, as_user):
    ada = as_user("ada")
    for other in (ada.access_token + "=", ada.access_token + "==", ada.access_token + "A"):
        assert_refused(client, other)
    reordered = forged(dict(sorted(claims_of(ada.access_token).items())))
    client.post("/api/logout", headers=ada.headers)

    assert protected(client, reordered) == 401


@pytest.mark.parametrize("header", ["Bearer{}", "Bearer {} x", "Bearer {0}, Bearer {0}", "Bearer {}=", "Bearer {}/x"])
def test_p25_the_header_is_read_to_its_end(client, as_user, header):
    token = as_user("ada").access_token

    assert client.get("/api/protected", headers={"Authorization": header.format(token)}).status_code == 401
    assert client.get("/api/protected", headers={"Authorization": f"bearer {token}"}).status_code == 200


def test_p25_the_first_of_two_headers_does_not_win(client, as_user):
    good, bad = ("Authorization", f"Bearer {as_user('ada').access_token}"), ("Authorization", "Bearer bad")
    for headers in ([good, bad], [bad, good], [good, good]):
        assert client.get("/api/protected", headers=headers).status_code == 401


def test_p26_no_cookie_speaks_for_a_protected_route(client, as_user):
    ada = as_user("ada")
    cookie = {"Cookie": f"access_token={ada.access_token}"}

    assert client.get("/api/protected", headers=cookie).status_code == 401
    assert client.put(
        "/api/me/password",
        json={"current_password": PASSWORD, "new_password": "another lantern"},
        headers=cookie | {"Origin": "https://evil.example"},
    ).status_code == 401  # fmt: skip
    assert login(client, "ada").status_code == 200


@pytest.mark.parametrize(
    "config",
    [
        {"JWT_PLACES": ["cookie"]},
        {"JWT_PLACES": ["nowhere"]},
        {"JWT_PLACES": []},
        {"JWT_HEADER_TYPE": "JWT (v1)"},
        {"PRAETORIAN_ROLES_DISABLED": True},
    ],
    ids=str,
)
def test_p27_no_configuration_of_praetorian_opens_or_shuts_the_door(as_user, database_url, config):
    token = as_user("ada").access_token
    with another_app(database_url, config) as odd:
        client = odd.test_client()

        assert protected(client, token) == 200
        assert client.get("/api/protected", headers={"Cookie": f"access_token={token}"}).status_code == 401
        assert client.get("/api/admin/roles", headers=bearer(token)).status_code in (403, 500)


@pytest.mark.parametrize(
    "name",
    ["readers,admin", "user, admin", " admin", "admin ", "Admin", "ADMIN", "admin\n", "ädmin", "a" * 65, "1", ""],
)
def test_p28_no_role_has_a_name_that_reads_like_others(client, app, as_user, name):
    root, ada = as_user("root", "admin"), as_user("ada")
    path = f"/api/admin/users/{ada.id}/roles/"
    refused = client.put(path + name.replace("\n", "%0A").replace(" ", "%20"), headers=root.headers)

    assert refused.status_code == 404
    assert client.get("/api/admin/roles", headers=ada.headers).status_code == 403
    with pytest.raises(ValueError):
        User().rolenames = [name]


def test_p28_a_bad_name_in_the_database_is_no_role(client, app, as_user):
    ada = as_user("ada")
    for roles in (
        "readers;admin",
        "ADMIN",
        "admin\n",
        "\tadmin",
        "admin user",
        "ädmin",
        "administrator",
        ",,",
        "[admin]",
    ):
        sql(app, "update users set roles = :roles", roles=roles)

        assert client.get("/api/admin/roles", headers=ada.headers).status_code == 403, roles


@pytest.mark.parametrize("mark", [access.roles_required, access.roles_accepted])
@pytest.mark.parametrize(
    "names", [(), ("",), (["admin"],), (None,), ("admin", ""), ("Admin",), ("a,b",), (1,)], ids=str
)
def test_p29_a_route_that_names_its_roles_badly_is_refused_at_import(mark, names):
    with pytest.raises(ValueError):
        mark(*names)


def test_p30_the_caller_stays_known_behind_nested_decorators(client, app, as_user, database_url):
    as_user("ada", "editor")
    with another_app(database_url) as adopted:
        names = []
        nested = flask_praetorian.auth_required(flask_praetorian.roles_required("editor")(lambda: "in"))
        adopted.get("/nested")(nested)
        adopted.after_request(lambda answer: names.append(access.me().username) or answer)
        ada = bearer(sign_in(client, "ada").access_token)
        answer = adopted.test_client().get("/nested", headers=ada)

        assert (answer.status_code, answer.text, names) == (200, "in", ["ada"])


def test_p39_passwords_are_hashed_as_owasp_asks():
    parameters = extract_parameters(Hasher().hash(PASSWORD))

    assert parameters.type.name == "ID"
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19456, 2, 1)


def test_p40_a_bcrypt_hash_signs_in_whatever_passlib_makes_of_bcrypt(client, app):
    hashes = [auth.hashing.bcrypt.hashpw(PASSWORD.encode(), auth.hashing.bcrypt.gensalt(4)).decode()]
    for number, stored in enumerate(hashes + [hashes[0].replace("$2b$", "$2y$"), hashes[0].replace("$2b$", "$2a$")]):
        with app.app_context():
            make_user(f"ada{number}", stored=stored)

        assert login(client, f"ada{number}", WRONG).status_code == 401
        assert login(client, f"ada{number}").status_code == 200


@pytest.mark.parametrize("scheme", ["pbkdf2_sha512", "bcrypt", "argon2"])
def test_p41_no_configured_scheme_weakens_a_new_hash(app, database_url, scheme):
    config = {"PRAETORIAN_HASH_SCHEME": scheme, "PRAETORIAN_HASH_ALLOWED_SCHEMES": [scheme]}
    with another_app(database_url, config) as odd:
        body = {"username": "ada", "password": PASSWORD}

        assert odd.test_client().post("/api/registration", json=body).status_code == 201
    assert stored_hash(app).startswith("$argon2id$")


IMPORTED = {
    "passlib pbkdf2-sha512": passlib.hash.pbkdf2_sha512.using(rounds=10).hash(PASSWORD),
    "passlib pbkdf2-sha256": passlib.hash.pbkdf2_sha256.using(rounds=10).hash(PASSWORD),
    "django": passlib.hash.django_pbkdf2_sha256.using(rounds=10).hash(PASSWORD),
    "werkzeug pbkdf2": generate_password_hash(PASSWORD, "pbkdf2:sha256:10"),
    "werkzeug scrypt": generate_password_hash(PASSWORD, "scrypt:1024:8:1"),
    "bcrypt": auth.hashing.bcrypt.hashpw(PASSWORD.encode(), auth.hashing.bcrypt.gensalt(4)).decode(),
}


@pytest.mark.parametrize("kind", IMPORTED)
def test_p42_an_imported_hash_signs_in_and_becomes_argon2id(client, app, kind):
    with app.app_context():
        make_user("ada", stored=IMPORTED[kind])
    refused = login(client, "ada", WRONG).status_code
    unchanged = stored_hash(app) == IMPORTED[kind]
    answers = [login(client, "ada").status_code for _ in range(2)]

    assert (refused, unchanged, answers) == (401, True, [200, 200])
    assert stored_hash(app).startswith("$argon2id$")


def test_p43_our_own_hashes_do_not_go_through_passlib(client, app, monkeypatch):
    monkeypatch.setattr(auth.hashing, "_imported", None)
    monkeypatch.setattr(guard, "pwd_ctx", None)
    body = {"username": "ada", "password": PASSWORD}

    assert client.post("/api/registration", json=body).status_code == 201
    assert (login(client, "ada").status_code, login(client, "ada", WRONG).status_code) == (200, 401)


def test_p44_a_password_is_neither_cut_nor_trimmed(client):
    password = "é" + "x" * 100
    client.post("/api/registration", json={"username": "ada", "password": password})
    for other in (
        password[:72],
        password[:-1],
        password + " ",
        " " + password,
        password.upper(),
        password + "\0",
        "e" + password[1:],
    ):
        assert login(client, "ada", other).status_code == 401

    assert login(client, "ada", password).status_code == 200
    assert login(client, "ada", "e\u0301" + "x" * 100).status_code == 200


@pytest.mark.parametrize("password", ["", "short", "a\0b c d e f g", "half a \ud800 pair", "x" * 1025])
def test_p44_a_password_that_cannot_be_kept_is_refused_before_it_is_hashed(client, password):
    refused = client.post("/api/registration", json={"username": "ada", "password": password})

    assert (refused.status_code, list(refused.json["fields"])) == (422, ["password"])


def test_p45_only_text_names_someone(client, as_user):
    as_user("admin", "admin")
    for name in (0, 0.0, False, True, None, 1, 2**70, [], ["admin"], {}, {"admin": 1}):
        known, unknown = login(client, name), login(client, name, WRONG)

        assert (known.status_code, known.data) == (422, unknown.data), name
    for name in ("ádmin", "admin ", "admin\0", "\ud800", "admin%", "admin' or '1'='1"):
        assert login(client, name).status_code == 401, name


@pytest.mark.parametrize(
    "odd", ["1abc", "1 ", " 1", "true", "[1]", "1.0", "-1", "0", "99999999999999999999", "ä", "%00"]
)
def test_p46_only_a_number_identifies_someone(client, as_user, odd):
    root = as_user("root", "admin")

    assert client.get(f"/api/admin/users/{odd}", headers=root.headers).status_code == 404


def test_p47_errors_say_nothing_of_the_inside(client, as_user, clock):
    ada = as_user("ada")
    answers = [
        client.get("/api/protected"),
        client.get("/api/protected", headers=bearer("bad")),
        client.get("/api/protected", headers=bearer(forged(claims_of(ada.access_token), key=b"x"))),
        client.get("/api/admin/roles", headers=ada.headers),
        client.post("/api/refresh", json={"token": ada.access_token}),
        login(client, "ada", WRONG),
    ]
    clock.shift(900)
    answers.append(client.get("/api/protected", headers=ada.headers))

    assert [answer.status_code for answer in answers] == [401, 401, 401, 403, 425, 401, 401]
    for answer in answers:
        assert set(answer.json) <= {"status_code", "error", "message", "required"}
        assert answer.headers["Cache-Control"] == "no-store"
        assert ("WWW-Authenticate" in answer.headers) == (answer.status_code == 401)
        assert not any(word in answer.text for word in ("Error", "jwt", "JWT", "decode", "ignature", "Praetorian"))


def test_p48_a_fault_of_the_configuration_is_not_the_callers(as_user, database_url, caplog):
    ada = as_user("ada")
    with another_app(database_url) as adopted:

        @adopted.get("/wrong")
        def wrong():
            raise PraetorianError("Your app must have a mail extension")

        answer = adopted.test_client().get("/wrong", headers=ada.headers)

    assert (answer.status_code, answer.json["error"]) == (500, "server_error")
    assert "mail extension" not in answer.text


def test_p49_a_second_registration_is_told_so(client):
    body = {"username": "ada", "password": PASSWORD, "email": "ada@example.com"}
    answers = [
        client.post("/api/registration", json=body | changes)
        for changes in ({}, {}, {"username": "ADA", "email": "b@example.com"}, {"username": "bea"})
    ]

    assert [answer.status_code for answer in answers] == [201, 409, 409, 409]
    assert answers[2].json["error"] == "username_taken"
    assert answers[3].json["error"] == "email_taken"


def test_p49_sixteen_threads_use_the_guard_at_once(app):
    with app.app_context():
        for number in range(16):
            make_user(f"user{number}")

    def all_of_it(number: int) -> tuple[int, int]:
        client = app.test_client(use_cookies=False)
        answer = login(client, f"user{number}")
        return answer.status_code, protected(client, person(answer).access_token)

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(all_of_it, range(16))) == [(200, 200)] * 16


def test_p50_no_log_holds_what_a_token_says_however_much_is_logged(app, as_user, database_url, caplog):
    as_user("ada")
    caplog.set_level(logging.DEBUG)
    with another_app(database_url) as talkative:
        logging.getLogger(talkative.name).debug("one line, so that it is known that lines arrive")
        tab = opened(talkative.test_client(use_cookies=False), "token")
        tab.uses()
        newest = tab.renewed()
        newest.refresh(tab.credential + "A")
        login(tab.client, "ada", WRONG)

    assert "lines arrive" in caplog.text
    secrets = (tab.access_token, tab.credential, newest.access_token, newest.credential, PASSWORD, WRONG)
    for secret in (*secrets, stored_hash(app), claims_of(tab.access_token)["jti"]):
        assert secret not in caplog.text


def test_p50_a_hook_cannot_change_a_token(as_user, database_url):
    as_user("ada")
    with another_app(database_url) as hooked:
        guard.encode_jwt_token_hook = guard.refresh_jwt_token_hook = lambda **claims: claims.update(rls="admin")
        token = sign_in(hooked.test_client(), "ada").access_token

    assert claims_of(token)["rls"] == "user"
