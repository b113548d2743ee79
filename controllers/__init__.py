from . import oauth
from . import report
