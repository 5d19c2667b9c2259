"""The least that a USSD menu can do, for comparison: Flask and one session hash in Redis.

``python -m tests.benchmarks.bare PORT REDIS_URL`` serves it as ``sms-service serve`` does.
"""

import sys

import redis
from flask import Flask, Response, jsonify, request

from sms_service.channels.front import Front
from sms_service.commands.serve import listening, run

_THREADS = 16
_LIFE_SECONDS = 180


def bare(client: redis.Redis) -> Flask:
    """A route that reads a session, counts its step and writes it back with its life."""
    app = Flask(__name__)

    @app.post("/ussd")
    def step() -> Response:
        told = request.get_json()
        key = f"bare:{told['session_id']}"
        session = client.hgetall(key)
        steps = int(session.get(b"steps", 0)) + 1
        with client.pipeline(transaction=False) as both:
            both.hset(key, mapping={"steps": steps, "input": told["input"]})
            both.expire(key, _LIFE_SECONDS)
            both.execute()
        return jsonify(session_id=told["session_id"], message=f"{steps}", **{"continue": True})

    return app


def main() -> None:
    """Serve until told to end."""
    port, redis_url = sys.argv[1:]
    with listening("127.0.0.1", int(port)) as listener:
        run(Front({}, bare(redis.Redis.from_url(redis_url)), _THREADS), listener)


if __name__ == "__main__":
    main()
