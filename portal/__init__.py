"""The Django project around the grants app: settings, addresses, processes."""
