"""Django settings, read from the environment once at start.

CHOAI_DATA            data folder (default ./choai-data): database, secrets, installation file
CHOAI_DATABASE_URL    postgresql://user:password@host:port/name; without it SQLite in the data folder
CHOAI_PUBLIC_URL      the address people type; redirect addresses and cookie security follow from it
CHOAI_PROXIES         number of reverse proxies in front whose X-Forwarded-For may be believed (default 0)
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

DATA = Path(os.environ.get("CHOAI_DATA", "choai-data")).absolute()
PUBLIC_URL = os.environ.get("CHOAI_PUBLIC_URL", "").rstrip("/")
PROXIES = int(os.environ.get("CHOAI_PROXIES", "0"))
STATIC_UI = Path(__file__).parent / "static" / "ui"


def _secret_key() -> str:
    """The signing key of the data folder's secrets file; a passing one where there is none yet (tools, tests)."""
    file = DATA / "secrets.json"
    if not file.is_file():
        return secrets.token_urlsafe(50)
    return str(json.loads(file.read_text("utf-8"))["django_secret_key"])


def _database() -> dict[str, object]:
    url = os.environ.get("CHOAI_DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA / "choai.db"),
            "CONN_MAX_AGE": None,  # a connection a thread, kept: opening one costs more than a statement
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=30000;"
                # a run writes thousands of rows: fewer moves from the log into the file
                " PRAGMA wal_autocheckpoint=4000;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 10}},
    }


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = ["*"] if not PUBLIC_URL else [urlsplit(PUBLIC_URL).hostname or "*", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
USE_X_FORWARDED_HOST = PROXIES > 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES > 0 else None

DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "choai.store",
]
MIDDLEWARE = [
    "choai.web.headers.security_headers",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "choai.web.urls"
ASGI_APPLICATION = "choai.web.asgi.application"
APPEND_SLASH = False

AUTH_USER_MODEL = "store.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "choai_session"
SESSION_COOKIE_AGE = 14 * 86400
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
LOGGING_CONFIG = None  # the runtime sets up logging
