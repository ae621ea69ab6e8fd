"""One row of books per connection in place of slots and buckets; when a stopped run goes on by itself."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0002_own_sign_in")]

    operations = [
        migrations.CreateModel(
            name="Budget",
            fields=[
                (
                    "connection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="store.connection",
                    ),
                ),
                ("books", models.TextField(default="{}")),
            ],
        ),
        migrations.DeleteModel(name="Slot"),
        migrations.DeleteModel(name="Bucket"),
        migrations.AddField(
            model_name="run",
            name="goes_on_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("goes_on_at__isnull", False)), fields=["goes_on_at"], name="run_goes_on"
            ),
        ),
    ]
