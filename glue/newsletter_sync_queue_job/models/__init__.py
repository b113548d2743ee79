from . import newsletter_run
from . import newsletter_runner
