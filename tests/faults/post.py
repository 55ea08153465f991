"""What the mail server kept, by grant."""

import re
from collections import defaultdict
from pathlib import Path
from threading import Lock
from typing import Final

from portal.embedded.letters import SUFFIX, read

REFERENCE: Final = re.compile(r"^Reference: (\w+)\s*$", re.MULTILINE)
LINK: Final = re.compile(r"/pickup/open/([\w-]+)/")


class Post:
    """Every mail is read once."""

    def __init__(self, spool: Path) -> None:
        """``spool`` is the mail server's own directory."""
        self._spool = spool
        self._known: set[Path] = set()
        self._links: defaultdict[str, list[str]] = defaultdict(list)
        self._lock = Lock()

    def links(self, reference: str) -> list[str]:
        """The token in each mail with a link that came for a grant, oldest first."""
        with self._lock:
            for path in sorted(set(self._spool.glob(f"2*{SUFFIX}")) - self._known):
                self._known.add(path)
                text = read(path).text
                found, link = REFERENCE.search(text), LINK.search(text)
                if found and link:
                    self._links[found[1]].append(link[1])
            return list(self._links[reference])

    def link_of(self, reference: str) -> str:
        """The path of its newest link, or nothing."""
        tokens = self.links(reference)
        return f"/pickup/open/{tokens[-1]}/" if tokens else ""
