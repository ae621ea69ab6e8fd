"""Webhooks in: what arrived, and what is still to be looked at because of it."""

from __future__ import annotations

from django.db import models

from choai.store.models.connections import Connection
from choai.store.models.people import User, Workspace
from choai.store.models.syncs import Sync


class Hook(models.Model):
    """A connection's webhook address. ``heard_at``: the last genuine call; ``refused_at``: the last one that was not, ``refused``
    how many there were. ``noted_at``: when a refusal was last written to the audit trail.

    Of services that are asked for webhooks by their API (store/subscriptions.py): ``wanted`` and by whom; ``base`` of the address
    that they are to call; the subscription as the service knows it, with a digest of what it was ``told``; when to renew it, when
    a worker looks next, and what went wrong the last time."""

    connection = models.OneToOneField(Connection, models.CASCADE, primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    sealed = models.TextField(default="")  # the secret part of the address, and the token of a subscription's calls
    heard_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused = models.PositiveIntegerField(default=0)
    noted_at = models.DateTimeField(null=True)
    wanted = models.BooleanField(default=False)
    wanted_by = models.ForeignKey(User, models.SET_NULL, null=True)
    base = models.TextField(default="")
    subscription = models.CharField(max_length=100, default="")
    told = models.CharField(max_length=64, default="")
    expires_at = models.DateTimeField(null=True)
    renew_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=64, default="")
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["look_at"])]


class HookCall(models.Model):
    """A genuine call, by its mark: a repetition of it does nothing."""

    connection = models.ForeignKey(Connection, models.CASCADE)
    mark = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "mark"], name="hook_call_once")]
        indexes = [models.Index(fields=["at"])]


class Nudge(models.Model):
    """Something has changed that a sync reads: it runs at ``due_at``. Calls until then add nothing; ``turn`` counts them, so that
    one that arrives while a run is being begun is not forgotten."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    sync = models.OneToOneField(Sync, models.CASCADE, primary_key=True)
    due_at = models.DateTimeField()
    turn = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["due_at"])]
