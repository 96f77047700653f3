"""`tf.contrib.factorization`: k-means."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib.clustering import (
    COSINE_DISTANCE,
    KMC2_INIT,
    KMEANS_PLUS_PLUS_INIT,
    KMeans,
    RANDOM_INIT,
    SQUARED_EUCLIDEAN_DISTANCE,
)

__all__ = [
    "COSINE_DISTANCE",
    "KMC2_INIT",
    "KMEANS_PLUS_PLUS_INIT",
    "KMeans",
    "RANDOM_INIT",
    "SQUARED_EUCLIDEAN_DISTANCE",
]
