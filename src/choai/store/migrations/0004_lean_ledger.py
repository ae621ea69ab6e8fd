"""Fewer indexes and copies on the tables of the hot path: a run writes several rows for each record.

An index on a foreign key is left out where another index begins with it.
"""

from django.db import migrations, models
from django.db.models import CASCADE

# The index that goes, by the foreign key it stands on: (model, field) → name.
_INDEXES = {
    ("binding", "workspace"): "store_binding_workspace_id_6fd014bf",
    ("binding", "pairing"): "store_binding_pairing_id_79688019",
    ("candidate", "run"): "store_candidate_run_id_069cbb6b",
    ("intent", "workspace"): "store_intent_workspace_id_95f75243",
    ("intent", "pairing"): "store_intent_pairing_id_c40bbdd0",
    ("intent", "run"): "store_intent_run_id_c17746cd",
    ("item", "workspace"): "store_item_workspace_id_0f7cc3e8",
    ("item", "run"): "store_item_run_id_ad5b877d",
    ("item", "sync"): "store_item_sync_id_98e0f0ea",
    ("page", "run"): "store_page_run_id_af2a224a",
    ("staged", "run"): "store_staged_run_id_27919bfc",
}


def _bare(model: str, field: str) -> migrations.AlterField:
    related = "items" if (model, field) == ("item", "run") else None
    key = models.ForeignKey(db_index=False, on_delete=CASCADE, related_name=related, to=f"store.{field}")
    return migrations.AlterField(model_name=model, name=field, field=key)


class Migration(migrations.Migration):
    dependencies = [("store", "0003_budget")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(f"DROP INDEX IF EXISTS {name}") for name in _INDEXES.values()],
            state_operations=[_bare(*key) for key in _INDEXES],
        ),
        migrations.RemoveIndex(model_name="item", name="store_item_run_id_fff751_idx"),
        migrations.RemoveIndex(model_name="item", name="store_item_workspa_fd14e9_idx"),
        migrations.RemoveIndex(model_name="item", name="store_item_workspa_1195f8_idx"),
        migrations.AddIndex(
            model_name="item", index=models.Index(fields=["sync", "left_id"], name="store_item_sync_id_4fadbb_idx")
        ),
        migrations.AddIndex(
            model_name="item", index=models.Index(fields=["sync", "right_id"], name="store_item_sync_id_32eb2a_idx")
        ),
        migrations.RemoveField(model_name="intent", name="payload"),
    ]
