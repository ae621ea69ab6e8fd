"""What happens: runs, what they read, plan, write; and the processes that run them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from choai.store.models.people import User, Workspace
from choai.store.models.syncs import Pairing, Schedule, Sync

ACTIVE_RUNS = ("queued", "running", "paused")
ENDED_RUNS = ("succeeded", "partly", "error", "stopped", "cancelled")


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
    trigger = models.CharField(
        max_length=20
    )  # schedule | late | hook | manual | api | retry | preview | rest | undo | reconcile
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
    goes_on_at = models.DateTimeField(
        null=True
    )  # a run that ended with the day's calls: when its rest is done by itself

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sync"], condition=Q(state__in=ACTIVE_RUNS), name="one_active_run_per_sync")
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"]),
            models.Index(fields=["workspace", "sync", "-id"]),
            models.Index(fields=["state"]),
            models.Index(fields=["goes_on_at"], condition=Q(goes_on_at__isnull=False), name="run_goes_on"),
        ]


class Page(models.Model):
    """Ledger of pages read: written with the page's rows, so that a repeated step finds it and does nothing."""

    run = models.ForeignKey(Run, models.CASCADE, db_index=False)
    side = models.CharField(max_length=5)
    number = models.PositiveIntegerField()
    next = models.TextField(null=True)
    ids = models.BinaryField(default=b"")  # packed ids of the page when the read is a full scan

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "side", "number"], name="page_once")]


class Staged(models.Model):
    """A record as read by a run. ``target`` is false for records read only to be matched against."""

    run = models.ForeignKey(Run, models.CASCADE, db_index=False)
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

    run = models.ForeignKey(Run, models.CASCADE, db_index=False)
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
    old values and the values to write; ``source`` the source's values the plan rests on, where they are not staged any more.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    run = models.ForeignKey(Run, models.CASCADE, related_name="items", db_index=False)
    sync = models.ForeignKey(Sync, models.CASCADE, db_index=False)
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
            models.Index(fields=["run", "op", "id"]),
            models.Index(fields=["run", "code", "id"], condition=~Q(code=""), name="item_code"),  # few items have one
            models.Index(fields=["run", "key"]),
            models.Index(fields=["sync", "left_id"]),
            models.Index(fields=["sync", "right_id"]),
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
    """The durable note before a remote write; what is sent is the item's ``after``. ``state``: open → wrote (the way back is
    still to do) → gone, since its write is done; owed (the way back was refused, the next run tries again); refused | repeat
    (no effect) | ambiguous (a person decides) | done (a person has decided)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    pairing = models.ForeignKey(Pairing, models.CASCADE, db_index=False)
    run = models.ForeignKey(Run, models.CASCADE, db_index=False)
    item = models.ForeignKey(Item, models.CASCADE)
    side = models.CharField(max_length=5)
    op = models.CharField(max_length=8)
    source_id = models.CharField(max_length=120)
    target_id = models.CharField(max_length=120, default="")
    key = models.JSONField(default=dict)  # {"field": value} that the service can be asked about
    state = models.CharField(max_length=10, default="open")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["pairing", "state"]), models.Index(fields=["run", "state"])]


class Worker(models.Model):
    """A process that runs syncs. Alive while ``beat`` (epoch seconds, database clock) is younger than the lease."""

    id = models.CharField(max_length=80, primary_key=True)
    host = models.CharField(max_length=200, default="")
    pid = models.IntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    beat = models.FloatField(default=0)
