from .contrastive import InfoNCE
