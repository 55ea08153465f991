"""One grant, and everything that people and workers do to it, as steps in whatever order."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.utils import timezone

from grants.errors import FieldError
from grants.flows.approve import approve_grant
from grants.flows.deny import deny_grant
from grants.flows.expire import expire_due
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted, finish_refused
from grants.flows.narrow import narrow_grant
from grants.flows.people.change import Wanted
from grants.flows.people.freeze import freeze_person
from grants.flows.people.operate import change_at_once
from grants.flows.recover import recover_attempts
from grants.flows.request import Requested
from grants.flows.retry import retry_grant
from grants.flows.reveal import Revealed, reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.flows.windows import close_window
from grants.flows.withdraw import withdraw_grant
from grants.gateways.sts_errors import AnswerLostError, KeysRefusedError, PolicyTooLargeError, ThrottledError
from grants.models import Grant, User
from grants.models.person_change import ChangeKind
from grants.policy.narrowed import Smaller
from grants.values import Origin, Shown
from tests.factories import World, mailed_token, make_minted

HERE: Final = Origin("192.0.2.7", "curl/8")
TROUBLE: Final = (AnswerLostError, KeysRefusedError, PolicyTooLargeError, ThrottledError)

Step = Callable[[], object]


@dataclass
class Story:
    """One grant, and the people and workers around it; ``shown`` are the secrets that came out."""

    world: World
    asked: Requested
    luck: random.Random
    shown: list[Revealed] = field(default_factory=list)

    @property
    def grant(self) -> Grant:
        return Grant.objects.get(pk=self.asked.grant.pk)

    @staticmethod
    def reader(who: User) -> User:
        """As whoever answers a request finds them."""
        return User.objects.get(pk=who.pk)

    def approve(self, by: User) -> Step:
        return lambda: self.sign(by, self.asked.grant.snapshot_hash)

    def deny(self) -> object:
        asked = self.asked.grant
        return deny_grant(
            reference=asked.reference,
            by=self.reader(self.world.bea),
            snapshot_hash=asked.snapshot_hash,
            reason="No.",
            now=timezone.now(),
        )

    def narrow(self, by: User) -> Step:
        """From whatever it is by then to half an hour less; sometimes signed at once, as a page would."""
        wanted = Smaller(900 * self.luck.randint(1, 3), ("acme-drop",), "in/", ("s3:GetObject",))
        signs = self.luck.random() < 0.7

        def step() -> object:
            read = self.grant
            smaller = narrow_grant(
                reference=read.reference,
                by=self.reader(by),
                snapshot_hash=read.snapshot_hash,
                wanted=wanted,
                reason="Less.",
                now=timezone.now(),
            )
            return signs and self.sign(by, smaller.snapshot_hash)

        return step

    def sign(self, by: User, snapshot_hash: str) -> Grant:
        return approve_grant(
            reference=self.asked.grant.reference, by=self.reader(by), snapshot_hash=snapshot_hash, now=timezone.now()
        )

    def sign_what_is_there(self, by: User) -> Step:
        return lambda: self.sign(by, self.grant.snapshot_hash)

    def withdraw(self) -> None:
        withdraw_grant(reference=self.asked.grant.reference, by=self.reader(self.world.carol), now=timezone.now())

    def revoke(self) -> object:
        return revoke_grant(
            reference=self.asked.grant.reference, by=self.reader(self.world.bob), reason="Stop.", now=timezone.now()
        )

    def issue(self) -> None:
        """A doorbell rung a few times, as the sweeper rings it; time runs faster for it, so that backoff passes.

        Now and then a worker dies with its answer, and now and then AWS gives less time than it was asked for.
        """
        for round_ in range(12):
            now = timezone.now() + timedelta(minutes=round_ / 3)
            begun = begin_attempt(grant_id=self.asked.grant.pk, now=now)
            time.sleep(self.luck.random() / 100)
            fate = self.luck.random()
            if begun and fate < 0.25:
                finish_refused(begun=begun, error=self.luck.choice(TROUBLE)(), now=now)
            elif begun and fate < 0.9:
                lasts = timedelta(seconds=begun.seconds if self.luck.random() < 0.5 else begun.seconds // 4)
                finish_minted(begun=begun, minted=make_minted(begun.name, expiration=now + lasts), now=now)

    def recover(self) -> None:
        """The sweeper, when every lease is over."""
        recover_attempts(now=timezone.now() + timedelta(minutes=5))

    def expire(self) -> None:
        """The clock."""
        expire_due(now=timezone.now())

    def retry(self) -> None:
        retry_grant(reference=self.asked.grant.reference, by=self.reader(self.world.bea), now=timezone.now())

    def reveal(self) -> None:
        """The recipient, who waits for the mail, and on the page; or has them made afresh where little is left."""
        afresh = self.luck.random() < 0.4
        for _ in range(25):
            link = self.grant.links.first()
            if link:
                token, code = mailed_token(self.grant), self.asked.code_plaintext or ""
                shown = reveal_credentials(
                    link_id=link.pk, token=token, shown=Shown(code=code), origin=HERE, now=timezone.now(), afresh=afresh
                )
                if isinstance(shown, Revealed):
                    self.shown.append(shown)
                    return
                afresh = False
            time.sleep(0.002)

    def freeze(self, who: User, by: User) -> Step:
        return lambda: freeze_person(user_id=who.pk, by=self.reader(by), reason="A stolen laptop.", now=timezone.now())

    def thaw(self) -> None:
        """Whoever is frozen is let back in; the next story finds everybody as they were."""
        for user in User.objects.exclude(frozen_at=None):
            with suppress(FieldError):  # somebody else did
                wanted = Wanted(ChangeKind.THAW, user.email)
                change_at_once(wanted=wanted, reason="A false alarm.", now=timezone.now())

    def close_window(self) -> None:
        window = self.asked.grant.window
        if window:
            bea = self.reader(self.world.bea)
            close_window(reference=window.reference, by=bea, reason="Enough.", now=timezone.now())

    def others(self) -> list[Step]:
        """Security signs too, where the template wants it: what it was, or what it is by then."""
        others = list(User.objects.filter(groups__name="security"))
        return [step for by in others for step in (self.approve(by), self.sign_what_is_there(by))]

    def steps(self) -> list[Step]:
        """Somebody approves and workers work; the rest depends on luck."""
        world = self.world
        sure: list[Step] = [self.approve(world.bob), self.issue, self.issue, self.reveal]
        maybe: list[tuple[float, Step]] = [
            (0.4, self.revoke),
            (0.2, self.revoke),
            (0.4, self.reveal),
            (0.4, self.issue),
            (0.2, self.deny),
            (0.15, self.withdraw),
            (0.5, self.approve(world.bea)),
            (0.3, self.expire),
            (0.3, self.narrow(world.bea)),
            (0.2, self.narrow(world.bob)),
            (0.3, self.recover),
            (0.3, self.retry),
            (0.1, self.freeze(world.carol, world.bea)),
            (0.1, self.freeze(world.bob, world.bea)),
            (0.3, self.thaw),
            (0.3, self.close_window),
            *[(0.8, step) for step in self.others()],
        ]
        return sure + [step for chance, step in maybe if self.luck.random() < chance]

    def end(self) -> None:
        """All leases are over, and the sweeper has come once more; everybody is let back in."""
        self.recover()
        self.thaw()
