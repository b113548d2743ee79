"""All measurements. Another one is another function, in a module that is named here."""

from ..figures import MEASUREMENTS
from . import push, single_calls
