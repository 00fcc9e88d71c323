"""How a message leaves the house (渠道): e-mail, group robots, SMS, all behind one shape."""

from casework.channels.outcome import Outcome
from casework.channels.outgoing import Outgoing

__all__ = ["Outcome", "Outgoing"]
