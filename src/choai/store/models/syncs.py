"""What is set up: pairings, schedules, syncs – and what they know: cursors and bindings."""

from __future__ import annotations

from django.db import models

from choai.store.models.connections import Connection
from choai.store.models.people import User, Workspace


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
    the JSON of model/mapping.py; ``selection``: {"all": sides of which every record is a
    target each time, "left": [{"field","values"}], "right": [...]}: conditions that a record must fulfil.
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

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    pairing = models.ForeignKey(Pairing, models.CASCADE, db_index=False)
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
        indexes = [
            models.Index(fields=["workspace", "pairing", "name"]),
            models.Index(fields=["workspace", "state", "id"]),
            models.Index(fields=["workspace", "synced_at", "id"]),
            models.Index(fields=["pairing", "state"]),
        ]
