from . import manual
from . import oauth
from . import preferences
from . import report
from . import webhook
