"""What `gradsafe why` tells of losses, and what PyTorch does there."""
