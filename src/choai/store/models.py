"""The tables. Every row of business data names its workspace, and every query filters by it (CC-02).

    Workspace ─ Member ─ User            Connection ─ Authorisation (one per person, OAuth)
        │                                     │
      Pairing (object A × object B) ─ Binding (record a ↔ record b, with the base)
        │
      Sync (settings) ─ Cursor             Schedule (when; may drive several syncs)
        │
      Run ─ Page (ledger) ─ Staged (what was read) ─ Item (what is planned and how it ended) ─ Intent (before a write)

States are listed beside their fields. Packed values are bytes written by engine/codec.py.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q

ROLES = ("viewer", "operator", "configurer", "connection_owner", "administrator")
ACTIVE_RUNS = ("queued", "running", "paused")
ENDED_RUNS = ("succeeded", "partly", "error", "stopped", "cancelled")


class Users(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=5, default="ja")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects: ClassVar[Users] = Users()

    def __str__(self) -> str:
        return self.name or self.email


class Workspace(models.Model):
    """A tenant. ``settings``: night_window ["01:00","05:00"], retention_days, quota_share, open_configuration (FK-41)."""

    name = models.CharField(max_length=200)
    language = models.CharField(max_length=5, default="ja")
    time_zone = models.CharField(max_length=64, default="Asia/Tokyo")
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(r, r) for r in ROLES])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="member_once")]


class ApiToken(models.Model):
    """``digest`` is SHA-256 of the token; the token itself is shown once."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=20, choices=[(r, r) for r in ROLES])
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)


class Connection(models.Model):
    """An authorised link to one account of a service. ``sealed`` holds the secret settings; ``state`` is new (not yet
    authorised), ready, reauthorise, blocked (IP, maintenance, plan) or error, with the error's code and facts; or removed: its
    secrets are gone, the row stays because pairings hold bindings on it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    service = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    auth = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    sealed = models.TextField(default="")
    account = models.JSONField(null=True)
    state = models.CharField(max_length=20, default="new")
    state_code = models.CharField(max_length=60, default="")
    state_facts = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["workspace", "service"])]


class Authorisation(models.Model):
    """One person's OAuth grant on a connection (FK-05). ``holder``/``lease_until`` guard the refresh (engine §8):
    epoch seconds by the database's clock. ``sealed`` holds access, refresh and the previous refresh token."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="authorisations")
    user = models.ForeignKey(User, models.CASCADE)
    sealed = models.TextField(default="")
    state = models.CharField(max_length=20, default="ok")  # ok | reauthorise
    expires_at = models.FloatField(default=0)
    refreshed_at = models.DateTimeField(null=True)
    holder = models.CharField(max_length=80, default="")
    lease_until = models.FloatField(default=0)
    version = models.PositiveIntegerField(default=1)
    service_user = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "user"], name="authorisation_once")]


class OAuthState(models.Model):
    """A round trip to a consent page that has not come back yet."""

    state = models.CharField(max_length=80, primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    connection = models.ForeignKey(Connection, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)
    verifier = models.CharField(max_length=128, default="")
    redirect_uri = models.CharField(max_length=500)
    back = models.CharField(max_length=300, default="/")
    created_at = models.DateTimeField(auto_now_add=True)


class SchemaSnapshot(models.Model):
    """The last discovered fields of an object."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    connection = models.ForeignKey(Connection, models.CASCADE)
    object = models.CharField(max_length=120)
    revision = models.CharField(max_length=120, default="")
    data = models.JSONField()
    taken_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "object"], name="schema_once")]


class Pairing(models.Model):
    """Object A of the CRM connection (left) with object B of the accounting connection (right). ``linked`` is the master
    linkage of FK-15; bindings outlive it. ``kind`` is the role of the accounting object: partner, tag, segment_1 …"""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    kind = models.CharField(max_length=40)
    left_connection = models.ForeignKey(Connection, models.PROTECT, related_name="left_pairings")
    left_object = models.CharField(max_length=120)
    right_connection = models.ForeignKey(Connection, models.PROTECT, related_name="right_pairings")
    right_object = models.CharField(max_length=120)
    linked = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "left_connection", "left_object", "right_connection", "right_object"],
                name="pairing_once",
            )
        ]


class Schedule(models.Model):
    """When something runs. One schedule may drive several syncs (the three segment axes have one screen, FK-16).
    ``data`` is model/schedule.py's Schedule. ``planned_at`` is the last planned start that was handled."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    kind = models.CharField(max_length=40)  # partner | tag | segment, or free for other presets
    preset = models.CharField(max_length=40, default="")
    enabled = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    next_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(User, models.SET_NULL, null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["enabled", "next_at"])]


