"""What is broken or unexpected about captures and traffic, as sentences.

catalogue    the sentences: of frames, of protocols, and of files that end or break
failed       a file that is no capture, as an error
let_go       what is let go of beyond a bound, counted
log          oddities of one protocol, bounded
"""

from .catalogue import ODD
from .failed import failed
from .let_go import LetGo
from .log import MAX_ODDITIES, Oddities, of_protocol

__all__ = ["MAX_ODDITIES", "ODD", "LetGo", "Oddities", "failed", "of_protocol"]
