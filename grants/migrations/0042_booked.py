"""What is booked and waits, found by the clock without reading all that waits."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grants", "0041_last_approved")]
    operations = [
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("state", "requested"), ("starts_at__isnull", False)),
                fields=["starts_at"],
                name="grant_booked",
            ),
        ),
    ]
