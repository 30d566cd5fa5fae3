"""How gunicorn serves Lictor; on Heroku, GUNICORN_CMD_ARGS overrides what is said here."""

import ctypes
import gc

from config import THREADS, Settings

_settings = Settings.load()

wsgi_app = "api:app"
# In development nobody but this machine is let in.
bind = f"{'0.0.0.0' if _settings.app_env == 'production' else '127.0.0.1'}:{_settings.port}"
workers = _settings.web_concurrency
worker_class = "gthread"
threads = THREADS
# Longer than any router in front keeps an idle connection, so it is never gunicorn that hangs up first.
keepalive = 95
graceful_timeout = 20
control_socket_disable = True
# Who is asking, and over what, is decided by TRUSTED_PROXIES alone.
forwarded_allow_ips = ""
secure_scheme_headers = {}

if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
    # One arena for all threads (M_ARENA_MAX is -8): each of glibc's own would keep the 19 MiB of its last hash.
    mallopt(-8, 1)


def post_worker_init(worker):
    """What was loaded to serve stays for good: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
