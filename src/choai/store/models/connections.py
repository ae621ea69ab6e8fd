"""Connections, grants, discovered schemas and call budgets."""

from __future__ import annotations

from django.db import models

from choai.store.models.people import User, Workspace


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
    """One person's OAuth grant on a connection (FK-05), or without a person the connection's own sign-in. ``holder`` and
    ``lease_until`` guard the refresh (engine §8): epoch seconds by the database's clock. ``sealed`` holds access, refresh and
    the previous refresh token."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="authorisations")
    user = models.ForeignKey(User, models.CASCADE, null=True)
    sealed = models.TextField(default="")
    state = models.CharField(max_length=20, default="ok")  # ok | reauthorise
    expires_at = models.FloatField(default=0)
    refreshed_at = models.DateTimeField(null=True)
    holder = models.CharField(max_length=80, default="")
    lease_until = models.FloatField(default=0)
    version = models.PositiveIntegerField(default=1)
    service_user = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "user"], name="authorisation_once"),
            models.UniqueConstraint(fields=["connection"], condition=models.Q(user=None), name="own_sign_in_once"),
        ]


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


class Budget(models.Model):
    """Who holds what of a connection's budget, apart from its days: ``books`` is JSON of engine.budget.Books. Whoever changes it
    holds the row's lock."""

    connection = models.OneToOneField(Connection, models.CASCADE, primary_key=True)
    books = models.TextField(default="{}")


class DayCount(models.Model):
    """Calls of a connection in one vendor day. ``scope`` is "" or the object for per-app counters."""

    connection = models.ForeignKey(Connection, models.CASCADE)
    scope = models.CharField(max_length=120, default="")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "scope", "day"], name="day_once")]
