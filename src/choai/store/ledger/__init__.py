"""The engine's ledger: what a run has read, plans, is about to write and has written.

One function, one transaction. A page's rows and the note that it was read are committed together, an item's outcome, its
binding with the base and the end of its intent are committed together (design §5), so that a killed run goes on at the next page
or batch and repeats nothing that it knows of.
"""

from __future__ import annotations

from choai.store.ledger.compared import bindings_after, commit_compared, conclude, loose_after
from choai.store.ledger.intents import (
    close_intents,
    close_item_intents,
    flip,
    gave_back,
    open_intents,
    settle,
    unsettled,
    worn_out,
)
from choai.store.ledger.items import (
    agreed_after,
    commit_plan,
    items_by_source,
    items_of,
    next_items,
    plan_totals,
    planned_ids,
    planned_keys,
    replan,
    updated,
)
from choai.store.ledger.pairs import (
    bindings,
    bound_ids,
    count_bindings,
    mark_found,
    mark_missing,
    named_like,
    partners,
    prints,
)
from choai.store.ledger.reading import candidates, commit_page, count_staged, page_ids, staged, staged_after
from choai.store.ledger.run import (
    calm,
    cursor_of,
    drop_retries,
    finish,
    gone_fields,
    label_of,
    move,
    note,
    opened,
    retries,
    save_schema,
    schema_of,
    state_of,
    take,
)
from choai.store.ledger.undoing import past_after
from choai.store.ledger.waiting import decisions, parked

__all__ = [
    "agreed_after",
    "bindings",
    "bindings_after",
    "bound_ids",
    "calm",
    "candidates",
    "close_intents",
    "close_item_intents",
    "commit_compared",
    "commit_page",
    "commit_plan",
    "conclude",
    "count_bindings",
    "count_staged",
    "cursor_of",
    "decisions",
    "drop_retries",
    "finish",
    "flip",
    "gave_back",
    "gone_fields",
    "items_by_source",
    "items_of",
    "label_of",
    "loose_after",
    "mark_found",
    "mark_missing",
    "move",
    "named_like",
    "next_items",
    "note",
    "open_intents",
    "opened",
    "page_ids",
    "parked",
    "partners",
    "past_after",
    "plan_totals",
    "planned_ids",
    "planned_keys",
    "prints",
    "replan",
    "retries",
    "save_schema",
    "schema_of",
    "settle",
    "staged",
    "staged_after",
    "state_of",
    "take",
    "unsettled",
    "updated",
    "worn_out",
]
