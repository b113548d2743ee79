"""OCA's queue_job, installed once into a folder of its own in the cache."""

from .packages import provide
