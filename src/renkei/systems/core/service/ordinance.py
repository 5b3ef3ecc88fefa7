"""Affairs by ordinance (法19条9号): what the commission passes on stands in the directory, or is refused whole."""

from renkei.messages.directory import Done
from renkei.messages.ordinance import OrdinanceNotices
from renkei.systems.core.rules import ordinance as rules
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.register import change


async def publish(desk: Desk, message: OrdinanceNotices) -> Done:
    """Take what bodies notified to the commission; the same again changes nothing."""
    now = desk.now()
    return await change(desk, lambda directory: rules.with_notices(directory, message, desk.list_at, now))
