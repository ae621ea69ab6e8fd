"""What each freee plan includes (API page of freee, plan gates and daily limits)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    ja: str
    daily: int = 3000  # API calls per day, company and app
    segments: int = 0
    payment_terms: bool = False  # payer account, transfer fee, payment terms of partners
    section_tree: bool = False
    expenses: bool = True  # expense applications


PLANS = {
    "enterprise": Plan("法人エンタープライズ", 10000, 3, True, True),
    "advance": Plan("法人アドバンス", 5000, 1, True, True),
    "professional": Plan("法人プロフェッショナル（旧プラン）", 5000, 1, True, True),
    "standard": Plan("法人スタンダード", 3000, 0, True, True),
    "basic": Plan("法人ベーシック（旧プラン）", 3000, 0, False, True),
    "starter": Plan("法人スターター", 3000, 0, True, False),
    "minimum": Plan("法人ミニマム（旧プラン）"),
    "personal_premium": Plan("個人プレミアム", 3000, 0, False, True),
    "personal_standard": Plan("個人スタンダード", expenses=False),
    "personal_starter": Plan("個人スターター", expenses=False),
}
