from . import test_event_people
