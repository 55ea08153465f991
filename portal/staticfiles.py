"""Static files under names that carry their hash, where they have been collected."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class HashedNames(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Falls back to the plain name of a file nobody collected, so that the demo and the tests need no extra step."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The hashed name from the manifest, or ``name`` itself."""
        return str(self.hashed_files.get(self.hash_key(self.clean_name(name)), name))
