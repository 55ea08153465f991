"""``manage.py doctor``: everything an operator can get wrong, a line each, with the mend."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from grants.flows.doctor import Place
from grants.values import Finding
from portal.doctor import examine
from portal.logs import redact_text


class Command(BaseCommand):
    """Looks with the keys that this process has: run it once as each of web, issue, revoke and mail."""

    help = "Look at everything an operator can get wrong; exit status 1 when something fails."
    requires_system_checks = ()  # broken settings are what it is for

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Nothing is needed."""
        parser.add_argument("--json", action="store_true", help="one JSON list instead of lines")
        parser.add_argument("--mail-to", default="", help="send one test mail to this address (mail process)")
        parser.add_argument("--bucket", default="", help="where to try that keys read nothing; else a template's")
        parser.add_argument("--prefix", default="")

    def handle(self, *_: Any, **options: Any) -> None:
        """Each line as it is found, or all of them at the end."""
        place = Place(options["bucket"], options["prefix"]) if options["bucket"] else None
        found = []
        for finding in examine(place=place, mail_to=options["mail_to"]):
            found.append(finding)
            if not options["json"]:
                self.stdout.write(line_of(finding))
        failures = sum(finding.level == "FAIL" for finding in found)
        if options["json"]:
            self.stdout.write(redact_text(json.dumps([asdict(finding) for finding in found], indent=1)))
        else:
            self.stdout.write(f"Looked at as the {settings.DAYPASS_PROCESS} process: {failures} of {len(found)} fail.")
        if failures:
            raise CommandError("Something does not work or does not hold.", returncode=1)


def line_of(finding: Finding) -> str:
    """``ok`` or ``warn`` or ``FAIL``, what, and the mend where there is something to mend."""
    mend = f"\n     {finding.mend}" if finding.mend else ""
    return redact_text(f"{finding.level:<4} {finding.what}{mend}")
