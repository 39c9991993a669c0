from .players import Player, player
