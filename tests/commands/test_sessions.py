"""`flask sessions`: what the terminal ends has ended for the next request."""

from tests.factories import sign_in


def test_all_sessions_of_a_user_end_at_once(run, client, as_user):
    phone, laptop = as_user("ada"), sign_in(client, "ada", refresh="token")

    assert run("sessions", "end", "ada").output == "ada had 2 open sessions; all are ended.\n"
    for device in (phone, laptop):
        assert client.get("/api/protected", headers=device.headers).status_code == 401
    assert client.post("/api/refresh", json={"refresh_token": laptop.refresh_token}).status_code == 401


def test_sessions_of_others_stay(run, client, as_user):
    as_user("ada")
    bob = as_user("bob")

    run("sessions", "end", "ada")
    assert client.get("/api/protected", headers=bob.headers).status_code == 200


def test_whoever_was_signed_out_can_sign_in_again(run, client, as_user):
    as_user("ada")
    run("sessions", "end", "ada")

    ada = sign_in(client, "ada")
    assert client.get("/api/protected", headers=ada.headers).status_code == 200


def test_the_end_is_recorded_as_the_consoles(run, client, as_user):
    as_user("ada")
    run("sessions", "end", "ada")

    events = client.get("/api/me/events", headers=sign_in(client, "ada").headers).json["events"]
    (ended,) = [event for event in events if event["action"] == "session.ended_all"]
    assert (ended["actor"], ended["after"]) == ("console", {"because": "revoked_by_admin", "ended": 1})


def test_there_may_be_none_to_end(run, as_user, trail):
    ada = as_user("ada")
    run("sessions", "end", "ada")
    before = trail(ada.id)

    assert run("sessions", "end", "ada").output == "ada had 0 open sessions; all are ended.\n"
    assert trail(ada.id) == before


def test_an_unknown_user_is_refused(refusal):
    assert refusal("sessions", "end", "nobody") == "Error: There is no such user."
