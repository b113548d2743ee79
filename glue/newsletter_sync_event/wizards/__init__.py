from . import newsletter_list_operation
