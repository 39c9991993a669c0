from .freezing import freeze
from .tuning import tune