class Sync(models.Model):
    """Settings over one pairing. ``to_left``/``to_right`` are its directions. ``mapping``, ``match_keys`` and ``selection`` are
    the JSON of model/mapping.py; ``selection``: {"mode": "changed"|"all", "left": [{"field","values"}], "right": [...]}.
    ``options``: brake_share, brake_minimum, recheck_seconds, quota_share."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="syncs")
    schedule = models.ForeignKey(Schedule, models.SET_NULL, null=True, related_name="syncs")
    name = models.CharField(max_length=200)
    preset = models.CharField(max_length=40, default="")
    to_left = models.BooleanField(default=False)
    to_right = models.BooleanField(default=False)
    mapping = models.JSONField(default=list)
    match_keys = models.JSONField(default=list)
    selection = models.JSONField(default=dict)
    duplicate_policy = models.CharField(max_length=10, default="fail")
    conflict_policy = models.CharField(max_length=10, default="ask")
    delete_policy = models.CharField(max_length=10, default="mark")
    options = models.JSONField(default=dict)
    run_as = models.ForeignKey(User, models.SET_NULL, null=True)
    resync = models.BooleanField(default=False)  # "resync all" was pressed: the next run ignores the cursors
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class Cursor(models.Model):
    """How far a side of a sync has been read by runs that reached their end. Never moved by editing settings."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    sync = models.ForeignKey(Sync, models.CASCADE)
    side = models.CharField(max_length=5)
    value = models.CharField(max_length=60)  # ISO date or instant, the service's own clock
    moved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sync", "side"], name="cursor_once")]


class Binding(models.Model):
    """Record a ↔ record b. The bases are the mapped values both sides agreed on last, as the services answered them;
    the fingerprints are their short form. ``state``: ok | missing_left | missing_right | id_changed."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    pairing = models.ForeignKey(Pairing, models.CASCADE)
    left_id = models.CharField(max_length=120)
    right_id = models.CharField(max_length=120)
    name = models.CharField(max_length=255, default="")
    left_base = models.BinaryField(default=b"")
    right_base = models.BinaryField(default=b"")
    left_print = models.BinaryField(max_length=16, default=b"")
    right_print = models.BinaryField(max_length=16, default=b"")
    state = models.CharField(max_length=20, default="ok")
    origin = models.CharField(max_length=10, default="matched")  # left | right | matched
    created_at = models.DateTimeField()
    synced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pairing", "left_id"], name="binding_left"),
            models.UniqueConstraint(fields=["pairing", "right_id"], name="binding_right"),
        ]
        indexes = [models.Index(fields=["workspace", "pairing", "name"]), models.Index(fields=["pairing", "state"])]


class Run(models.Model):
    """One execution. The settings it works with were copied into ``settings`` when it began (FK-42).

    state: queued → running → succeeded | partly (finished with failures) | error (not executed) | stopped
    (maintenance, quota; the rest is "not reached") | cancelled; planned (a preview waits for a decision), held (the brake asks),
    paused. phase: open → read_left → read_right → plan → apply → settle → done. ``control``: "" | cancel | pause, honoured
    within one batch. ``work`` is the engine's notebook: page tokens, watermarks, windows. ``counts`` has the outcomes.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    sync = models.ForeignKey(Sync, models.CASCADE, related_name="runs")
    schedule = models.ForeignKey(Schedule, models.SET_NULL, null=True)
    batch = models.CharField(max_length=32)  # runs started together (one press, one tick)
    trigger = models.CharField(max_length=20)  # schedule | late | manual | api | retry | preview
    preview = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="queued")
    phase = models.CharField(max_length=12, default="open")
    control = models.CharField(max_length=8, default="")
    settings = models.JSONField(default=dict)
    work = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    cost = models.JSONField(default=dict)  # planned calls by connection id
    calls = models.JSONField(default=dict)  # calls made by connection id
    error_code = models.CharField(max_length=60, default="")
    error_facts = models.JSONField(default=dict)
    notes = models.JSONField(default=list)  # [{"code","facts"}]: throttled, late_run, incomplete_answer …
    late_for = models.DateTimeField(null=True)
    run_as = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)  # last progress
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sync"], condition=Q(state__in=ACTIVE_RUNS), name="one_active_run_per_sync")
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"]),
            models.Index(fields=["workspace", "sync", "-id"]),
            models.Index(fields=["state"]),
        ]


class Page(models.Model):
    """Ledger of pages read: written with the page's rows, so that a repeated step finds it and does nothing."""

    run = models.ForeignKey(Run, models.CASCADE)
    side = models.CharField(max_length=5)
    number = models.PositiveIntegerField()
    next = models.TextField(null=True)
    ids = models.BinaryField(default=b"")  # packed ids of the page when the read is a full scan

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "side", "number"], name="page_once")]


