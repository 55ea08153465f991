"""What an approver wants to know before deciding: asked on the card, answered on the request's page."""

from grants.flows.questions.answer import answer_question
from grants.flows.questions.ask import ask_question

__all__ = ["answer_question", "ask_question"]
