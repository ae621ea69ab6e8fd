"""What a reconciliation found: the two sides of a pairing laid side by side, and a signed statement about it."""

from __future__ import annotations

from django.db import models

from choai.store.models.people import Workspace
from choai.store.models.runs import Run
from choai.store.models.syncs import Sync


class Reconciliation(models.Model):
    """The result of a run with trigger "reconcile"; it has the run's id, and its progress and end are the run's.

    ``verdict``: "" until the end | agree | differ. ``fields``: one entry for each compared pair of fields, with how often it
    differs. ``statement`` is the signed one of report/statement.py, null until the end.
    """

    run = models.OneToOneField(Run, models.CASCADE, primary_key=True, related_name="reconciliation")
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    sync = models.ForeignKey(Sync, models.CASCADE, related_name="reconciliations")
    verdict = models.CharField(max_length=10, default="")
    fields = models.JSONField(default=list)
    statement = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "sync", "-run"])]


class Difference(models.Model):
    """One record or pair that does not agree. ``kind``: differs | only_left | only_right | missing (bound, gone on a side) |
    moving (changed while it was read). ``fields``: what differs, with both values and both bases, as texts people read."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    reconciliation = models.ForeignKey(Reconciliation, models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=12)
    left_id = models.CharField(max_length=120, default="")
    right_id = models.CharField(max_length=120, default="")
    name = models.CharField(max_length=255, default="")
    gone = models.CharField(max_length=5, default="")  # missing and moving: left | right | both | ""
    fields = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["reconciliation", "kind", "id"])]


class Tally(models.Model):
    """A sum of one mapped pair of amounts on both sides: ``grouping`` total | partner | month, ``key`` the partner's name or
    YYYY-MM. The sums are exact decimals as text."""

    reconciliation = models.ForeignKey(Reconciliation, models.CASCADE, related_name="tallies")
    pair = models.PositiveSmallIntegerField()  # position of the mapping row
    grouping = models.CharField(max_length=8)
    key = models.CharField(max_length=255, default="")
    currency = models.CharField(max_length=20, default="")
    left = models.CharField(max_length=60, default="0")
    right = models.CharField(max_length=60, default="0")
    left_count = models.PositiveIntegerField(default=0)
    right_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reconciliation", "pair", "grouping", "currency", "key"], name="tally_once")
        ]