class Staged(models.Model):
    """A record as read by a run. ``target`` is false for records read only to be matched against."""

    run = models.ForeignKey(Run, models.CASCADE)
    side = models.CharField(max_length=5)
    record_id = models.CharField(max_length=120)
    revision = models.CharField(max_length=60, default="")
    changed_at = models.CharField(max_length=60, default="")
    print = models.BinaryField(max_length=16, default=b"")
    values = models.BinaryField(default=b"")
    target = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "side", "record_id"], name="staged_once")]


class Candidate(models.Model):
    """A match key of an unbound record of the target side, folded: what new source records are compared with."""

    run = models.ForeignKey(Run, models.CASCADE)
    side = models.CharField(max_length=5)
    key = models.PositiveSmallIntegerField()  # position of the MatchKey
    value = models.CharField(max_length=255)
    record_id = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["run", "side", "key", "value"])]


class Item(models.Model):
    """One record's part of a run: first the plan, then its outcome.

    ``side`` is where it writes. ``op``: create | update | bind (tie, nothing written) | none. ``outcome``: planned | created |
    updated | unchanged | skipped | failed | blocked | not_reached | not_counted. ``before``/``after`` hold, packed, the target's
    old values and the values to write; ``source`` the source's values the plan rests on.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    run = models.ForeignKey(Run, models.CASCADE, related_name="items")
    sync = models.ForeignKey(Sync, models.CASCADE)
    side = models.CharField(max_length=5)
    op = models.CharField(max_length=8)
    left_id = models.CharField(max_length=120, default="")
    right_id = models.CharField(max_length=120, default="")
    name = models.CharField(max_length=255, default="")
    key = models.CharField(max_length=255, default="")  # folded match key, to see duplicates within the plan
    revision = models.CharField(max_length=60, default="")
    source = models.BinaryField(default=b"")
    before = models.BinaryField(default=b"")
    after = models.BinaryField(default=b"")
    outcome = models.CharField(max_length=12, default="planned")
    code = models.CharField(max_length=60, default="")
    facts = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["run", "outcome", "id"]),
            models.Index(fields=["run", "name", "id"]),
            models.Index(fields=["run", "key"]),
            models.Index(fields=["workspace", "sync", "left_id"]),
            models.Index(fields=["workspace", "sync", "right_id"]),
        ]


class Retry(models.Model):
    """A record whose last outcome was not a success: the next run selects it whatever the cursor says (FK-27c)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    sync = models.ForeignKey(Sync, models.CASCADE)
    side = models.CharField(max_length=5)  # the side the record is read from
    record_id = models.CharField(max_length=120)
    code = models.CharField(max_length=60)
    attempts = models.PositiveIntegerField(default=1)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sync", "side", "record_id"], name="retry_once")]


class Intent(models.Model):
    """The durable note before a remote write. ``state``: open → wrote (the way back is still to do) → done; owed (the
    way back was refused, the next run tries again); refused | repeat (no effect) | ambiguous (a person decides)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    pairing = models.ForeignKey(Pairing, models.CASCADE)
    run = models.ForeignKey(Run, models.CASCADE)
    item = models.ForeignKey(Item, models.CASCADE)
    side = models.CharField(max_length=5)
    op = models.CharField(max_length=8)
    source_id = models.CharField(max_length=120)
    target_id = models.CharField(max_length=120, default="")
    key = models.JSONField(default=dict)  # {"field": value} that the service can be asked about
    payload = models.BinaryField(default=b"")
    state = models.CharField(max_length=10, default="open")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["pairing", "state"]), models.Index(fields=["run", "state"])]


class Bucket(models.Model):
    """Rate rule of a connection (GCRA): theoretical arrival time in epoch seconds, database clock."""

    key = models.CharField(max_length=120, primary_key=True)
    tat = models.FloatField(default=0)


class Slot(models.Model):
    """Concurrency lease of a connection."""

    connection = models.ForeignKey(Connection, models.CASCADE)
    number = models.PositiveSmallIntegerField()
    holder = models.CharField(max_length=80, default="")
    until = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "number"], name="slot_once")]


class DayCount(models.Model):
    """Calls of a connection in one vendor day. ``scope`` is "" or the object for per-app counters."""

    connection = models.ForeignKey(Connection, models.CASCADE)
    scope = models.CharField(max_length=120, default="")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "scope", "day"], name="day_once")]


class Worker(models.Model):
    """A process that runs syncs. Alive while ``beat`` (epoch seconds, database clock) is younger than the lease."""

    id = models.CharField(max_length=80, primary_key=True)
    host = models.CharField(max_length=200, default="")
    pid = models.IntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    beat = models.FloatField(default=0)


class AuditEntry(models.Model):
    """Who changed which setting or pressed which button, when, from what to what. Never holds a secret."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(User, models.SET_NULL, null=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, default="")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"])]


class SignInFailure(models.Model):
    """Failed sign-ins in a row of one address (``key`` is a digest of e-mail address or network address). ``until``: signing in
    is paused."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
