"""Who names something for 等您办理: the capabilities, in the order the first page shows them."""

from casework.web.home.waiting import Source

SOURCES: tuple[Source, ...] = ()
