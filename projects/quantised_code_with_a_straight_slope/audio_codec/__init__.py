from .codec import Codec
