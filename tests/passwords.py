"""Hashing of passwords that costs nothing; what the product uses is asserted in tests/web/test_site.py."""

from __future__ import annotations

from contextlib import AbstractContextManager

QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def quick_passwords() -> AbstractContextManager[None]:
    """While it lasts. Django forgets at both ends which hashers it has made: assigning the setting would not tell it."""
    from django.test import override_settings

    return override_settings(PASSWORD_HASHERS=QUICK)
