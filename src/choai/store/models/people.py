"""Workspaces, people and what they did."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

ROLES = ("viewer", "operator", "configurer", "connection_owner", "administrator")


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


class AuditEntry(models.Model):
    """Who changed which setting or pressed which button, when, from what to what. Never holds a secret.

    Entries of a workspace form a chain: ``number`` counts them from 1, ``previous`` is the digest of the one before, ``digest``
    covers all of an entry (store/audit.py). ``actor`` names the person in words that outlive the account."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    number = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField()
    user = models.ForeignKey(User, models.SET_NULL, null=True)
    actor = models.CharField(max_length=254, default="")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, default="")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    previous = models.CharField(max_length=64, default="")
    digest = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="audit_number_once")]
        indexes = [models.Index(fields=["workspace", "-id"])]


class AuditHead(models.Model):
    """The end of a workspace's chain: locked while an entry is added; a chain cut at its end no longer meets it."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True)
    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="")


class SignInFailure(models.Model):
    """Failed sign-ins in a row of one address (``key`` is a digest of e-mail address or network address). ``until``: signing in
    is paused."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
