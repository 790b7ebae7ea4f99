"""Stage 6: what the evidence says. Frozen sessions go in, frozen judgements come out, and each names its frames.

judge          all of it, session by session
outcome        how the mail ended; refusals/ why a server refused, by rules.toml and providers.toml
findings       further facts of one session, a function each; retries, bounces, told_address: those that need more
relays         whose relay a server is
contradictions what was said of the captures and cannot be
nearest, doubts      what came nearest where a link is not known; candidates and objections in words
answering      which server really spoke
beyond         a refusal as it came to the router, before it reached the LAN
explanation    a judgement in sentences, its frames by citing; sentences: their templates
"""

from .bounces import returned_by_fetch
from .contradictions import Contradiction, contradictions
from .judge import judge
from .nearest import Nearest
from .relays import Relays

__all__ = ["Contradiction", "Nearest", "Relays", "contradictions", "judge", "returned_by_fetch"]
