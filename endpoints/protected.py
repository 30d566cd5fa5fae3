"""The protected page of the original app: the shortest route that asks for a token."""

from apiflask import APIBlueprint
from flask import Response, jsonify

from endpoints import examples
from endpoints.schemas.accounts import ProtectedOut
from web.access import auth_required, me

protected = APIBlueprint("protected", __name__, tag="Protected")


@protected.get("/protected")
@auth_required
@protected.output(ProtectedOut, example=examples.PROTECTED)
def show() -> Response:
    """Greet whoever is signed in"""
    who = me()
    return jsonify(message=f"protected endpoint (allowed usr {who.username})", user_id=who.user_id)
