"""Pre-approved windows: drawn up, signed by as many as must sign, closed again. Requests use them by themselves."""

from grants.flows.windows.close import close_window
from grants.flows.windows.draw_up import Wanted, draw_up_window
from grants.flows.windows.sign import sign_window

__all__ = ["Wanted", "close_window", "draw_up_window", "sign_window"]
