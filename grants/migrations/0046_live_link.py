"""One live link a grant, by an index that no statement walks in place of looking its link up by the key."""

import django.db.models.functions.comparison
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0045_found"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="pickuplink",
            name="link_one_live_per_grant",
        ),
        migrations.AddConstraint(
            model_name="pickuplink",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    django.db.models.lookups.IsNull(
                        django.db.models.functions.comparison.Coalesce("used_at", "locked_at", "closed_at"), rhs=True
                    )
                ),
                fields=("grant",),
                name="link_one_live_per_grant",
            ),
        ),
    ]
