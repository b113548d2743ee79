from . import newsletter_couple_wizard
from . import newsletter_couple_setting
from . import newsletter_leave_wizard
from . import newsletter_lift_wizard
from . import newsletter_push_wizard
from . import newsletter_conflict
from . import newsletter_conflict_line
