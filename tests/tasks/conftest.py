"""One stack and one company for all tests with real workers."""

from collections.abc import Iterator

import pytest

from portal.embedded.stack import Stack
from tests.tasks.company import Company


@pytest.fixture(scope="session")
def whole_company(stack: Stack) -> Iterator[Company]:
    company = Company(stack)
    yield company
    company.close()


@pytest.fixture
def company(whole_company: Company) -> Iterator[Company]:
    """All is well before a test, and after it."""
    whole_company.heal()
    yield whole_company
    whole_company.heal()
