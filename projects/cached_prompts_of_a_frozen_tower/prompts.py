class ClassPrompts:
    """The class names never change, so their tokens are encoded one time only."""

    def __init__(self, tower, token_ids):
        self.tower = tower
        self.token_ids = token_ids
        self._cache = None

    def embeddings(self):
        if self._cache is None:
            self._cache = self.tower(self.token_ids)
        return self._cache
