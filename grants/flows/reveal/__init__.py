"""A recipient picks the credentials up: once; where they are made only then, by way of a waiting page."""

from grants.flows.reveal.look import LinkView, Wait, WaitView, find_check, find_link, find_wait
from grants.flows.reveal.pick_up import Revealed, Waiting, reveal_credentials

__all__ = [
    "LinkView",
    "Revealed",
    "Wait",
    "WaitView",
    "Waiting",
    "find_check",
    "find_link",
    "find_wait",
    "reveal_credentials",
]
