from .lookahead import Lookahead

OPTIMISERS = {cls.__name__.lower(): cls for cls in (Lookahead,)}
