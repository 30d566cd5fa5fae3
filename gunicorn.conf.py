"""How gunicorn serves Lictor; on Heroku, GUNICORN_CMD_ARGS overrides what is said here."""

import ctypes
import gc
import socket
import struct
import sys

from config import THREADS, WAITING, Settings

_settings = Settings.load()

wsgi_app = "api:app"
# In development nobody but this machine is let in.
bind = f"{'0.0.0.0' if _settings.app_env == 'production' else '127.0.0.1'}:{_settings.port}"
workers = _settings.web_concurrency
worker_class = "gthread"
threads = THREADS + WAITING
# Longer than any router in front keeps an idle connection, so it is never gunicorn that hangs up first.
keepalive = 95
graceful_timeout = 20
control_socket_disable = True
# Who is asking, and over what, is decided by TRUSTED_PROXIES alone.
forwarded_allow_ips = ""
secure_scheme_headers = {}

if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
    # The thread that hashes keeps its 19 MiB from one hash to the next, and does not get them page by page each time
    # (M_MMAP_THRESHOLD is -3, M_TRIM_THRESHOLD is -1).
    mallopt(-3, 32 * 1024 * 1024)
    mallopt(-1, 64 * 1024 * 1024)


def when_ready(server):
    """Hang up on whoever sends nothing, or takes nothing, for ten seconds, and so keeps a thread waiting."""
    for listener in server.LISTENERS:
        # Linux hands this on to each connection that the listener accepts.
        for patience in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, patience, struct.pack("ll", 10, 0))


def post_worker_init(worker):
    """What was loaded to serve stays for good, so the garbage collector need not look at it; then, send letters."""
    gc.collect()
    gc.freeze()
    # Threads that compute give way to one that has an answer ready after a millisecond, not after five.
    sys.setswitchinterval(0.001)
    # Whoever serves another app with this file has no letters.
    if letters := worker.wsgi.extensions.get("lictor_sender"):
        letters.start()
