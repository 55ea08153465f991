"""What an approver wants to see of the queue, read from the address: what makes no sense there is as if left out."""

from typing import Any, Final

from django import forms

from grants.forms.base import DaypassForm
from grants.presenters.queue import FLAGS, SHOWS, SORTS
from grants.queries.queue import Queue, QueueAsk

ANY: Final = ("", "any")


class QueueForm(DaypassForm):
    """Filters, order and search; their names stand in the address, so that a page of the queue can be kept."""

    words = forms.CharField(
        label="Search",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "reference, person, vendor or ticket"}),
    )
    vendor = forms.ChoiceField(label="Vendor", required=False)
    template = forms.ChoiceField(label="Template", required=False)
    flag = forms.ChoiceField(label="Look twice", required=False, choices=[ANY, *FLAGS.items()])
    sort = forms.ChoiceField(label="Order", required=False, choices=list(SORTS.items()))

    def offer(self, queue: Queue) -> None:
        """The vendors and templates that there are, once they are read."""
        for name, rows in (("vendor", queue.vendors), ("template", queue.templates)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [ANY, *[(row.slug, row.name) for row in rows]]


def ask_of(data: Any) -> QueueAsk:  # noqa: ANN401 - a QueryDict, or a dictionary
    """The question in an address."""

    def one(name: str, known: dict[str, str] | None = None, usual: str = "") -> str:
        value = str(data.get(name, "")).replace("\0", "")[:100]
        return value if known is None or value in known else usual

    return QueueAsk(
        show=one("show", SHOWS, "waiting"),
        vendor=one("vendor"),
        template=one("template"),
        flag=one("flag", FLAGS),
        words=one("words"),
        sort=one("sort", SORTS, "oldest"),
        after=one("after"),
        before=one("before"),
    )
