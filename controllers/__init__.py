from . import evidence
from . import manual
from . import oauth
from . import opt_in
from . import opt_in_web
from . import preferences
from . import report
from . import webhook
