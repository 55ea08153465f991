"""A question back to whoever asked for the access, and the answer."""

from django import forms

from grants.forms.base import DaypassForm
from grants.policy.questions import ANSWER_MOST, QUESTION_MOST


class QuestionForm(DaypassForm):
    """What an approver wants to know before deciding."""

    question = forms.CharField(
        label="Your question",
        help_text="The requester gets it by mail, word for word, and answers on their page. Nothing else changes.",
        max_length=QUESTION_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Ask in at least ten characters what you want to know."},
    )


class AnswerForm(DaypassForm):
    """What whoever asked for the access says to it."""

    answer = forms.CharField(
        label="Your answer",
        help_text="The approvers read it, word for word. It cannot be changed afterwards.",
        max_length=ANSWER_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write an answer."},
    )
