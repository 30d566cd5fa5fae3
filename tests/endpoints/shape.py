"""The one shape of every error, as API.md tells it."""

from endpoints.docs import codes

ALWAYS = {"status_code", "error", "message"}
SOMETIMES = {"unknown", "holders", "fields", "required", "retry_after", "checks", "ticket", "factors", "passkey"}


def assert_refused(response, status, code=None):
    """Check that an answer is a refusal of the one shape, and return its body."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/json"
    told = response.json
    assert ALWAYS <= told.keys() <= ALWAYS | SOMETIMES, told
    assert told["status_code"] == status
    assert told["error"] in codes() and (code is None or told["error"] == code), told
    assert isinstance(told["message"], str) and told["message"]
    assert ("fields" in told) == (status == 422)
    if status == 503:
        assert int(response.headers["Retry-After"]) == told["retry_after"] > 0
    if status == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    return told
