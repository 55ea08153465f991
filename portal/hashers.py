"""Argon2id for passwords, at a size that many sign-ins at once can afford."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: OWASP's minimum. Django's 100 MiB lets a few dozen guesses exhaust the memory."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
