#!/usr/bin/env python3
"""Django's command line, for operators."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run one management command; DAYPASS_PROCESS is ``manage`` unless the environment says otherwise."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
