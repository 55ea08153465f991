"""``manage.py reseal``: what rests under an old sealing key moves under the newest, and which keys may go."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from grants.errors import SealError
from grants.flows.reseal import Resealed, look_at_seals, reseal
from portal.seals import sealed_texts


class Command(BaseCommand):
    """Needs SEALING_KEYS, the new key in front of the old ones; as daypass_web or daypass_owner."""

    help = "Seal second factors and sessions anew under the newest of SEALING_KEYS; say which keys may be taken out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Looking alone."""
        parser.add_argument("--check", action="store_true", help="only say what rests under which key")

    def handle(self, *_: Any, **options: Any) -> None:
        """One line a key."""
        try:
            if options["check"]:
                done = look_at_seals(texts=sealed_texts())
            else:
                done = reseal(texts=sealed_texts(), now=timezone.now())
        except SealError as error:
            raise CommandError("SEALING_KEYS is not set here: run it in the environment of the web process.") from error
        self.stdout.write(f"{done.moved} sealed anew under {done.newest}.")
        for key_id in [*settings.SEALING_KEYS, *sorted(set(done.used) - set(settings.SEALING_KEYS))]:
            self.stdout.write(f"{key_id}: {_words(done, key_id, is_check=options['check'])}")
        if done.broken:
            raise CommandError("Some do not open: put the missing key back, or reset those people's second factors.")


def _words(done: Resealed, key_id: str, *, is_check: bool) -> str:
    found = f"{done.used.get(key_id, 0)} second factors and sessions"
    if key_id in done.broken:
        return f"{found}, of which {done.broken[key_id]} do not open"
    waiting = done.waiting.get(key_id)
    if waiting:
        found += f", {waiting.count} credentials until {waiting.until:%Y-%m-%d %H:%M} UTC at the latest"
    if key_id == done.newest:
        return f"{found}; the current key"
    if waiting:
        return f"{found}; keep it until then"
    if is_check and done.used.get(key_id):
        return f"{found}; manage.py reseal moves them"
    return f"{found} before, none now; it may be taken out of SEALING_KEYS"
