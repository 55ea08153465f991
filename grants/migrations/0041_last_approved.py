"""A recipient's last approved grant, found without reading all that they have asked for since."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grants", "0040_deputies")]
    operations = [
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("approved_at__isnull", False)),
                fields=["recipient", "-requested_at"],
                name="grant_last",
            ),
        ),
    ]
