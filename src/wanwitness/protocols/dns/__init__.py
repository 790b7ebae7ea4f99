"""DNS: messages kept until it is known which can matter, then read by dnspython and paired to exchanges."""

from .exchanges import Exchanges
from .log import Log, LogPart
from .message import Message, read
from .tcp import TcpMessages

__all__ = ["Exchanges", "Log", "LogPart", "Message", "TcpMessages", "read"]
