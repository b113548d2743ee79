from . import test_radius
