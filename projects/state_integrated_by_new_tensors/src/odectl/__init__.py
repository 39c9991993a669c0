from .fields import LearnedPlant, Policy
from .integrators import rollout
