from . import test_install
from . import test_faults
from . import test_push
