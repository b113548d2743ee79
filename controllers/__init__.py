from . import oauth
from . import report
from . import webhook
