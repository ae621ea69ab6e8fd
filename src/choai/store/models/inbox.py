"""What waits for a person, and what people decided."""

from __future__ import annotations

from django.db import models

from choai.store.models.people import User, Workspace
from choai.store.models.runs import Item, Run
from choai.store.models.syncs import Sync


class Decision(models.Model):
    """A person's answer to a waiting record. It takes effect in the next run that plans the record (``applied_run``);
    "ignore" and "unlink" last until they are taken back (``undone_at``).

    ``kind`` is what was asked (conflict, ambiguous, duplicate …), ``choice`` the answer, ``args`` its details: ``id`` of the
    chosen partner, ``fields`` (mapping row → side), ``seen`` (fingerprints of what was shown), ``restore`` (what taking back
    needs). ``side`` is where the record is read from.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    sync = models.ForeignKey(Sync, models.CASCADE)
    side = models.CharField(max_length=5)
    left_id = models.CharField(max_length=120, default="")
    right_id = models.CharField(max_length=120, default="")
    name = models.CharField(max_length=255, default="")
    kind = models.CharField(max_length=20)
    choice = models.CharField(max_length=20)
    args = models.JSONField(default=dict)
    lasting = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.SET_NULL, null=True)
    at = models.DateTimeField()
    applied_run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["sync", "left_id"]),
            models.Index(fields=["sync", "right_id"]),
            models.Index(fields=["workspace", "-id"]),
            models.Index(fields=["at"]),
        ]


class Waiting(models.Model):
    """A record whose newest outcome asks a person. One row for each record of a sync; a later outcome that does not ask removes
    it. ``decision`` is set once someone has answered and the next run has not come by yet."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    sync = models.ForeignKey(Sync, models.CASCADE)
    side = models.CharField(max_length=5)  # the side the record is read from
    record_id = models.CharField(max_length=120)
    run = models.ForeignKey(Run, models.CASCADE)
    item = models.ForeignKey(Item, models.CASCADE)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=255, default="")
    since = models.DateTimeField()
    decision = models.ForeignKey(Decision, models.SET_NULL, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sync", "side", "record_id"], name="waiting_once")]
        indexes = [models.Index(fields=["workspace", "code"])]
