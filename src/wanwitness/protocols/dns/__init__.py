"""DNS: messages read by dnspython, paired to exchanges."""

from .exchanges import Exchanges
from .message import Message, read
from .tcp import TcpMessages

__all__ = ["Exchanges", "Message", "TcpMessages", "read"]
