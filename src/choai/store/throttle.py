"""Sign-in throttle: failed attempts in a row pause an e-mail address from a network address, an e-mail address altogether,
and a network address altogether, each at its own number."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from django.db import transaction

from choai import clock
from choai.errors import ChoaiError
from choai.store.models import SignInFailure

PAUSE = timedelta(minutes=15)
FORGET = timedelta(hours=1)  # failures further apart than this are not "in a row"
LIMITS = {"pair": 5, "email": 20, "address": 50}


def _keys(email: str, address: str) -> dict[str, str]:
    email = email.strip().lower()
    parts = {"pair": f"{email}|{address}", "email": email, "address": address}
    return {kind: sha256(f"{kind}:{text}".encode()).hexdigest() for kind, text in parts.items()}


def demand(email: str, address: str) -> None:
    """Raises throttled_sign_in while signing in is paused. Asked before the password is looked at, so that a pause says
    nothing about it."""
    now = clock.now()
    paused = (
        SignInFailure.objects.filter(key__in=_keys(email, address).values(), until__gt=now).order_by("-until").first()
    )
    if paused is not None:
        raise ChoaiError("throttled_sign_in", until=paused.until)


def failed(email: str, address: str) -> None:
    """Count a failed attempt."""
    now = clock.now()
    with transaction.atomic():
        for kind, key in _keys(email, address).items():
            SignInFailure.objects.get_or_create(key=key, defaults={"since": now})
            row = SignInFailure.objects.select_for_update().get(key=key)
            row.count = 1 if now - row.since > FORGET else row.count + 1
            row.since = now
            if row.count >= LIMITS[kind]:
                row.until, row.count = now + PAUSE, 0
            row.save()


def succeeded(email: str, address: str) -> None:
    """A right password clears what this person failed from there; the network address keeps its count."""
    keys = _keys(email, address)
    SignInFailure.objects.filter(key__in=[keys["pair"], keys["email"]]).delete()
