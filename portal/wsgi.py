"""The web process's entry: ``gunicorn portal.wsgi:application``."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from portal import garbage, keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

keys.check_entry(settings.DAYPASS_PROCESSES, {"web"})
application = get_wsgi_application()
garbage.keep_what_is_here()
