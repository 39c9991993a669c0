from .optimizer import Projecting
