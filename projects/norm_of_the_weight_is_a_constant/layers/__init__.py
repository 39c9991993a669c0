from .unit import Unit
