"""The vendors' own descriptions of their APIs, as judges over every contract test.

The folder with their OpenAPI files is named by ``NEWSLETTER_SPECS``; without it nothing
is judged. Each request that a connector makes to the sandbox is compared strictly (no
key and no parameter that the file does not know), and each answer of the sandbox as far
as the file describes it.
"""

from .adapter import JudgedAdapter
from .files import judge_of
