from . import models
from . import wizards
from . import controllers
from .hooks import install, uninstall
