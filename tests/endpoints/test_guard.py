"""The guard's side of the door: which tokens open it, and what the stock decorators see behind it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager

import flask_praetorian
import jwt
import pytest
from apiflask import APIFlask
from flask import jsonify
from flask_praetorian.exceptions import PraetorianError
from sqlalchemy import text

from api import create_app
from auth.guard import guard, identity
from models import db
from tests.conftest import CHEAP_HASHING, settings
from tests.factories import bearer, make_role, make_user, sign_in


@contextmanager
def another_app(database_url: str, config: dict | None = None, **given: object) -> Iterator[APIFlask]:
    """A second app on the same database; the guard, of which there is one, is as it was afterwards."""
    kept = dict(vars(guard))
    made = create_app(
        settings(database_url=database_url, **given), TESTING=True, HASH_PARAMETERS=CHEAP_HASHING, **(config or {})
    )
    try:
        yield made
    finally:
        with made.app_context():
            db.engine.dispose()
        vars(guard).clear()
        vars(guard).update(kept)


def spelt(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def header_of(token: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "==="))


def claims_of(token: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==="))


def forged(claims: dict | bytes, header: dict | bytes | None = None, key: bytes | None = None, digest="sha256") -> str:
    """A token of our form, with any claims, header or key in the place of the right one."""
    key = guard.access_key.secret if key is None else key
    header = {"alg": "HS256", "kid": guard.access_key.id, "typ": "at+jwt"} if header is None else header
    parts = [
        spelt(part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode())
        for part in (header, claims)
    ]
    signed = ".".join(parts)
    return f"{signed}.{spelt(hmac.new(key, signed.encode(), digest).digest())}"


def assert_refused(client, token: str) -> None:
    """A token is good neither for access nor for a refresh, and the answer is the one for every bad token."""
    access = client.get("/api/protected", headers=bearer(token))
    refresh = client.post("/api/refresh", json={"token": token})
    for answer in (access, refresh):
        assert answer.status_code == 401, answer.json
        assert answer.json["error"] == "invalid_token"
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def each(table):
    return pytest.mark.parametrize("case", table.values(), ids=table.keys())


@pytest.fixture
def ada(as_user):
    return as_user("ada")


def test_a_token_signed_by_hand_as_the_guard_signs_it_is_good(client, ada):
    token = forged(claims_of(ada.access_token))

    assert token.split(".")[0] == ada.access_token.split(".")[0]
    assert client.get("/api/protected", headers=bearer(token)).status_code == 200


def test_a_token_tells_who_and_which_session_and_no_more(ada):
    claims = claims_of(ada.access_token)

    assert set(claims) == {"iss", "aud", "sid", "gen", "jti", "iat", "exp", "rf_exp", "id", "rls"}
    assert header_of(ada.access_token) == {"alg": "HS256", "kid": guard.access_key.id, "typ": "at+jwt"}
    assert (claims["id"], claims["rls"], claims["gen"]) == (ada.id, "user", 0)


def test_a_token_can_be_read_by_a_browser_without_base64url(client, app):
    with app.app_context():
        make_user("o.o-o_o", roles="user,a_b-c")
    payload = sign_in(client, "o.o-o_o").access_token.split(".")[1]

    assert not set("?>~") & set(base64.urlsafe_b64decode(payload + "===").decode())
    assert not set("-_") & set(payload)


# Claims


def without(name):
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def replaced(**others):
    return lambda claims: claims | others


#: The values of the wrong type that JSON knows, for a claim that is a number and for one that is text.
NO_NUMBER = {"text": "1", "null": None, "list": [1], "object": {"id": 1}, "true": True, "false": False, "float": 1.0}
NO_TEXT = {"number": 1, "null": None, "list": ["user"], "object": {}, "true": True}
NUMBERS = ("iat", "exp", "rf_exp", "id", "gen")
TEXTS = ("iss", "aud", "sid", "jti", "rls")
CLAIMS = {f"{name} missing": without(name) for name in (*NUMBERS, *TEXTS)} | {
    "exp infinite": replaced(exp=float("inf")),
    "exp not a number": replaced(exp=float("nan")),
    "exp a large float": replaced(exp=1e300),
    "iat infinite": replaced(iat=float("-inf")),
    "iat in a day": lambda claims: claims | {"iat": claims["iat"] + 86400},
    "iat enormous": replaced(iat=10**400),
    "nbf in a day": lambda claims: claims | {"nbf": claims["iat"] + 86400},
    "nbf text": replaced(nbf="soon"),
    "sid unknown": replaced(sid="0" * 32),
    "sid short": lambda claims: claims | {"sid": claims["sid"][:-1]},
    "sid in capitals": replaced(sid="ABCDEF" * 5 + "AB"),
    "sid with a line break": lambda claims: claims | {"sid": claims["sid"] + "\n"},
    "sid with a NUL": lambda claims: claims | {"sid": claims["sid"][:-1] + "\0"},
    "sid half a surrogate": lambda claims: claims | {"sid": "\ud800" * 32},
    "sid a condition": replaced(sid="' or 1=1 --"),
    "iss evil": replaced(iss="evil"),
    "iss in capitals": replaced(iss="LICTOR"),
    "aud evil": replaced(aud="evil"),
    "aud a list with ours": replaced(aud=["lictor"]),
    "sub a number": replaced(sub=1),
}


@each(CLAIMS)
def test_a_token_of_our_key_with_a_wrong_claim_is_refused(client, ada, case):
    assert_refused(client, forged(case(claims_of(ada.access_token))))


@pytest.mark.parametrize("name", [*NUMBERS, *TEXTS])
def test_a_token_of_our_key_with_a_claim_of_another_type_is_refused(client, ada, name):
    for value in (NO_NUMBER if name in NUMBERS else NO_TEXT).values():
        assert_refused(client, forged(claims_of(ada.access_token) | {name: value}))


MISFITS = {
    "another id": lambda claims: claims | {"id": claims["id"] + 1},
    "id zero": replaced(id=0),
    "id below zero": lambda claims: claims | {"id": -claims["id"]},
    "id enormous": replaced(id=2**70),
    "id beyond all numbers": replaced(id=10**400),
    "gen too high": replaced(gen=1),
    "gen enormous": replaced(gen=2**70),
}


@each(MISFITS)
def test_a_token_that_does_not_fit_its_session_opens_no_route(client, ada, case):
    refused = client.get("/api/protected", headers=bearer(forged(case(claims_of(ada.access_token)))))

    assert (refused.status_code, refused.json["error"]) == (401, "invalid_token")


PAYLOADS = {
    "a list": b"[]",
    "text": b'"claims"',
    "a number": b"1",
    "null": b"null",
    "nothing": b"",
    "not JSON": b"{",
    "not UTF-8": b'{"id": "\xff"}',
    "an empty object": b"{}",
    "deep": b'{"a":' + b"[" * 2500 + b"]" * 2500 + b"}",
    "a number of 5000 digits": b'{"exp":' + b"9" * 5000 + b"}",
    "NUL": b"\0" * 40,
}


@each(PAYLOADS)
def test_a_token_of_our_key_whose_payload_is_no_set_of_claims_is_refused(client, case):
    assert_refused(client, forged(case))


# Algorithm, kind and key


HEADERS = {
    **{f"alg {alg}": {"alg": alg} for alg in ("none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256")},
    "alg missing": {"alg": ...},
    "alg null": {"alg": None},
    "alg list": {"alg": ["HS256"]},
    "alg in small letters": {"alg": "hs256"},
    **{f"typ {typ}": {"typ": typ} for typ in ("JWT", "at+JWT", "application/at+jwt", "rt+jwt", "", None, 1)},
    "typ missing": {"typ": ...},
    **{f"kid {name}": {"kid": kid} for name, kid in {"null": None, "list": [], "path": "../../dev/null"}.items()},
    "kid a condition": {"kid": "' or 1=1 --"},
    "kid missing": {"kid": ...},
    "jwk": {"jwk": {"kty": "oct", "k": spelt(b"evil")}},
    "jku": {"jku": "https://evil.example/keys"},
    "x5u": {"x5u": "https://evil.example/keys"},
    "crit": {"crit": ["exp"]},
    "b64": {"b64": False, "crit": ["b64"]},
    "zip": {"zip": "DEF"},
    "cty": {"cty": "JWT"},
}


@each(HEADERS)
def test_a_token_of_our_key_with_another_header_is_refused(client, ada, case):
    right = header_of(ada.access_token)
    header = {name: value for name, value in (right | case).items() if value is not ...}

    assert_refused(client, forged(claims_of(ada.access_token), header))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("tail", ["", "AAAA"])
def test_a_token_without_a_signature_is_refused(client, ada, alg, tail):
    header = spelt(json.dumps(header_of(ada.access_token) | {"alg": alg}).encode())
    right, payload, _ = ada.access_token.split(".")

    assert_refused(client, f"{header}.{payload}.{tail}")
    assert_refused(client, f"{right}.{payload}.{tail}")


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_a_token_of_our_key_and_another_algorithm_is_refused(client, ada, alg):
    header = header_of(ada.access_token) | {"alg": alg}

    assert_refused(client, forged(claims_of(ada.access_token), header, digest=f"sha{alg[2:]}"))
    assert_refused(client, forged(claims_of(ada.access_token), digest=f"sha{alg[2:]}"))


def test_a_public_key_is_not_taken_for_a_secret(client, ada):
    public = b"-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL\n-----END PUBLIC KEY-----\n"

    for alg in ("HS256", "RS256"):
        assert_refused(client, forged(claims_of(ada.access_token), header_of(ada.access_token) | {"alg": alg}, public))


KEYS = {
    "SECRET_KEY": lambda app: app.config["SECRET_KEY"].encode(),
    "refresh key": lambda app: guard.refresh_keys.newest.secret,
    "empty": lambda app: b"",
    "kid": lambda app: guard.access_key.id.encode(),
    "hash of SECRET_KEY": lambda app: hashlib.sha256(app.config["SECRET_KEY"].encode()).digest(),
    "key in hexadecimal": lambda app: guard.access_key.secret.hex().encode(),
}


@each(KEYS)
def test_a_token_of_another_key_is_refused(client, app, ada, case):
    assert_refused(client, forged(claims_of(ada.access_token), key=case(app)))


def test_a_token_as_praetorian_itself_makes_it_is_refused(client, app, ada):
    claims = {name: claims_of(ada.access_token)[name] for name in ("iat", "exp", "jti", "id", "rls", "rf_exp")}

    for key in (app.config["SECRET_KEY"], guard.access_key.secret):
        assert_refused(client, jwt.encode(claims, key, "HS256"))


@pytest.mark.parametrize("claim", ["is_registration_token", "is_reset_token", "purpose"])
def test_no_token_is_made_for_another_purpose(app, ada, claim):
    with app.app_context(), pytest.raises(TypeError):
        guard.encode_jwt_token(guard.user_class.identify(ada.id), **{claim: True})


@pytest.mark.parametrize(
    "make",
    [guard.encode_eternal_jwt_token, guard.pack_header_for_user, guard.refresh_jwt_token],
    ids=["eternal", "packed", "refreshed"],
)
def test_no_token_is_made_without_a_session(app, ada, make):
    with app.app_context(), pytest.raises(TypeError):
        make(guard.user_class.identify(ada.id))


def test_a_token_carries_no_custom_claim_in_the_place_of_its_own(app, ada):
    with app.app_context(), pytest.raises(flask_praetorian.exceptions.ClaimCollisionError):
        guard.encode_jwt_token(guard.user_class.identify(ada.id), session=object(), id=1)


def test_a_refresh_credential_opens_no_route(client, as_user):
    as_user()
    credential = sign_in(client, refresh="token").refresh_token

    refused = client.get("/api/protected", headers=bearer(credential))

    assert (refused.status_code, refused.json["error"]) == (401, "invalid_token")


# Shape


SHAPES = {
    "padded": lambda token: token + "=",
    "padded twice": lambda token: token + "==",
    "payload padded": lambda token: token.replace(".", "=.", 2).replace("=.", ".", 1),
    "header padded": lambda token: token.replace(".", "=.", 1),
    "signature missing": lambda token: token.rpartition(".")[0],
    "signature empty": lambda token: token.rpartition(".")[0] + ".",
    "header alone": lambda token: token.split(".")[0],
    "four parts": lambda token: token + ".AAAA",
    "five parts": lambda token: token + ".AAAA.AAAA",
    "a dot before": lambda token: "." + token,
    "a dot behind": lambda token: token + ".",
    "dots": lambda token: "..",
    "twice": lambda token: token + token,
    "upside down": lambda token: token[::-1],
    "in small letters": str.lower,
    "one letter": lambda token: "a",
    "without the last letter": lambda token: token[:-1],
    "with a letter more": lambda token: token + "A",
    "1 MiB behind": lambda token: token + "A" * 2**20,
    "60 KiB of payload": lambda token: forged({"a": "b" * 60000}),
    "100,000 levels of header": lambda token: forged({}, b"[" * 30000),
    "an encrypted one": lambda token: "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA",
}


@each(SHAPES)
def test_a_token_of_another_shape_opens_no_route(client, ada, case):
    refused = client.get("/api/protected", headers=bearer(case(ada.access_token)))

    assert (refused.status_code, refused.json["error"]) == (401, "invalid_token")
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@each({name: shape for name, shape in SHAPES.items() if "MiB" not in name and "KiB" not in name and "," not in name})
def test_a_token_of_another_shape_refreshes_nothing(client, ada, case):
    assert client.post("/api/refresh", data=case(ada.access_token)).status_code == 401


def test_a_body_of_1_mib_is_no_credential(client):
    assert client.post("/api/refresh", data="A" * 2**20).status_code == 413


def test_a_header_of_100_000_levels_is_refused(client):
    assert client.get("/api/protected", headers=bearer(forged({}, b"[" * 100_000))).status_code == 401


def test_another_spelling_of_the_same_signature_is_refused(client, ada):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    head, last = ada.access_token[:-1], ada.access_token[-1]

    for letter in alphabet.replace(last, ""):
        assert client.get("/api/protected", headers=bearer(head + letter)).status_code == 401


def test_plus_and_slash_do_not_stand_for_minus_and_underscore(client, app):
    for number in range(200):  # Until a signature has both letters, which takes four on average.
        with app.app_context():
            make_user(f"user{number}")
        head, _, signature = sign_in(client, f"user{number}").access_token.rpartition(".")
        if {"-", "_"} <= set(signature):
            break

    assert {"-", "_"} <= set(signature)
    assert_refused(client, f"{head}.{signature.replace('-', '+').replace('_', '/')}")


# The header Authorization


GOOD_HEADERS = {
    "as usual": "Bearer {}",
    "small": "bearer {}",
    "capitals": "BEARER {}",
    "mixed": "bEaReR {}",
    "two blanks": "Bearer  {}",
}
BAD_HEADERS = {
    "no blank": "Bearer{}",
    "tab": "Bearer\t{}",
    "a word behind": "Bearer {} garbage",
    "a slash behind": "Bearer {}/x",
    "a comma behind": "Bearer {},",
    "a semicolon behind": "Bearer {};",
    "padded": "Bearer {}=",
    "quoted": 'Bearer "{}"',
    "as a parameter": "Bearer token={}",
    "twice": "Bearer {0} {0}",
    "joined": "Bearer {0}, Bearer {0}",
    "joined, the first one bad": "Bearer bad, Bearer {0}",
    "joined, the second one bad": "Bearer {0}, Bearer bad",
    "joined with another scheme": "Basic YTpi, Bearer {0}",
    "another scheme": "Token {}",
    "another scheme with that end": "XBearer {}",
    "basic": "Basic {}",
    "no scheme": "{}",
    "no token": "Bearer ",
    "scheme alone": "Bearer",
    "nothing": "",
    "comma": ",",
    "no-break space": "Bearer\xa0{}",
    "umlauts": "Bearer äöü",
}


@each(GOOD_HEADERS)
def test_the_scheme_has_no_case(client, ada, case):
    header = {"Authorization": case.format(ada.access_token)}

    assert client.get("/api/protected", headers=header).status_code == 200


@each(BAD_HEADERS)
def test_a_header_that_is_not_exactly_one_bearer_token_is_refused(client, ada, case):
    refused = client.get("/api/protected", headers={"Authorization": case.format(ada.access_token)})

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("order", [1, -1], ids=["good first", "bad first"])
def test_two_headers_are_one_too_many(client, ada, order):
    headers = [("Authorization", f"Bearer {ada.access_token}"), ("Authorization", "Bearer bad")][::order]

    assert client.get("/api/protected", headers=headers).status_code == 401


def test_the_same_header_twice_is_one_too_many(client, ada):
    assert client.get("/api/protected", headers=[*ada.headers.items()] * 2).status_code == 401


ELSEWHERE = {
    "query": lambda token: {"query_string": {"access_token": token, "token": token, "jwt": token}},
    "form": lambda token: {"data": {"access_token": token, "token": token}},
    "cookie": lambda token: {"headers": {"Cookie": f"access_token={token}; token={token}; lictor_refresh={token}"}},
    "another header": lambda token: {"headers": {"X-Access-Token": token, "Proxy-Authorization": f"Bearer {token}"}},
}


@each(ELSEWHERE)
def test_a_token_in_another_place_is_not_read(client, ada, case):
    refused = client.get("/api/protected", **case(ada.access_token))

    assert (refused.status_code, refused.json["error"]) == (401, "missing_token")
    assert refused.headers["WWW-Authenticate"] == "Bearer"


# Live: what was done to the session or its owner counts on the next request


def sql(app, statement: str, **values: object) -> None:
    with app.app_context():
        db.session.execute(text(statement), values)
        db.session.commit()


CHANGES = {
    "session ended": "update login_sessions set ended_at = created_at",
    "session deleted": "delete from login_sessions",
    "owner disabled": "update users set is_active = false",
    "owner deleted": "delete from users",
}


@each(CHANGES)
def test_what_happened_in_the_database_counts_on_the_next_request(client, app, ada, case):
    assert client.get("/api/protected", headers=ada.headers).status_code == 200
    sql(app, case)

    assert_refused(client, ada.access_token)


def test_roles_written_by_hand_count_on_the_next_request(client, app, as_user):
    ada = as_user(roles="user")
    for roles, status in [("admin,user", 200), ("user", 403), ("user, admin", 200), ("", 403), ("administrator", 403)]:
        sql(app, "update users set roles = :roles", roles=roles)

        assert client.get("/api/admin/roles", headers=ada.headers).status_code == status


def test_a_token_opens_the_session_that_it_names_and_no_other(client, as_user):
    ada, bea = as_user("ada"), as_user("bea")

    token = forged(claims_of(ada.access_token) | {"sid": claims_of(bea.access_token)["sid"]})

    assert client.get("/api/protected", headers=bearer(token)).status_code == 401


# The stock decorators, on the routes of whoever builds on Lictor


@pytest.fixture
def adopter(database_url, app):
    """The client of an app with routes of an adopter, who knows Flask-Praetorian and nothing of Lictor."""
    with another_app(database_url) as made:
        made.get("/mine")(flask_praetorian.auth_required(lambda: _told()))
        made.get("/open", endpoint="open")(flask_praetorian.auth_accepted(lambda: _told()))
        made.get("/desk", endpoint="desk")(flask_praetorian.roles_required("editor")(lambda: _told()))
        made.get("/both", endpoint="both")(flask_praetorian.roles_required("editor", "reader")(lambda: _told()))
        made.get("/any", endpoint="any")(flask_praetorian.roles_accepted("editor", "reader")(lambda: _told()))
        made.get("/nested", endpoint="nested")(
            flask_praetorian.auth_required(flask_praetorian.roles_required("editor")(lambda: _told()))
        )
        made.get("/broken", endpoint="broken")(flask_praetorian.auth_required(_broken))
        made.after_request(_name_the_caller)
        with made.app_context():
            make_role("editor")
            make_role("reader")
        yield made.test_client(use_cookies=False)


def _told():
    if not flask_praetorian.utilities.app_context_has_jwt_data():
        return jsonify(None)
    user = flask_praetorian.current_user()
    roles = sorted(flask_praetorian.current_rolenames())
    return jsonify(id=flask_praetorian.current_user_id(), name=user.username, roles=roles)


def _broken():
    raise PraetorianError("a route was built wrongly, and says so in internal words")


def _name_the_caller(response):
    response.headers["X-Caller"] = identity().username if identity() else "-"
    return response


def as_editor(adopter, roles: str = "editor") -> dict[str, str]:
    with adopter.application.app_context():
        make_user("ada", roles=roles)
    return sign_in(adopter, "ada").headers


def test_the_stock_auth_required_lets_in_and_knows_who(adopter):
    headers = as_editor(adopter)

    assert adopter.get("/mine", headers=headers).json["name"] == "ada"
    assert adopter.get("/mine", headers=headers).json["roles"] == ["editor"]


@pytest.mark.parametrize("path", ["/mine", "/desk", "/both", "/any", "/nested"])
def test_the_stock_decorators_refuse_a_stranger_like_our_own(adopter, path):
    refused, ours = adopter.get(path), adopter.get("/api/protected")

    assert refused.status_code == 401
    assert refused.data == ours.data
    assert refused.headers["WWW-Authenticate"] == ours.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "required"),
    [("/desk", ["editor"]), ("/both", ["editor", "reader"]), ("/any", ["editor", "reader"]), ("/nested", ["editor"])],
)
def test_the_stock_decorators_say_which_role_is_missing(adopter, path, required):
    refused = adopter.get(path, headers=as_editor(adopter, "user"))

    assert refused.status_code == 403
    assert (refused.json["error"], refused.json["required"]) == ("missing_role", required)


@pytest.mark.parametrize("path", ["/desk", "/any", "/nested"])
def test_the_stock_decorators_see_the_roles_of_this_moment(adopter, path):
    headers = as_editor(adopter, "user")
    app = adopter.application
    answers = []
    for roles in ("editor", "user", "editor,user", "reeditor"):
        sql(app, "update users set roles = :roles", roles=roles)
        answers.append(adopter.get(path, headers=headers).status_code)

    assert answers == [200, 403, 200, 403]


def test_all_roles_that_are_required_must_be_there(adopter):
    headers = as_editor(adopter)
    half = adopter.get("/both", headers=headers).status_code
    sql(adopter.application, "update users set roles = 'editor,reader'")

    assert (half, adopter.get("/both", headers=headers).status_code) == (403, 200)


def test_the_stock_auth_accepted_lets_a_stranger_in_but_no_bad_token(adopter):
    headers = as_editor(adopter)

    assert adopter.get("/open", headers=headers).json["name"] == "ada"
    assert (adopter.get("/open").status_code, adopter.get("/open").json) == (200, None)
    assert adopter.get("/open", headers=bearer("bad")).status_code == 401


def test_the_caller_stays_known_when_a_nested_decorator_has_returned(adopter):
    answer = adopter.get("/nested", headers=as_editor(adopter))

    assert (answer.status_code, answer.headers["X-Caller"]) == (200, "ada")
    assert adopter.get("/open").headers["X-Caller"] == "-"


def test_a_route_that_was_built_wrongly_is_a_fault_of_the_server_and_tells_nothing(adopter, caplog):
    answer = adopter.get("/broken", headers=as_editor(adopter))

    assert (answer.status_code, answer.json["error"]) == (500, "server_error")
    assert "internal words" not in answer.text
    assert "internal words" in caplog.text


def test_a_token_that_names_another_owner_than_its_session_has_refreshes_nothing(client, as_user, clock):
    ada = as_user()
    theirs = forged(guard.read_claims(ada.access_token) | {"id": ada.id + 1})
    clock.shift(900)

    assert client.post("/api/refresh", headers=bearer(theirs)).status_code == 401
    assert client.post("/api/refresh", headers=ada.headers).status_code == 200
