from .embed import embed_all
