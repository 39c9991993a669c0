from .gram import describe
from .painting import paint
