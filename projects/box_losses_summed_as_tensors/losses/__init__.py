from .terms import giou_term, cls_term, obj_term
from .combine import combine
