"""Choai (帳合): a two-way, field-by-field sync between a CRM and an accounting service."""

__version__ = "0.1.0"
