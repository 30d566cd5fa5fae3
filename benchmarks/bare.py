"""The least that Flask can do: the answer of /api/protected, for whoever asks."""

from flask import Flask, Response, jsonify

app = Flask(__name__)


@app.get("/api/protected")
def show() -> Response:
    return jsonify(message="protected endpoint (allowed usr person-00)", user_id=1)
