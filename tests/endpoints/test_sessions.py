"""Signing in, refreshing and signing out, as clients see it."""


def test_signing_in_opens_the_protected_route(client, as_user):
    ada = as_user("ada")

    response = client.get("/api/protected", headers=ada.headers)

    assert response.status_code == 200
    assert response.json == {"message": "protected endpoint (allowed usr ada)", "user_id": ada.id}
