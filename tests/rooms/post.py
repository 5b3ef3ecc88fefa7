"""One envelope to a system's door, as a list of one."""

from renkei.messages.envelope import Envelope
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.mail import Mail
from renkei.terms.bodies import SystemName


async def post(client: Client, target: Target, envelope: Envelope) -> Envelope:
    """The reply to it; raises what `Mail.send` raises."""
    return await Mail(client).send(target, SystemName("anywhere"), envelope)
