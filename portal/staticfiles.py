"""Static files under names that carry their hash, where they have been collected."""

from pathlib import Path
from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]  # whitenoise has no types
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]  # whitenoise has no types


class HashedNames(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Falls back to the plain name of a file nobody collected, so that the demo and the tests need no extra step."""

    manifest_strict = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Django makes one in each process."""
        super().__init__(*args, **kwargs)
        self._urls: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:  # noqa: FBT001, FBT002 - Django's
        """The address of a file, worked out once: the names do not change while a process runs, and pages have many."""
        if name not in self._urls:
            self._urls[name] = str(super().url(name, force))
        return self._urls[name]

    def stored_name(self, name: str) -> str:
        """The hashed name from the manifest, or ``name`` itself."""
        return str(self.hashed_files.get(self.hash_key(self.clean_name(name)), name))


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    """Answers for static files before sessions and accounts are asked."""

    def add_files(self, root: str, prefix: str | None = None) -> None:
        """Nothing collected is no fault: WHITENOISE_USE_FINDERS serves the sources then."""
        if Path(root).is_dir():
            super().add_files(root, prefix=prefix)
