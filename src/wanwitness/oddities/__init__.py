"""What is broken or unexpected about captures and traffic, as sentences.

catalogue    the sentences: of frames, of protocols, and of files that end or break
failed       a file that is no capture, as an error
log          oddities of one protocol, bounded
"""

from .catalogue import ODD
from .failed import failed
from .log import MAX_ODDITIES, Oddities, of_protocol

__all__ = ["MAX_ODDITIES", "ODD", "Oddities", "failed", "of_protocol"]
