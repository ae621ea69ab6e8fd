"""The features of GET /users/capabilities, by the rights each one knows."""

from __future__ import annotations

from choai.sandbox.freee.gate import RIGHTS

_FEATURES = {
    "confirm read create update destroy": """
        wallet_txns
    """,
    "read create update destroy allowed_target": """
        deals transfers docs receipts expense_applications payment_requests payment_request_templates
        approval_requests purchase_requests suspense_payments manual_journals
    """,
    "read create update destroy": """
        deal_linkage fixed_assets inventory_refreshes biz_allocations payment_records invitations partners
        items sections tags account_items payroll_item_sets user_matchers deal_templates
        manual_journal_templates approval_flow_routes expense_application_templates request_forms
        oauth_applications oauth_authorizations division_tag_1 division_tag_2 division_tag_3 currencies
        proxy_application_settings bank_accountant_staff_users
    """,
    "create": """
        doc_postings expense_application_sync_payroll
    """,
    "read": """
        receipt_stream_editor reports reports_income_expense reports_receivables reports_cash_balance
        reports_managements_introduction reports_custom_reports_aggregate reports_pl reports_bs
        reports_general_ledgers reports_journals annual_reports consolidation tax_reports consumption_entries
        tax_return account_item_statements month_end sign_in_logs user_attribute_logs app_role_logs
        txn_relationship_logs backups system_conversion resets system_messages_for_admin doc_change_logs
        entries_reviews
    """,
    "create read": """
        spreadsheets
    """,
    "write": """
        manage_bulk_expense_application_approvals
    """,
    "read write": """
        reports_payables reports_purchase_budgets reports_managements_planning reports_managements_navigation
    """,
    "read update": """
        year_end companies opening_balances taxes cost_allocations
    """,
    "read create update destroy sync": """
        walletables
    """,
    "read create update destroy write": """
        access_controls
    """,
    "update": """
        company_internal_announcements
    """,
    "read update destroy": """
        workflows
    """,
    "confirm": """
        freee_cards_stream
    """,
}
_RESOURCES = {"division_tag_1": "segments", "division_tag_2": "segments", "division_tag_3": "segments"}


def capabilities(role: str) -> dict[str, dict[str, object]]:
    """What a role may do. Features that the imitation does not have follow the role's right on partners."""
    known = RIGHTS[role]
    out: dict[str, dict[str, object]] = {}
    for rights, features in _FEATURES.items():
        for feature in features.split():
            allowed = known.get(_RESOURCES.get(feature, feature), known.get("partners", set()))
            out[feature] = {right: right in allowed for right in rights.split()}
            if "allowed_target" in out[feature]:
                out[feature]["allowed_target"] = "all" if allowed else "self_only"
    return out
