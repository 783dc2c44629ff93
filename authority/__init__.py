"""Who is trusted: the registry, its evidence, the prior and the tie rule."""
