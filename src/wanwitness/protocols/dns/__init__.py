"""DNS: messages kept until it is known which can matter, then read by dnspython and paired to exchanges.

messages, skeleton   a window's messages as columns, and what tells whether anybody needs to read them
log            all messages of a capture point, most of which nobody will read; unkept: those beyond its bound
message, plain one message read, by dnspython or twenty times as fast
tcp            messages that come by TCP
exchanges      questions with their answers
"""

from .exchanges import Exchanges
from .log import Log, LogPart
from .message import Message, read
from .tcp import TcpMessages

__all__ = ["Exchanges", "Log", "LogPart", "Message", "TcpMessages", "read"]
